"""Rows `up`, `up-quota` and `down`: a lab with labctl and with docker-compose, alternating."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.compose import NAME, VERSION, Compose, find_compose
from bench.figures import Figure, Target
from bench.measure import measure
from bench.place import Place, labctl_command, rotated
from labctl.labels import UPLOADER, resource_name

_ENDS_WITHIN = 300.0
_QUOTA = {"bucket": {"name": "files", "quota": "100MiB"}, "expect": {}}


class Contender(Protocol):
    """A program that makes the lab and takes it down."""

    def up(self, place: Place) -> float:
        """Make the lab; seconds."""

    def await_end(self, place: Place) -> None:
        """Return once the uploader has ended by itself."""

    def down(self, place: Place) -> float:
        """Take the lab down; seconds."""


@dataclass(frozen=True, slots=True)
class Labctl:
    """labctl with a lab file."""

    lab: str
    file: Path

    def up(self, place: Place) -> float:
        """Seconds of `labctl up FILE`."""
        return measure((*labctl_command(), "up", str(self.file), *_runs(place))).seconds

    def await_end(self, place: Place) -> None:
        """Return once the uploader has ended. Raises EngineTimeout."""
        place.engine.wait(resource_name(self.lab, UPLOADER), _ENDS_WITHIN)

    def down(self, place: Place) -> float:
        """Seconds of `labctl down LAB --purge`, evidence collected included."""
        return measure((*labctl_command(), "down", self.lab, "--purge", *_runs(place))).seconds


def _runs(place: Place) -> tuple[str, str]:
    return ("--runs", str(place.runs))


@dataclass(frozen=True, slots=True)
class Trip:
    """One round of one contender, in seconds."""

    up: float
    down: float


def measure_lifecycle(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """The figures of all rows, and what is to be known of them."""
    program, version = find_compose(place)
    file = place.write_lab("lab", {})
    wanted = place.draw(file)
    labctl = Labctl(place.lab_name("lab"), file)
    limited = Labctl(place.lab_name("quota"), place.write_lab("quota", _QUOTA))
    slow = Compose.write(place, program, "each-1s", wanted, 1.0)
    quick = Compose.write(place, program, "each-200ms", wanted, 0.2)
    ours, quotas, theirs, hasty = _compare(place, (labctl, limited, slow, quick), rounds)
    return (*_figures(ours, theirs, hasty), _quota_figure(quotas, theirs)), _notes(version)


def _compare(
    place: Place, contenders: tuple[Contender, ...], rounds: int
) -> tuple[list[Trip], ...]:
    trips: dict[Contender, list[Trip]] = {contender: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in rotated(contenders, number):
            trips[contender].append(_travel(place, contender))
        shown = ", ".join(f"{found[-1].up:.2f}/{found[-1].down:.2f} s" for found in trips.values())
        place.say(f"up/down, round {number} of {rounds}: labctl, quota, 1 s, 200 ms: {shown}")
    return tuple(trips[contender][1:] for contender in contenders)


def _travel(place: Place, contender: Contender) -> Trip:
    place.settle()
    up = contender.up(place)
    contender.await_end(place)
    place.settle()
    return Trip(up, contender.down(place))


def _figures(
    ours: Sequence[Trip], theirs: Sequence[Trip], hasty: Sequence[Trip]
) -> tuple[Figure, ...]:
    ups, downs = tuple(trip.up for trip in ours), tuple(trip.down for trip in ours)
    rival, quick = f"{NAME}, health check every 1 s", f"{NAME}, health check every 200 ms"
    slow_ups, quick_ups = tuple(trip.up for trip in theirs), tuple(trip.up for trip in hasty)
    slow_downs = tuple(trip.down for trip in theirs)
    return (
        Figure("up", "labctl up FILE", "s", ups, rival, slow_ups, Target("<=", 0.6)),
        Figure("up", "the same", "s", ups, quick, quick_ups),
        Figure("down", "labctl down --purge", "s", downs, NAME, slow_downs, Target("<=", 0.8)),
    )


def _quota_figure(ours: Sequence[Trip], theirs: Sequence[Trip]) -> Figure:
    ups, rival = tuple(trip.up for trip in ours), f"{NAME}, health check every 1 s"
    slow_ups = tuple(trip.up for trip in theirs)
    what = "labctl up FILE, with a quota"
    return Figure("up-quota", what, "s", ups, rival, slow_ups, Target("<=", 0.75))


def _notes(version: str) -> tuple[str, ...]:
    expected = "" if version == VERSION else f" (the targets are meant for {VERSION})"
    return (
        f"up, down: {NAME} {version}{expected} makes 2 containers, labctl 4: an observer and the "
        "lab's lock as well; labctl's down collects the evidence",
        "up-quota: docker-compose sets no quota and keeps no audit; labctl makes the bucket, sets "
        "its quota with mc and reads it back while the uploader starts",
    )
