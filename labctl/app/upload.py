"""Sends all objects of a task: in parallel, at a pace, stopping or trying again on errors."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event
from typing import Protocol

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    stop_when_event_set,
    wait_exponential,
)
from tenacity.nap import sleep_using_event

from labctl.app.outcome import OK, TerminatedError
from labctl.app.records import Attempt
from labctl.app.sources import Source
from labctl.app.task import UploadTask


class CanSend(Protocol):
    """What makes one attempt."""

    def send(self, source: Source, attempt: int) -> Attempt:
        """Try once."""


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
    """What became of the objects that were begun; sizes in bytes."""

    objects: int = 0
    acknowledged: int = 0
    refused: int = 0
    attempts: int = 0
    bytes_acknowledged: int = 0


class Upload:
    """The work on one task. `stop` ends it early from outside; `stopped_by` is the attempt whose
    error ended it where the task says `on_error: stop`."""

    def __init__(
        self,
        task: UploadTask,
        sources: Iterator[Source],
        write: Callable[[Attempt], None],
        stop: Event,
    ) -> None:
        self._task = task
        self._sources = sources
        self._write = write
        self._stop = stop
        self._halted = False
        self._pacer = Pacer(task.pace)
        self._lock = threading.Lock()
        self.totals = Totals()
        self.stopped_by: Attempt | None = None

    def run(self, senders: Sequence[CanSend]) -> None:
        """Send everything, each sender in a thread of its own; returns when all have ended."""
        with ThreadPoolExecutor(len(senders)) as pool:
            for work in [pool.submit(self._work, sender) for sender in senders]:
                work.result()

    def _work(self, sender: CanSend) -> None:
        try:
            while (source := self._take()) is not None:
                self._finish(self._send(sender, source))
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

    def _send(self, sender: CanSend, source: Source) -> Attempt:
        if self._task.on_error != "retry":
            return self._attempt(sender, source, 1)
        numbers = itertools.count(1)
        return self._patience()(lambda: self._attempt(sender, source, next(numbers)))

    def _patience(self) -> Retrying:
        task = self._task
        return Retrying(
            retry=retry_if_result(lambda attempt: attempt.outcome != OK),
            stop=stop_any(
                stop_after_attempt(task.attempts),
                stop_before_delay(task.give_up),
                stop_when_event_set(self._stop),
            ),
            wait=wait_exponential(multiplier=task.wait, max=task.max_wait),
            sleep=sleep_using_event(self._stop),
            before_sleep=self._note_failure,
            retry_error_callback=_newest,
        )

    def _attempt(self, sender: CanSend, source: Source, number: int) -> Attempt:
        """One attempt at its time. Raises TerminatedError where the end comes before it."""
        delay = self._pacer.reserve()
        if self._stop.is_set() or (delay and self._stop.wait(delay)):
            raise TerminatedError("told to end")
        if number == 1:
            with self._lock:
                self.totals.objects += 1
        return sender.send(source, number)

    def _note_failure(self, state: RetryCallState) -> None:
        self._write(replace(_newest(state), last=False))
        with self._lock:
            self.totals.attempts += 1

    def _finish(self, attempt: Attempt) -> None:
        self._write(attempt)
        with self._lock:
            self.totals.attempts += 1
            if attempt.outcome == OK:
                self.totals.acknowledged += 1
                self.totals.bytes_acknowledged += attempt.bytes
            elif attempt.status is not None or not self._stop.is_set():
                self.totals.refused += 1
                self._halt(attempt)

    def _halt(self, attempt: Attempt) -> None:
        if self._task.on_error == "stop":
            self._halted = True
            self.stopped_by = self.stopped_by or attempt


def _newest(state: RetryCallState) -> Attempt:
    if state.outcome is None:
        raise RuntimeError("asked for an attempt before there was one")
    attempt: Attempt = state.outcome.result()
    return attempt
