"""Samples `statvfs` of drives ten times a second: `observer DRIVE=PATH ...`.

It also keeps the drives mounted, so that their data outlives a restart of MinIO. Exit codes: 0 on
SIGTERM, 2 where an argument makes no sense.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from labctl.app.output import Output
from labctl.app.records import DriveSample

_PERIOD = 0.1
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


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


def next_tick(tick: float, now: float, period: float = _PERIOD) -> float:
    """The tick after `tick` that still lies ahead; those that were missed are left out."""
    missed = max(0, int((now - tick) // period))
    return tick + (missed + 1) * period


def observe(drives: dict[str, str], output: Output) -> None:
    """Sample until a signal comes. The signals must be blocked."""
    silent: set[str] = set()
    tick = time.monotonic()
    while True:
        for drive, path in drives.items():
            _report(drive, path, output, silent)
        tick = next_tick(tick, time.monotonic())
        if signal.sigtimedwait(_SIGNALS, max(0.0, tick - time.monotonic())) is not None:
            return


def _report(drive: str, path: str, output: Output, silent: set[str]) -> None:
    try:
        output.write(sample(drive, path))
        silent.discard(drive)
    except OSError as error:
        if drive not in silent:
            output.complain(f"{drive} cannot be read: {error}")
        silent.add(drive)


def main() -> NoReturn:
    """Sample the drives that the command line names."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    output = Output(sys.stdout.buffer, sys.stderr.buffer)
    try:
        drives = read_drives(sys.argv[1:])
    except ValueError as error:
        output.complain(f"observer: {error}")
        sys.exit(2)
    observe(drives, output)
    sys.exit(0)


if __name__ == "__main__":
    main()
