"""Tries every call of S3 once, and watches the health endpoints meanwhile: `prober TASK_JSON...`.

Exit codes: 0 all was tried, whatever came of it, 1 the server never answered, 2 the task makes no
sense, 143 ended by SIGTERM (130 by SIGINT).
"""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import NoReturn

from labctl.app.calls import Calls
from labctl.app.content import Generator
from labctl.app.errand import Errand
from labctl.app.health import HealthWatch
from labctl.app.outcome import OK, TerminatedError
from labctl.app.output import Output
from labctl.app.program import Access, run_program
from labctl.app.records import Probed
from labctl.app.task import ProbeTask

PREFIX = "labctl-probe"
_NO_OBJECT = "no object is stored"


def read_task(arguments: Sequence[str]) -> ProbeTask:
    """The task on the command line. Raises ValueError, KeyError, TypeError or AttributeError."""
    task = ProbeTask.from_arguments(tuple(arguments))
    if min(task.small, task.large, task.part_size) < 1 or task.timeout <= 0:
        raise ValueError("small, large, part_size and timeout must be more than 0")
    if task.ready_timeout < 0:
        raise ValueError("ready_timeout must not be negative")
    if not task.bucket:
        raise ValueError("bucket: give its name")
    return task


class Prober:
    """One probe. What changes something is tried on an object of its own where one could be made.

    Reads come first and writes by their size, because a put that got in, or its rubbish, takes
    room from the next. The object that was given is overwritten, or deleted, last of all.
    """

    def __init__(self, task: ProbeTask, access: Access, output: Output) -> None:
        self._task = task
        self._access = access
        self._output = output
        self._errand = Errand("prober", task.bucket, access, output)
        self._calls = Calls(access, task.bucket, task.timeout)
        self._name = f"{PREFIX}-{secrets.token_hex(4)}"
        self._generator = Generator(int.from_bytes(os.urandom(8), "big"))
        self._sent = 0
        self._own: list[str] = []
        self._open_uploads: list[tuple[str, str]] = []
        self._bucket_made = False

    def run(self) -> int:
        """Do it all, and give the exit code."""
        return self._errand.run(self._calls.wire, self._task.ready_timeout, self._work)

    def _work(self) -> tuple[str, int]:
        try:
            with HealthWatch(self._access.endpoint, self._output.write):
                self._try_all()
        finally:
            self._tidy()
        return "done", 0

    def _try_all(self) -> None:
        reads = (self._try_reads, self._try_list, self._try_put_small)
        for step in reads if self._task.existing else reversed(reads):
            step()
        self._try_copy()
        self._try_on_stored("tag", self._calls.tag)
        overwrites_own = bool(self._own)
        if overwrites_own:
            self._try_overwrite()
        self._try_make_bucket()
        self._try_multipart()
        self._put_own("put-large", "large", self._task.large)
        if not overwrites_own:
            self._try_overwrite()
        self._try_on_stored("delete", self._calls.delete)

    @property
    def _stored(self) -> str | None:
        """The object to change: the prober's own, else the one that was given."""
        return self._own[0] if self._own else self._task.existing

    @property
    def _readable(self) -> str | None:
        return self._task.existing or self._stored

    def _try_reads(self) -> None:
        for verb, call in (
            ("get", self._calls.get), ("get-range", self._calls.get_range),
            ("head", self._calls.head),
        ):  # fmt: skip
            self._try_on(verb, self._readable, call)

    def _try_list(self) -> None:
        self._try("list", None, self._calls.list)

    def _try_put_small(self) -> None:
        self._put_own("put-small", "small", self._task.small)

    def _try_copy(self) -> None:
        source = self._stored
        if source is None:
            self._skip("copy", None, _NO_OBJECT)
            return
        target = f"{self._name}-copy"
        if self._try("copy", target, lambda: self._calls.copy(source, target)) is not None:
            self._own.append(target)

    def _try_overwrite(self) -> None:
        size = self._task.small
        data = self._bytes(size)
        self._try_on_stored("overwrite", lambda key: self._calls.put(key, data), size)

    def _try_make_bucket(self) -> None:
        made = self._try("make-bucket", None, lambda: self._calls.make_bucket(self._name))
        self._bucket_made = made is not None

    def _try_multipart(self) -> None:
        key = f"{self._name}-multipart"
        upload = self._try("multipart-start", key, lambda: self._calls.start_upload(key))
        if upload is None:
            for verb in ("multipart-part", "multipart-complete", "multipart-abort"):
                self._skip(verb, key, "no upload could be started")
            return
        self._open_uploads.append((key, upload))
        self._try_part_and_complete(key, upload)
        self._try_abort(f"{self._name}-abort")

    def _try_part_and_complete(self, key: str, upload: str) -> None:
        size = self._task.part_size
        data = self._bytes(size)
        part = self._try(
            "multipart-part", key, lambda: self._calls.put_part(key, upload, data), size
        )
        if part is None:
            self._skip("multipart-complete", key, "the upload has no part")
            return
        done = self._try(
            "multipart-complete", key, lambda: self._calls.complete_upload(key, upload, part)
        )
        if done is not None:
            self._open_uploads.remove((key, upload))
            self._own.append(key)

    def _try_abort(self, key: str) -> None:
        """Of a second upload, as what became of the first one is not certain."""
        outcome, upload = self._calls.judge(lambda: self._calls.start_upload(key))
        if outcome.outcome != OK:
            why = f"{outcome.status} {outcome.code}" if outcome.status else outcome.error
            self._skip("multipart-abort", key, f"a second upload could not be started: {why}")
            return
        self._open_uploads.append((key, upload))
        aborted = self._try("multipart-abort", key, lambda: self._calls.abort_upload(key, upload))
        if aborted is not None:
            self._open_uploads.remove((key, upload))

    def _put_own(self, verb: str, end: str, size: int) -> None:
        key = f"{self._name}-{end}"
        data = self._bytes(size)
        if self._try(verb, key, lambda: self._calls.put(key, data), size) is not None:
            self._own.append(key)

    def _try_on_stored(self, verb: str, call: Callable[[str], str], size: int = 0) -> None:
        self._try_on(verb, self._stored, call, size)

    def _try_on(
        self, verb: str, key: str | None, call: Callable[[str], str], size: int = 0
    ) -> None:
        if key is None:
            self._skip(verb, None, _NO_OBJECT)
        else:
            self._try(verb, key, lambda: call(key), size)

    def _try(
        self, verb: str, key: str | None, call: Callable[[], str], size: int = 0
    ) -> str | None:
        """Make one call and record it: what it gave, None where it failed."""
        if self._errand.stop.is_set():
            raise TerminatedError("told to end")
        started = time.time()
        outcome, given = self._calls.judge(call)
        ended = time.time()
        said = asdict(outcome)
        works = said.pop("outcome") == OK
        self._output.write(
            Probed(ended, verb, started, ended, works, bytes=size, object=key, **said)
        )
        self._errand.tried += 1
        self._errand.done += works
        return given if works else None

    def _skip(self, verb: str, key: str | None, why: str) -> None:
        now = time.time()
        error = f"not tried: {why}"
        self._output.write(Probed(now, verb, now, now, works=False, object=key, error=error))

    def _bytes(self, size: int) -> bytes:
        self._sent += 1
        return self._generator.block(self._name, self._sent, 0, size)

    def _tidy(self) -> None:
        """Remove all that the probe stored, as far as the server lets it."""
        for key, upload in self._open_uploads:
            self._clear(key, partial(self._calls.abort_upload, key, upload))
        if self._bucket_made:
            self._clear(self._name, partial(self._calls.remove_bucket, self._name))
        self._clear(self._name, self._remove_objects)

    def _remove_objects(self) -> str:
        """Found by a listing, which names those too whose answer was an error."""
        for key, version in self._calls.list_versions(self._name):
            self._clear(key, partial(self._calls.delete, key, version))
        return ""

    def _clear(self, what: str, call: Callable[[], str]) -> None:
        outcome, _ = self._calls.judge(call)
        if outcome.outcome != OK and outcome.status != 404:
            why = outcome.error or f"{outcome.status} {outcome.code}: {outcome.message}"
            self._output.complain(f"{what} of the probe cannot be removed: {why}")


def prepare(arguments: list[str], access: Access, output: Output) -> Callable[[], int]:
    """The work on one task."""
    return Prober(read_task(arguments), access, output).run


def main() -> NoReturn:
    """Run the task that the command line gives."""
    run_program("prober", prepare)


if __name__ == "__main__":
    main()
