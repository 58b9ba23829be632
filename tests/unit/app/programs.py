"""A program of the app as a process of its own."""

import signal
import subprocess
from typing import Self

from labctl.events import Record, parse_record
from tests.unit.app.fake_s3 import SECRET, Program

_LIMIT = 60


class Running:
    """One module of the app, begun with its arguments."""

    def __init__(self, program: Program, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [*program.argv, f"labctl.app.{module}", *arguments],
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def finish(self) -> tuple[int, list["Record | None"], str]:
        """Exit code, the records of every line of its output, and its standard error."""
        with self._process:
            try:
                out, complaints = self._process.communicate(timeout=_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise
        assert SECRET not in out + complaints
        records = [parse_record(line) for line in out.splitlines()]
        return self._process.returncode, records, complaints


class Kept:
    """A program of the class's `module`, and all that it printed once it has finished."""

    module: str

    def __init__(self, program: Program, *arguments: str) -> None:
        self._running = Running(program, self.module, *arguments)
        self.records: list[Record | None] = []
        self.complaints = ""
        self.code: int | None = None

    def terminate(self) -> None:
        self._running.terminate()

    def finish(self) -> Self:
        self.code, self.records, self.complaints = self._running.finish()
        return self
