"""Samples of drives: what `statvfs` says of them."""

import os
import time
from collections.abc import Mapping, Sequence

from labctl.app.output import Output
from labctl.app.records import DriveSample

PERIOD = 0.1
"""Seconds between two samples of a drive."""


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


class Sampler:
    """Writes samples; of a drive that cannot be read one plain line, until it can again."""

    def __init__(self, drives: Mapping[str, str], output: Output) -> None:
        self._drives = drives
        self._output = output
        self._silent: set[str] = set()

    def sample(self) -> None:
        """Write a sample of every drive."""
        for drive, path in self._drives.items():
            self._report(drive, path)

    def _report(self, drive: str, path: str) -> None:
        try:
            self._output.write(sample(drive, path))
            self._silent.discard(drive)
        except OSError as error:
            if drive not in self._silent:
                self._output.complain(f"{drive} cannot be read: {error}")
            self._silent.add(drive)
