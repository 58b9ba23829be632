"""A task on the server, from the first wait to its sum: what its programs have in common."""

import time
from collections.abc import Callable
from threading import Event

from labctl.app import ready
from labctl.app.outcome import TerminatedError
from labctl.app.output import Output
from labctl.app.program import CLIENT, Access, Cuttable, Ending
from labctl.app.records import TaskEnded, TaskStarted


class Errand:
    """One task of `program`; `tried` and `done` are its sum, for the work to count."""

    def __init__(self, program: str, bucket: str, access: Access, output: Output) -> None:
        self._program = program
        self._bucket = bucket
        self._access = access
        self._output = output
        self._ending = Ending()
        self.tried = 0
        self.done = 0

    @property
    def stop(self) -> Event:
        """Set once the program is to end."""
        return self._ending.stop

    def run(self, wire: Cuttable, ready_timeout: float, work: Callable[[], tuple[str, int]]) -> int:
        """Wait for the server, then work; gives the exit code. `work` gives the end's reason and
        the exit code; a signal cuts `wire`, and its own end stands in place of the work's."""
        self._ending.watch((wire,))
        deadline = time.monotonic() + ready_timeout
        try:
            ready.wait_healthy(self._access.endpoint, deadline, self.stop)
            self._output.write(TaskStarted(time.time(), self._program, CLIENT, self._bucket))
            reason, exit_code = work()
        except ready.UnreadyError as error:
            self._output.complain(f"the server was not ready in time: {error}")
            return self._end("unreachable", 1)
        except TerminatedError:
            return self._end("terminated", self._ending.exit_code)
        if self.stop.is_set():
            return self._end("terminated", self._ending.exit_code)
        return self._end(reason, exit_code)

    def _end(self, reason: str, exit_code: int) -> int:
        self._output.write(
            TaskEnded(time.time(), self._program, reason, self.tried, self.done, exit_code)
        )
        return exit_code
