"""Samples of drives: what `statvfs` says of them."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter

from labctl.app.output import Output
from labctl.app.records import DriveSample

PERIOD = 0.1
"""Seconds between two samples of a drive."""
GLANCE = 0.01
"""Seconds between two looks at a drive, from one sample to the next."""


def read_drives(arguments: Sequence[str]) -> dict[str, str]:
    """Paths by the drives' names. Raises ValueError."""
    drives = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    if not drives or len(drives) < len(arguments) or not all(drives) or not all(drives.values()):
        raise ValueError("give drives as NAME=PATH, each name once")
    return drives


def sample(drive: str, path: str) -> DriveSample:
    """What `statvfs` says now. `free` is what an ordinary user may still write."""
    now = time.time()
    seen = os.statvfs(path)
    size, free = seen.f_blocks * seen.f_frsize, seen.f_bavail * seen.f_frsize
    return DriveSample(now, drive, size, free, seen.f_files, seen.f_favail)


def next_tick(tick: float, now: float, period: float = PERIOD) -> float:
    """The tick after `tick` that still lies ahead; those that were missed are left out."""
    missed = max(0, int((now - tick) // period))
    return tick + (missed + 1) * period


def lows(between: Sequence[DriveSample], ends: Sequence[DriveSample]) -> Iterator[DriveSample]:
    """Of the readings between two samples those with the least bytes and the least inodes free,
    where both samples have more."""
    for what in ("free", "inodes_free"):
        low = min(between, key=attrgetter(what), default=None)
        if low is not None and all(getattr(low, what) < getattr(end, what) for end in ends):
            yield low


class Sampler:
    """Writes samples; of a drive that cannot be read one plain line, until it can again.

    A refused upload is soon tidied away, so that a drive may be full for milliseconds only:
    `glance` looks between two samples, and what was lower than both is written with the second.
    """

    def __init__(self, drives: Mapping[str, str], output: Output) -> None:
        self._drives = drives
        self._output = output
        self._silent: set[str] = set()
        self._seen: dict[str, list[DriveSample]] = {drive: [] for drive in drives}

    def glance(self) -> None:
        """Look at every drive between two samples."""
        for drive, path in self._drives.items():
            with suppress(OSError):
                self._seen[drive].append(sample(drive, path))

    def sample(self) -> None:
        """Write a sample of every drive."""
        for drive, path in self._drives.items():
            self._report(drive, path)

    def _report(self, drive: str, path: str) -> None:
        try:
            now = sample(drive, path)
            last, *between = self._seen[drive] or [now]
            for record in sorted({*lows(between, (last, now)), now}, key=attrgetter("time")):
                self._output.write(record)
            self._seen[drive] = [now]
            self._silent.discard(drive)
        except OSError as error:
            if drive not in self._silent:
                self._output.complain(f"{drive} cannot be read: {error}")
            self._silent.add(drive)
