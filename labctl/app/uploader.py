"""Sends a task's objects and prints a record of every attempt: `uploader TASK_JSON`.

Exit codes: 0 all was tried, 1 stopped on an error or the server never answered, 2 the task makes
no sense, 143 ended by SIGTERM (130 by SIGINT).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NoReturn

from labctl.app import ready
from labctl.app.crew import hire
from labctl.app.outcome import TerminatedError
from labctl.app.output import Output
from labctl.app.program import CLIENT, Access, Ending, run_program
from labctl.app.records import Aborted, Attempt, UploadEnded, UploadStarted
from labctl.app.sources import check_groups, count_sources
from labctl.app.task import UploadTask

_MIN_PART = 5 * 2**20
_MODES = ("stop", "continue", "retry")
_PARTS = (None, "leave", "complete", "abort")


def read_task(arguments: Sequence[str]) -> UploadTask:
    """The task on the command line. Raises ValueError, KeyError or TypeError."""
    task = UploadTask.from_arguments(tuple(arguments))
    if task.on_error not in _MODES:
        raise ValueError(f"on_error: write one of {', '.join(_MODES)}")
    if task.parallel < 1 or task.attempts < 1 or task.timeout <= 0:
        raise ValueError("parallel, attempts and timeout must be more than 0")
    if task.parts not in _PARTS:
        raise ValueError("parts: write one of leave, complete, abort")
    if task.overwrite < 1 or (task.parts and task.overwrite > 1):
        raise ValueError("overwrite: write 1 or more, and 1 where parts are meant")
    if task.part_size < _MIN_PART:
        raise ValueError(f"part_size: write {_MIN_PART} or more")
    durations = (task.pace, task.wait, task.max_wait, task.give_up, task.ready_timeout)
    if min(durations) < 0:
        raise ValueError("durations must not be negative")
    check_groups(task.groups)
    return task


class Uploader:
    """One task from the first wait to the summary."""

    def __init__(self, task: UploadTask, access: Access, output: Output) -> None:
        self._task = task
        self._output = output
        self._access = access
        self._ending = Ending()
        objects, size = count_sources(task.groups)
        self._objects, self._bytes = objects * task.overwrite, size * task.overwrite
        self._crew = hire(task, access, output, self._ending.stop)

    def run(self) -> int:
        """Do it all, and give the exit code."""
        self._ending.watch(tuple(self._crew.workers))
        try:
            self._await_server()
            self._output.write(self._started())
            self._crew.run()
        except ready.UnreadyError as error:
            self._output.complain(f"the server was not ready in time: {error}")
            return self._end("unreachable", 1)
        except ready.RefusedError as error:
            self._output.complain(f"bucket {self._task.bucket} cannot be made: {error}")
            return self._end("stopped", 1)
        except TerminatedError:
            return self._end("terminated", self._ending.exit_code)
        return self._judge()

    def _judge(self) -> int:
        if self._ending.stop.is_set():
            return self._end("terminated", self._ending.exit_code)
        if self._crew.work.stopped_by is None:
            return self._end("done", 0)
        self._output.complain(f"upload stopped: {_show(self._crew.work.stopped_by)}")
        return self._end("stopped", 1)

    def _end(self, reason: str, exit_code: int) -> int:
        totals = asdict(self._crew.work.totals)
        self._output.write(UploadEnded(time.time(), reason, exit_code=exit_code, **totals))
        return exit_code

    def _await_server(self) -> None:
        deadline = time.monotonic() + self._task.ready_timeout
        stop = self._ending.stop
        ready.wait_healthy(self._access.endpoint, deadline, stop)
        if self._task.make_bucket:
            ready.ensure_bucket(self._crew.client, self._task.bucket, deadline, stop)

    def _started(self) -> UploadStarted:
        task = self._task
        return UploadStarted(
            time=time.time(),
            client=CLIENT,
            bucket=task.bucket,
            objects=self._objects,
            bytes=self._bytes,
            part_size=task.part_size,
            parallel=task.parallel,
            pace=task.pace,
            on_error=task.on_error,
            attempts=task.attempts,
            timeout=task.timeout,
            seed=task.seed,
            step=task.step,
            overwrite=task.overwrite,
            resend=task.resend,
            parts=task.parts,
        )


def _show(record: Attempt | Aborted) -> str:
    answer = f"{record.status} {record.code}: {record.message}"
    return f"{record.object}: {record.error or answer}"


def prepare(arguments: Sequence[str], access: Access, output: Output) -> Callable[[], int]:
    """The work on one task."""
    return Uploader(read_task(arguments), access, output).run


def main() -> NoReturn:
    """Run the task that the command line gives."""
    run_program("uploader", prepare)


if __name__ == "__main__":
    main()
