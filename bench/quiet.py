"""Waiting until the machine has nothing else to do, so that no measurement pays for the last one:
the kernel goes on clearing up after containers that are gone already."""

import time
from pathlib import Path

_WINDOW = 0.25
_IDLE = 0.85
_LONGEST = 15.0


def await_quiet() -> bool:
    """Return once the processors were mostly idle for a moment; False where they never were."""
    until = time.monotonic() + _LONGEST
    before = _ticks()
    while time.monotonic() < until:
        time.sleep(_WINDOW)
        now = _ticks()
        idle, total = (new - old for new, old in zip(now, before, strict=True))
        if total and idle / total >= _IDLE:
            return True
        before = now
    return False


def _ticks() -> tuple[int, int]:
    """Ticks that all processors were idle or waited for a disk, and all ticks, since boot."""
    first, _ = Path("/proc/stat").read_text("ascii").split("\n", 1)
    spent = [int(field) for field in first.split()[1:9]]
    return spent[3] + spent[4], sum(spent)
