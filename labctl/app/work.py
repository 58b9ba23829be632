"""Work on the objects of an upload's task: several at a time, at a pace, stopping on errors."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Generic, TypeVar

from labctl.app.outcome import OK, TerminatedError
from labctl.app.records import Aborted, Attempt, is_left
from labctl.app.sources import Source
from labctl.app.task import UploadTask

Worker = TypeVar("Worker")


class Pacer:
    """Gives out starts that lie at least `pace` seconds apart, over all threads."""

    def __init__(self, pace: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._next = 0.0
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Seconds until the start that is hereby taken."""
        if not self._pace:
            return 0.0
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._pace
        return start - now


@dataclass(slots=True)
class Totals:
    """What became of the objects that were begun, as `UploadEnded` has it; sizes in bytes."""

    objects: int = 0
    acknowledged: int = 0
    refused: int = 0
    attempts: int = 0
    bytes_acknowledged: int = 0


class Work(ABC, Generic[Worker]):
    """The work on one task. `stop` ends it early from outside; `stopped_by` is the record whose
    error ended it where the task says `on_error: stop`."""

    def __init__(
        self,
        task: UploadTask,
        sources: Iterator[Source],
        write: Callable[[Attempt | Aborted], None],
        stop: Event,
    ) -> None:
        self.totals = Totals()
        self.stopped_by: Attempt | Aborted | None = None
        self._task = task
        self._sources = sources
        self._write = write
        self._stop = stop
        self._halted = False
        self._pacer = Pacer(task.pace)
        self._lock = threading.Lock()

    def run(self, workers: Sequence[Worker]) -> None:
        """Do everything, each worker in a thread of its own; returns when all have ended."""
        with ThreadPoolExecutor(len(workers)) as pool:
            for work in [pool.submit(self._work, worker) for worker in workers]:
                work.result()

    @abstractmethod
    def _serve(self, worker: Worker, source: Source) -> None:
        """Do all that is to be done about one object."""

    def _work(self, worker: Worker) -> None:
        try:
            while (source := self._take()) is not None:
                self._serve(worker, source)
        except TerminatedError:
            return
        except BaseException:
            self._halted = True
            raise

    def _take(self) -> Source | None:
        with self._lock:
            if self._halted or self._stop.is_set():
                return None
            return next(self._sources, None)

    def _await_turn(self) -> None:
        """Return at the next start's time. Raises TerminatedError where the end comes before it."""
        delay = self._pacer.reserve()
        if self._stop.is_set() or (delay and self._stop.wait(delay)):
            raise TerminatedError("told to end")

    def _count_object(self) -> None:
        with self._lock:
            self.totals.objects += 1

    def _note_failure(self, attempt: Attempt) -> None:
        """Write and count an attempt that is not its object's last."""
        self._write(attempt)
        with self._lock:
            self.totals.attempts += 1

    def _finish(self, record: Attempt | Aborted) -> None:
        """Write and count the newest record of an object."""
        self._write(record)
        with self._lock:
            if isinstance(record, Attempt):
                self._count(record)
            if self._is_refusal(record):
                self.totals.refused += 1
                self._halt(record)

    def _count(self, attempt: Attempt) -> None:
        self.totals.attempts += 1
        if attempt.outcome == OK:
            self.totals.acknowledged += 1
            self.totals.bytes_acknowledged += attempt.bytes

    def _is_refusal(self, record: Attempt | Aborted) -> bool:
        if record.outcome == OK or self._is_left(record):
            return False
        return record.status is not None or not self._stop.is_set()

    def _is_left(self, record: Attempt | Aborted) -> bool:
        """Whether an object's parts were all accepted, and nothing more was to come of it."""
        return self._task.parts == "leave" and isinstance(record, Attempt) and is_left(record)

    def _halt(self, record: Attempt | Aborted) -> None:
        if self._task.on_error == "stop":
            self._halted = True
            self.stopped_by = self.stopped_by or record
