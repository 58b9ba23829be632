"""Puts objects until one is accepted, or refused for the quota: `waiter TASK_JSON...`.

Exit codes: 0 it came, 1 the server never answered, 2 the task makes no sense, 3 it did not come in
time, 143 ended by SIGTERM (130 by SIGINT).
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NoReturn

from labctl.app.calls import Calls
from labctl.app.content import Generator
from labctl.app.errand import Errand
from labctl.app.outcome import OK, Outcome, TerminatedError
from labctl.app.output import Output
from labctl.app.program import Access, run_program
from labctl.app.records import Trial
from labctl.app.task import WaitTask

PREFIX = "labctl-wait"
QUOTA_CODE = "XMinioAdminBucketQuotaExceeded"
LATE = 3
_GOALS = ("writable", "quota-armed")
_LARGEST_PUT = 5 * 2**30
_LEAST_PAUSE = 0.05
"""Seconds between two puts where the server gives no answer at all."""


def read_task(arguments: Sequence[str]) -> WaitTask:
    """The task on the command line. Raises ValueError, KeyError, TypeError or AttributeError."""
    task = WaitTask.from_arguments(tuple(arguments))
    if task.until not in _GOALS:
        raise ValueError(f"until: write one of {', '.join(_GOALS)}")
    if not 1 <= task.size <= _LARGEST_PUT:
        raise ValueError(f"size: write 1 to {_LARGEST_PUT}, what one put can hold")
    if task.timeout <= 0 or min(task.every, task.within, task.ready_timeout) < 0:
        raise ValueError("timeout must be more than 0, durations must not be negative")
    if not task.bucket:
        raise ValueError("bucket: give its name")
    return task


class Waiter:
    """One wait, of one put at least; the last put that was begun in time is let come to its end."""

    def __init__(self, task: WaitTask, access: Access, output: Output) -> None:
        self._task = task
        self._output = output
        self._errand = Errand("waiter", task.bucket, access, output)
        self._calls = Calls(access, task.bucket, task.timeout)
        self._generator = Generator(int.from_bytes(os.urandom(8), "big"))
        self._deadline = 0.0
        self._began = 0.0

    def run(self) -> int:
        """Do it all, and give the exit code."""
        self._deadline = time.monotonic() + self._task.within
        return self._errand.run(self._calls.wire, self._task.ready_timeout, self._work)

    def _work(self) -> tuple[str, int]:
        while True:
            outcome = self._try()
            if self._came(outcome):
                return "done", 0
            if not self._rest(0.0 if outcome.status else _LEAST_PAUSE):
                return "late", LATE

    def _came(self, outcome: Outcome) -> bool:
        if self._task.until == "writable":
            return outcome.outcome == OK
        return outcome.code == QUOTA_CODE

    def _rest(self, least: float) -> bool:
        """Sleep until the next put; False where it would be late. Raises TerminatedError."""
        now = time.monotonic()
        start = max(self._began + self._task.every, now + least)
        in_time = start < self._deadline
        if self._errand.stop.wait(max(0.0, min(start, self._deadline) - now)):
            raise TerminatedError("told to end")
        return in_time

    def _try(self) -> Outcome:
        """Put one object, remove it again, and record both."""
        self._errand.tried += 1
        number = self._errand.tried
        key = f"{PREFIX}-{number}"
        data = self._generator.block(key, number, 0, self._task.size)
        started, self._began = time.time(), time.monotonic()
        outcome, version = self._calls.judge(lambda: self._calls.put(key, data))
        ended = time.time()
        removed = outcome.outcome == OK and self._remove(key, version)
        self._output.write(
            Trial(
                time=ended,
                number=number,
                object=key,
                bytes=self._task.size,
                started=started,
                ended=ended,
                removed=removed,
                **asdict(outcome),
            )
        )
        return outcome

    def _remove(self, key: str, version: str) -> bool:
        self._errand.done += 1
        outcome, _ = self._calls.judge(lambda: self._calls.delete(key, version))
        if outcome.outcome == OK:
            return True
        why = outcome.error or f"{outcome.status} {outcome.code}: {outcome.message}"
        self._output.complain(f"{key} of the wait cannot be removed: {why}")
        return False


def prepare(arguments: list[str], access: Access, output: Output) -> Callable[[], int]:
    """The work on one task."""
    return Waiter(read_task(arguments), access, output).run


def main() -> NoReturn:
    """Run the task that the command line gives."""
    run_program("waiter", prepare)


if __name__ == "__main__":
    main()
