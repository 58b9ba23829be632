"""Sends all objects of a task, trying again on errors where it is told to."""

import itertools
from dataclasses import replace
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

from labctl.app.outcome import OK
from labctl.app.records import Attempt
from labctl.app.sources import Source
from labctl.app.work import Work


class CanSend(Protocol):
    """What makes one attempt."""

    def send(self, source: Source, attempt: int) -> Attempt:
        """Try once."""


class Upload(Work[CanSend]):
    """Sends every object, as often as the task says."""

    def _serve(self, worker: CanSend, source: Source) -> None:
        self._finish(self._send(worker, source))

    def _send(self, sender: CanSend, source: Source) -> Attempt:
        if self._task.on_error != "retry":
            return self._attempt(sender, source, 1)
        numbers = itertools.count(1)
        return self._patience()(lambda: self._attempt(sender, source, next(numbers)))

    def _patience(self) -> Retrying:
        task = self._task
        return Retrying(
            retry=retry_if_result(self._may_be_sent_again),
            stop=stop_any(
                stop_after_attempt(task.attempts),
                stop_before_delay(task.give_up),
                stop_when_event_set(self._stop),
            ),
            wait=wait_exponential(multiplier=task.wait, max=task.max_wait),
            sleep=sleep_using_event(self._stop),
            before_sleep=lambda state: self._note_failure(replace(_newest(state), last=False)),
            retry_error_callback=_newest,
        )

    def _may_be_sent_again(self, attempt: Attempt) -> bool:
        return attempt.outcome != OK and not self._is_left(attempt)

    def _attempt(self, sender: CanSend, source: Source, number: int) -> Attempt:
        """One attempt at its time. Raises TerminatedError where the end comes before it."""
        self._await_turn()
        if number == 1:
            self._count_object()
        return sender.send(source, number)


def _newest(state: RetryCallState) -> Attempt:
    if state.outcome is None:
        raise RuntimeError("asked for an attempt before there was one")
    attempt: Attempt = state.outcome.result()
    return attempt
