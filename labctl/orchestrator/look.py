"""`labctl ps` and `labctl logs`: look, and touch nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from labctl import labels
from labctl.engine.base import Engine, LogLine
from labctl.errors import UsageError
from labctl.logs import Follower, RoleLine, merge
from labctl.orchestrator.choose import choose_lab
from labctl.resources import Observed, SeenContainer


@dataclass(frozen=True, slots=True)
class Row:
    """A line of `ps`. `age` in seconds; `ports` maps container ports to the host's."""

    lab: str
    role: str
    name: str
    state: str
    health: str
    exit_code: int | None
    ports: dict[int, int]
    image: str
    age: float


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which lines: of `roles` (all but the observer's where empty; `ballast` means each
    `ballast-N`), from `since` (epoch seconds) on, the last `tail` of each, and those to come with
    `follow`."""

    roles: tuple[str, ...] = ()
    follow: bool = False
    since: float = 0.0
    tail: int | None = None


def list_containers(observed: Observed) -> tuple[Row, ...]:
    """Every container of every lab but the holders and marks, by lab and role."""
    shown = (seen for seen in observed.containers if not _is_never_started(seen))
    rows = (_row(seen, time.time()) for seen in shown)
    return tuple(sorted(rows, key=lambda row: (row.lab, row.role)))


def _is_never_started(seen: SeenContainer) -> bool:
    return seen.role == labels.HOLDER or labels.PLAYED in seen.labels


def empty_labs(observed: Observed) -> tuple[str, ...]:
    """Labs of which only volumes are left."""
    up = {seen.labels[labels.LAB] for seen in observed.containers}
    return tuple(lab for lab in observed.labs() if lab not in up)


class LogReader:
    """The chosen lines of a lab, in the order of time. Raises NoSuchLab and UsageError."""

    def __init__(self, engine: Engine, lab: str | None, options: LogOptions) -> None:
        observed = engine.observe(lab)
        self.lab = choose_lab(observed if observed else engine.observe(), lab)
        chosen = _choose(observed.of_lab(self.lab), options.roles, self.lab)
        self.roles = tuple(seen.role for seen in chosen)
        self._streams = {seen.role: _open(engine, seen, options) for seen in chosen}
        self._follow = options.follow

    def __iter__(self) -> Iterator[RoleLine]:
        if not self._follow:
            yield from merge(self._streams)
            return
        follower = Follower(self._streams)
        try:
            yield from follower
        finally:
            follower.close()


def _open(engine: Engine, seen: SeenContainer, options: LogOptions) -> Iterator[LogLine]:
    follow = options.follow
    return engine.logs(seen.name, follow=follow, since=options.since, tail=options.tail)


def _choose(observed: Observed, roles: tuple[str, ...], lab: str) -> tuple[SeenContainer, ...]:
    there = {s.role: s for s in observed.containers if s.role != labels.HOLDER and s.started}
    meant = {role: _meant(role, tuple(there)) for role in roles}
    missing = [role for role, found in meant.items() if not found]
    if missing:
        known = ", ".join(sorted(there)) or "none"
        raise UsageError(
            f"lab {lab} has no {', '.join(missing)} that was started",
            f"it has: {known}; a lab is named with --lab",
        )
    every = tuple(role for role in sorted(there) if role != labels.OBSERVER)
    wanted = tuple(found for role in roles for found in meant[role]) if roles else every
    return tuple(there[role] for role in dict.fromkeys(wanted))


def _meant(role: str, there: tuple[str, ...]) -> tuple[str, ...]:
    """The role itself, or all of its steps: `ballast` is `ballast-1` and `ballast-3`."""
    if role in there:
        return (role,)
    return tuple(found for found in sorted(there) if found.startswith(f"{role}-"))


def _row(seen: SeenContainer, now: float) -> Row:
    return Row(
        lab=seen.labels[labels.LAB],
        role=seen.role,
        name=seen.name,
        state=str(seen.state),
        health=str(seen.health),
        exit_code=seen.exit_code,
        ports=dict(seen.ports),
        image=seen.image,
        age=round(now - seen.created, 1),
    )
