"""Looks at the drives, then reads every object back: `verifier TASK_JSON...`.

Exit codes: 0 all was read, 1 the server was never reached, 2 the task makes no sense, 143 ended by
SIGTERM (130 by SIGINT).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NoReturn

from labctl.app.attribute import list_suspects
from labctl.app.contents import measure_contents
from labctl.app.errand import Errand
from labctl.app.expected import Expected
from labctl.app.listing import ListError, Listing
from labctl.app.outcome import TerminatedError
from labctl.app.output import Output
from labctl.app.program import Access, run_program
from labctl.app.readback import UNAVAILABLE, Reader
from labctl.app.records import Gap
from labctl.app.shards import count_shards
from labctl.app.sources import Source, check_groups, list_sources
from labctl.app.task import VerifyTask


def read_task(arguments: Sequence[str]) -> VerifyTask:
    """The task on the command line. Raises ValueError, KeyError or TypeError."""
    task = VerifyTask.from_arguments(tuple(arguments))
    check_groups(task.groups)
    if task.timeout <= 0 or task.ready_timeout < 0:
        raise ValueError("timeout must be more than 0, ready_timeout not negative")
    if any(min(writer.upload, writer.stamps) < 0 for writer in task.writers):
        raise ValueError("uploads and stamps must not be negative")
    if not all(task.drives.values()):
        raise ValueError("drives: give a path by each drive's name")
    return task


class Verifier:
    """One task: the drives first, since reading a damaged object may change it."""

    def __init__(self, task: VerifyTask, access: Access, output: Output) -> None:
        self._task = task
        self._output = output
        self._expected = Expected(task.groups)
        self._errand = Errand("verifier", task.bucket, access, output)
        stop = self._errand.stop
        client, self._wire = access.connect(task.timeout)
        self._listing = Listing(client, task.bucket, stop)
        suspects = list_suspects(task.writers)
        self._reader = Reader(client, self._wire, task.bucket, suspects, stop)

    def run(self) -> int:
        """Do it all, and give the exit code."""
        return self._errand.run(self._wire, self._task.ready_timeout, self._work)

    def _work(self) -> tuple[str, int]:
        self._look_at_drives()
        self._list()
        for source, expected in self._wanted():
            self._read(source, expected=expected)
        return "done", 0

    def _look_at_drives(self) -> None:
        drives = self._task.drives
        try:
            for record in count_shards(drives, self._task.bucket):
                self._output.write(record)
                self._stop_if_told()
        except OSError as error:
            self._miss(f"the shards of objects could not all be counted: {error}")
        for drive, path in drives.items():
            try:
                self._output.write(measure_contents(drive, path))
            except OSError as error:
                self._miss(f"drive {drive} could not be looked at: {error}")

    def _list(self) -> None:
        try:
            for key in self._listing.list_keys():
                self._expected.note(key)
        except ListError as error:
            self._miss(f"bucket {self._task.bucket} could not be listed: {error}")

    def _miss(self, what: str) -> None:
        self._output.write(Gap(time.time(), what))

    def _wanted(self) -> Iterator[tuple[Source, bool]]:
        """Objects, and whether a group gives them."""
        known = ((source, True) for source in list_sources(self._task.groups))
        if not self._task.listed:
            return known
        return chain(known, ((source, False) for source in self._expected.list_others()))

    def _read(self, source: Source, *, expected: bool) -> None:
        self._stop_if_told()
        listed = not expected or self._expected.is_listed(source.key)
        record = self._reader.read(source, listed=listed, expected=expected)
        self._output.write(record)
        self._errand.tried += 1
        self._errand.done += record.outcome != UNAVAILABLE

    def _stop_if_told(self) -> None:
        if self._errand.stop.is_set():
            raise TerminatedError("told to end")


def prepare(arguments: Sequence[str], access: Access, output: Output) -> Callable[[], int]:
    """The work on one task."""
    return Verifier(read_task(arguments), access, output).run


def main() -> NoReturn:
    """Run the task that the command line gives."""
    run_program("verifier", prepare)


if __name__ == "__main__":
    main()
