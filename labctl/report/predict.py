"""Where MinIO's check ahead of a write would have refused, had it looked afresh each time."""

from collections import deque
from itertools import takewhile

from labctl.app.records import Attempt
from labctl.classify import is_full
from labctl.figures import Prediction
from labctl.report.drives import MAX_SILENCE, DriveHistory
from labctl.report.frame import Frame
from labctl.report.operations import Operation


class Predictor:
    """Takes the objects in the order in which they were sent, until one meets the formula.

    Samples are too far apart for a fast client: what was written since the last one is added. A
    single drive takes an object once; several take it about twice over, as MinIO reckons itself.
    """

    def __init__(self, frame: Frame) -> None:
        self.found: Prediction | None = None
        self._frame = frame
        self._accepted = 0
        self._newest: deque[Attempt] = deque()
        drives = max(len(frame.drives), 1)
        self._share = 1.0 if drives == 1 else 2 / drives

    def add(self, operation: Operation) -> None:
        """Take the next object."""
        if self.found is not None:
            return
        self._consider(operation.source, operation.first)
        done = operation.acknowledged
        if done is not None:
            self._accepted += done.bytes
            self._newest.append(done)
            while self._newest[0].ended < done.ended - MAX_SILENCE:
                self._newest.popleft()

    def _consider(self, source: str, attempt: Attempt) -> None:
        """All parts but the last come to lie on the drives before the last one is checked."""
        size = self._frame.request_bytes(source, attempt)
        ahead = (attempt.bytes - size) * self._share
        left = []
        for drive in self._frame.drives.values():
            free = self._free(drive, attempt.started)
            if free is None:
                return
            left.append((max(int(free - ahead), 0), drive.size))
        if is_full(left, size):
            pace = self._frame.pace
            self.found = Prediction(self._accepted, attempt.object, attempt.bytes, size, pace)

    def _free(self, drive: DriveHistory, time: float) -> float | None:
        sample = drive.sample(time)
        if sample is None:
            return None
        newer = takewhile(lambda attempt: attempt.ended > sample.time, reversed(self._newest))
        written = sum(_written_since(sample.time, attempt) for attempt in newer)
        return sample.free - self._share * written


def _written_since(time: float, attempt: Attempt) -> float:
    """Bytes of an attempt that were written after `time`, taken as written evenly."""
    took = attempt.ended - attempt.started
    after = attempt.ended - max(time, attempt.started)
    return attempt.bytes * min(max(after / took, 0.0), 1.0) if took > 0 else 0.0
