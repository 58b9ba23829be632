"""Rows `help` and `memory`: what labctl itself takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.figures import Figure, Target
from bench.measure import measure
from bench.place import Place, labctl_command
from bench.run import run_lab
from labctl.errors import LabFailed

_MIB = 2**20
_MEMORY = Target("<", 80e6)


@dataclass(frozen=True, slots=True)
class Case:
    """A lab that `labctl run` plays: its name here, what it is, where it is not the 200m's, and
    how many events it must come to."""

    part: str
    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    events: int = 0


def _cases() -> tuple[Case, ...]:
    many = {
        "minio": {"size": "512m"},
        "client": {"parallel": 8},
        "files": {"tiny": {"count": 20_000, "size": "1KiB"}},
        "expect": {},
    }
    refused = many | {"minio": {"size": "20m"}}
    verified = {
        "minio": {"size": "1g"},
        "client": {"parallel": 8},
        "files": {"tiny": {"count": 25_000, "size": "1KiB"}},
        "steps": [{"upload": "all"}, {"verify": "all"}],
        "expect": {"acknowledged": "intact"},
    }
    large = {
        "minio": {"size": "1g"},
        "files": {"large": {"count": 5, "size": "250MiB"}},
        "client": {"part_size": "64MiB", "parallel": 2},
        "expect": {},
    }
    return (
        Case("200m", "labctl run, the 200m lab"),
        Case("many", "labctl run, 20,000 x 1 KiB", many),
        Case("refused", "labctl run, 20,000 x 1 KiB, most refused", refused),
        Case("verified", "labctl run, 100,000 events, read back", verified, 100_000),
        Case("large", "labctl run, 5 x 250 MiB into 1 GiB", large),
    )


def measure_help(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Processor time of `labctl --help`, user and system."""
    argv = (*labctl_command(), "--help")
    samples = [measure(argv).cpu for _ in range(rounds + 1)][1:]
    place.say(f"help: {', '.join(f'{cpu:.3f}' for cpu in samples)} s of processor time")
    figure = Figure("help", "labctl --help, CPU", "s", tuple(samples), target=Target("<", 0.15))
    return (figure,), ()


def measure_memory(place: Place, _: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Peak memory of `labctl run`, one run a lab."""
    note = "memory: the kernel's peak of one run each; it hardly differs from one run to the next"
    return tuple(_peak(place, case) for case in _cases()), (note,)


def _peak(place: Place, case: Case) -> Figure:
    file = place.write_lab(case.part, dict(case.changes))
    used, folder = run_lab(place, file)
    events = sum(1 for _ in folder.read_events())
    place.say(f"memory, {case.what}: {used.peak / 1e6:.1f} MB, {events} events")
    if events < case.events:
        raise LabFailed(f"{case.what}: there were only {events} events")
    return Figure("memory", case.what, "bytes", (float(used.peak),), target=_MEMORY)
