"""Rows `run` and `hands`: what a whole experiment takes beside its upload, and what steps take."""

import json
from pathlib import Path
from typing import Any

from bench.figures import Figure, Target
from bench.measure import Usage, measure
from bench.place import Place, labctl_command
from labctl.events import StepEnded
from labctl.evidence.runs import LATEST, SUMMARY, RunFolder

_HANDS = ("ballast", "grow")
_STEPS: tuple[dict[str, Any], ...] = ({"ballast": "150MiB"}, {"ballast": 0}, {"grow": "300m"})


def run_lab(place: Place, file: Path) -> tuple[Usage, RunFolder]:
    """What `labctl run FILE` took, and its evidence. Raises LabFailed where it fails."""
    used = measure((*labctl_command(), "run", str(file), "--runs", str(place.runs)))
    return used, RunFolder.open((place.runs / file.stem / LATEST).resolve())


def measure_run(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Seconds of the 200m lab from nothing to nothing, without those of its upload."""
    file = place.write_lab("run", {})
    samples = [_rest(place, file, number, rounds) for number in range(rounds + 1)][1:]
    what = "labctl run FILE, beside the upload"
    return (Figure("run", what, "s", tuple(samples), target=Target("<=", 2.0)),), (
        "run: wall time of the command, its start and end included, less the time from the first "
        "attempt's start to the last one's end; starting the client counts as the rest",
    )


def _rest(place: Place, file: Path, number: int, rounds: int) -> float:
    place.settle()
    used, folder = run_lab(place, file)
    upload: float = json.loads((folder.path / SUMMARY).read_text("utf-8"))["upload_seconds"]
    rest = used.seconds - upload
    place.say(f"run, round {number} of {rounds}: {upload:.2f} s of upload, {rest:.2f} s of others")
    return rest


def measure_hands(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Seconds of steps whose work is done by a helper's hand on a drive."""
    file = place.write_lab("hands", {"steps": list(_STEPS), "expect": {}})
    seconds: dict[str, list[float]] = {verb: [] for verb in _HANDS}
    for number in range(rounds + 1):
        place.settle()
        _, folder = run_lab(place, file)
        taken = [e.record for e in folder.read_events() if isinstance(e.record, StepEnded)]
        shown = ", ".join(f"{step.verb} {step.seconds:.2f} s" for step in taken)
        place.say(f"hands, round {number} of {rounds}: {shown}")
        for step in taken if number else ():
            seconds[step.verb].append(step.seconds)
    figures = tuple(
        Figure("hands", f"step {verb}", "s", tuple(found), target=Target("<", 0.5))
        for verb, found in seconds.items()
    )
    return figures, ("hands: as the events of `labctl run` have it; a ballast is made, and goes",)
