"""Where MinIO's check ahead of a write would have refused, had it looked afresh each time."""

from collections import deque
from itertools import takewhile

from labctl.app.records import Attempt
from labctl.figures import Prediction
from labctl.report.drives import MAX_SILENCE
from labctl.report.frame import Frame
from labctl.report.operations import Operation
from labctl.report.writes import Writes
from labctl.threshold import is_full

_TICK = 1e-6
"""The clients' clocks tell microseconds."""


class Predictor:
    """Takes the objects of each client in the order in which they were sent; the first that meets
    the formula counts. Uploads that leave parts, or settle what was left, tell nothing of it.

    Samples are too far apart for a fast client: what it wrote since the last one is added. A single
    drive takes an object once; several take it about twice over, as MinIO reckons itself.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._met: dict[str, Attempt] = {}
        self._newest: dict[str, deque[Attempt]] = {}
        drives = max(len(frame.drives), 1)
        self._share = 1.0 if drives == 1 else 2 / drives

    def add(self, operation: Operation) -> None:
        """Take the next object."""
        source = operation.source
        if source in self._met or source in self._frame.parts:
            return
        newest = self._newest.setdefault(source, deque())
        if self._meets(source, operation.first, newest):
            self._met[source] = operation.first
        done = operation.acknowledged
        if done is not None:
            newest.append(done)
            while newest[0].ended < done.ended - MAX_SILENCE:
                newest.popleft()

    def figures(self, writes: Writes) -> Prediction | None:
        """None where the formula never was met."""
        if not self._met:
            return None
        source = min(self._met, key=lambda source: self._met[source].started)
        attempt = self._met[source]
        return Prediction(
            bytes_accepted=writes.acknowledged_until(attempt.started + _TICK),
            object=attempt.object,
            bytes=attempt.bytes,
            request_bytes=self._frame.request_bytes(source, attempt),
            pace_seconds=self._frame.pace,
        )

    def _meets(self, source: str, attempt: Attempt, newest: deque[Attempt]) -> bool:
        """All parts but the last come to lie on the drives before the last one is checked."""
        size = self._frame.request_bytes(source, attempt)
        ahead = (attempt.bytes - size) * self._share
        left = []
        for drive in self._frame.drives.values():
            sample = drive.sample(attempt.started)
            if sample is None:
                return False
            free = sample.free - self._share * _written(newest, sample.time)
            left.append((max(int(free - ahead), 0), sample.size))
        return is_full(left, size)


def _written(newest: deque[Attempt], time: float) -> float:
    """Bytes that a client had written since `time`."""
    newer = takewhile(lambda attempt: attempt.ended > time, reversed(newest))
    return sum(_written_since(time, attempt) for attempt in newer)


def _written_since(time: float, attempt: Attempt) -> float:
    """Bytes of an attempt that were written after `time`, taken as written evenly."""
    took = attempt.ended - attempt.started
    after = attempt.ended - max(time, attempt.started)
    return attempt.bytes * min(max(after / took, 0.0), 1.0) if took > 0 else 0.0
