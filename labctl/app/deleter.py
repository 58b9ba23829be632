"""Deletes objects through S3 and prints a record of each: `deleter TASK_JSON...`.

Exit codes: 0 all was tried, 1 the server was never reached or did not list the bucket, 2 the task
makes no sense, 143 ended by SIGTERM (130 by SIGINT).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NoReturn

from labctl.app.delete import Remover
from labctl.app.errand import Errand
from labctl.app.listing import ListError, Listing
from labctl.app.outcome import OK, TerminatedError
from labctl.app.output import Output
from labctl.app.program import Access, run_program
from labctl.app.sources import Source, check_groups, list_sources
from labctl.app.task import DeleteTask


def read_task(arguments: Sequence[str]) -> DeleteTask:
    """The task on the command line. Raises ValueError, KeyError or TypeError."""
    task = DeleteTask.from_arguments(tuple(arguments))
    check_groups(task.groups)
    if task.timeout <= 0 or task.ready_timeout < 0:
        raise ValueError("timeout must be more than 0, ready_timeout not negative")
    if task.count is not None and task.count < 0:
        raise ValueError("count must not be negative")
    return task


class Deleter:
    """One task. Objects are deleted one after the other, in the order of their names."""

    def __init__(self, task: DeleteTask, access: Access, output: Output) -> None:
        self._task = task
        self._output = output
        self._errand = Errand("deleter", task.bucket, access, output)
        client, self._wire = access.connect(task.timeout)
        self._listing = Listing(client, task.bucket, self._errand.stop)
        remover = Remover(client, self._wire, task.bucket, self._listing)
        self._remove = remover.remove_versions if task.versions else remover.remove

    def run(self) -> int:
        """Do it all, and give the exit code."""
        return self._errand.run(self._wire, self._task.ready_timeout, self._work)

    def _work(self) -> tuple[str, int]:
        try:
            sources = self._sources()
        except ListError as error:
            self._output.complain(f"bucket {self._task.bucket} could not be listed: {error}")
            return "unreachable", 1
        for source in sources:
            if self._errand.stop.is_set():
                raise TerminatedError("told to end")
            record = self._remove(source)
            self._output.write(record)
            self._errand.tried += 1
            self._errand.done += record.outcome == OK
        return "done", 0

    def _sources(self) -> Iterator[Source]:
        """What to delete. The bucket is listed before the first of it is deleted."""
        if self._task.groups:
            return list_sources(self._task.groups)
        task, listing = self._task, self._listing
        keys = listing.list_marked_keys() if task.versions else listing.list_keys()
        first = list(islice(keys, task.count))
        return (Source(number, key, "", 0) for number, key in enumerate(first, 1))


def prepare(arguments: Sequence[str], access: Access, output: Output) -> Callable[[], int]:
    """The work on one task."""
    return Deleter(read_task(arguments), access, output).run


def main() -> NoReturn:
    """Run the task that the command line gives."""
    run_program("deleter", prepare)


if __name__ == "__main__":
    main()
