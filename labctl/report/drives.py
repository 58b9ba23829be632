"""How full each drive was at any moment, kept small: an hour of samples in a few arrays."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from labctl.app.records import DriveSample
from labctl.classify import CACHE_SECONDS, DriveNow
from labctl.figures import DriveFigures

MAX_SILENCE = 2.0
"""Seconds without a sample after which a drive's state counts as not known."""

NEXT_SAMPLE = 0.25
"""Seconds within which the sample after a moment still tells of that moment."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Size and free bytes of a drive at a time."""

    time: float
    size: int
    free: int


class DriveHistory:
    """The samples of one drive. Of a row of equal samples only the first and last are kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inodes = 0
        self.least_free = 0
        self.least_inodes_free = 0
        self._times = array("d")
        self._sizes = array("q")
        self._free = array("q")
        self._inodes_free = array("q")

    def add(self, sample: DriveSample) -> None:
        """Take a sample; most come in order of time, none has to."""
        first = not self._times
        self.least_free = sample.free if first else min(self.least_free, sample.free)
        left = sample.inodes_free
        self.least_inodes_free = left if first else min(self.least_inodes_free, left)
        self.inodes = sample.inodes
        place = bisect_right(self._times, sample.time)
        if self._prolongs(sample, place):
            self._times[-1] = sample.time
            return
        self._times.insert(place, sample.time)
        self._sizes.insert(place, sample.size)
        self._free.insert(place, sample.free)
        self._inodes_free.insert(place, sample.inodes_free)

    def _prolongs(self, sample: DriveSample, place: int) -> bool:
        """Whether the last two rows and the sample say the same, without a silence between."""
        rows = range(max(place - 2, 0), place)
        same = all(
            self._free[row] == sample.free
            and self._sizes[row] == sample.size
            and self._inodes_free[row] == sample.inodes_free
            for row in rows
        )
        in_order = place == len(self._times) and len(rows) == 2
        return in_order and same and sample.time - self._times[-1] <= MAX_SILENCE

    @property
    def times(self) -> Sequence[float]:
        """The times of the samples that were kept."""
        return self._times

    @property
    def size(self) -> int:
        """Bytes of the drive, as it was seen last; it may have grown."""
        return self._sizes[-1] if self._sizes else 0

    def at(self, time: float) -> DriveNow | None:
        """The drive at `time`, with its least values from the second before to the next sample,
        if that follows at once: what was true in between is not known better. None: not known."""
        row = self._row(time)
        if row is None:
            return None
        first = max(bisect_right(self._times, time - CACHE_SECONDS) - 1, 0)
        rows = slice(first, self._next(time) + 1)
        return DriveNow(
            name=self.name,
            size=self._sizes[row],
            free=self._free[row],
            least_free=min(self._free[rows]),
            inodes=self.inodes,
            inodes_free=self._inodes_free[row],
            least_inodes_free=min(self._inodes_free[rows]),
        )

    def around(self, time: float) -> int | None:
        """The least free bytes in the samples before and after `time`; None: not known."""
        row = self._row(time)
        return None if row is None else min(self._free[row : self._next(time) + 1])

    def inodes_around(self, time: float) -> int | None:
        """The same of free inodes; None too where the file system counts none."""
        row = self._row(time) if self.inodes else None
        return None if row is None else min(self._inodes_free[row : self._next(time) + 1])

    def sample(self, time: float) -> Sample | None:
        """The newest sample at `time`; None where there is none, or an old one."""
        row = self._row(time)
        return None if row is None else Sample(self._times[row], self._sizes[row], self._free[row])

    def figures(self) -> DriveFigures:
        """What the report says of the drive."""
        used = self.size - self._free[-1]
        return DriveFigures(
            self.name, self.size, self.least_free, used, self.inodes, self.least_inodes_free
        )

    def _row(self, time: float) -> int | None:
        row = bisect_right(self._times, time) - 1
        if row < 0:
            return None
        level = row + 1 < len(self._times) and self._free[row] == self._free[row + 1]
        return row if level or time - self._times[row] <= MAX_SILENCE else None

    def _next(self, time: float) -> int:
        """The row of the sample that follows `time`, or of the one before if none follows soon."""
        row = bisect_right(self._times, time)
        near = row < len(self._times) and self._times[row] - time <= NEXT_SAMPLE
        return row if near else row - 1
