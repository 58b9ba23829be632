"""Sends a task's objects and prints a record of every attempt: `uploader TASK_JSON`.

Exit codes: 0 all was tried, 1 stopped on an error or the server never answered, 2 the task makes
no sense, 143 ended by SIGTERM (130 by SIGINT).
"""

import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

import minio
from minio import Minio

from labctl.app import ready
from labctl.app.content import Generator
from labctl.app.outcome import TerminatedError
from labctl.app.output import Output
from labctl.app.records import Attempt, UploadEnded, UploadStarted
from labctl.app.send import Sender
from labctl.app.sources import count_sources, list_sources
from labctl.app.task import UploadTask
from labctl.app.upload import Upload
from labctl.app.wire import Wire

_GRACE = 0.5
"""Seconds from a signal until requests under way are cut."""
_CUT_AGAIN = 0.1
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
_MIN_PART = 5 * 2**20
_MODES = ("stop", "continue", "retry")


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is, and the keys to it."""

    endpoint: SplitResult
    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        return f"Access({self.endpoint.hostname})"


class Ending:
    """Waits for a signal in a thread of its own; `stop` is set at once, requests are cut later."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.signal = 0
        self._senders: tuple[Sender, ...] = ()

    def watch(self, senders: tuple[Sender, ...]) -> None:
        """Begin to wait. The signals must be blocked in every thread."""
        self._senders = senders
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def _wait(self) -> None:
        self.signal = signal.sigwait(_SIGNALS)
        self.stop.set()
        time.sleep(_GRACE)
        while True:
            for sender in self._senders:
                sender.cut()
            time.sleep(_CUT_AGAIN)


def read_access(environment: Mapping[str, str]) -> Access:
    """Endpoint and keys from the variables that S3 clients share. Raises ValueError."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise ValueError(f"not set: {', '.join(missing)}")
    url, access_key, secret_key = (environment[name] for name in names)
    endpoint = urlsplit(url)
    if endpoint.scheme not in ("http", "https") or not endpoint.hostname or "@" in url:
        raise ValueError("AWS_ENDPOINT_URL: write for example http://minio:9000")
    return Access(endpoint, access_key, secret_key, environment.get("AWS_REGION") or "us-east-1")


def read_task(arguments: Sequence[str]) -> UploadTask:
    """The task on the command line. Raises ValueError, KeyError or TypeError."""
    if len(arguments) != 1:
        raise ValueError("give one argument, the task as JSON")
    task = UploadTask.from_json(arguments[0])
    if task.on_error not in _MODES:
        raise ValueError(f"on_error: write one of {', '.join(_MODES)}")
    if task.parallel < 1 or task.attempts < 1 or task.timeout <= 0:
        raise ValueError("parallel, attempts and timeout must be more than 0")
    if task.part_size < _MIN_PART:
        raise ValueError(f"part_size: write {_MIN_PART} or more")
    durations = (task.pace, task.wait, task.max_wait, task.give_up, task.ready_timeout)
    if min(durations) < 0 or any(min(group.count, group.size) < 0 for group in task.groups):
        raise ValueError("durations, counts and sizes must not be negative")
    return task


class Uploader:
    """One task from the first wait to the summary."""

    def __init__(self, task: UploadTask, access: Access, output: Output) -> None:
        self._task = task
        self._output = output
        self._access = access
        self._ending = Ending()
        self._objects, self._bytes = count_sources(task.groups)
        generator = Generator(task.seed)
        self._client, wire = self._connect()
        first = self._sender(self._client, wire, generator)
        others = (self._sender(*self._connect(), generator) for _ in range(task.parallel - 1))
        self._senders = (first, *others)
        self._upload = Upload(task, list_sources(task.groups), output.write, self._ending.stop)

    def run(self) -> int:
        """Do it all, and give the exit code."""
        self._ending.watch(self._senders)
        try:
            self._await_server()
            self._output.write(self._started())
            self._upload.run(self._senders)
        except ready.UnreadyError as error:
            self._output.complain(f"the server was not ready in time: {error}")
            return self._end("unreachable", 1)
        except ready.RefusedError as error:
            self._output.complain(f"bucket {self._task.bucket} cannot be made: {error}")
            return self._end("stopped", 1)
        except TerminatedError:
            return self._end("terminated", 128 + self._ending.signal)
        return self._judge()

    def _judge(self) -> int:
        if self._ending.stop.is_set():
            return self._end("terminated", 128 + self._ending.signal)
        if self._upload.stopped_by is None:
            return self._end("done", 0)
        self._output.complain(f"upload stopped: {_show(self._upload.stopped_by)}")
        return self._end("stopped", 1)

    def _end(self, reason: str, exit_code: int) -> int:
        totals = asdict(self._upload.totals)
        self._output.write(UploadEnded(time.time(), reason, exit_code=exit_code, **totals))
        return exit_code

    def _await_server(self) -> None:
        deadline = time.monotonic() + self._task.ready_timeout
        stop = self._ending.stop
        ready.wait_healthy(self._access.endpoint, deadline, stop)
        if self._task.make_bucket:
            ready.ensure_bucket(self._client, self._task.bucket, deadline, stop)

    def _started(self) -> UploadStarted:
        task = self._task
        return UploadStarted(
            time=time.time(),
            client=f"minio-py {minio.__version__} (python {platform.python_version()})",
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
        )

    def _connect(self) -> tuple[Minio, Wire]:
        wire = Wire(self._task.timeout)
        access = self._access
        client = Minio(
            access.endpoint.netloc,
            access_key=access.access_key,
            secret_key=access.secret_key,
            secure=access.endpoint.scheme == "https",
            region=access.region,
            http_client=wire,
        )
        return client, wire

    def _sender(self, client: Minio, wire: Wire, generator: Generator) -> Sender:
        return Sender(
            client,
            wire,
            bucket=self._task.bucket,
            part_size=self._task.part_size,
            generator=generator,
            stop=self._ending.stop,
            complain=self._output.complain,
        )


def _show(attempt: Attempt) -> str:
    answer = f"{attempt.status} {attempt.code}: {attempt.message}"
    return f"{attempt.object}: {attempt.error or answer}"


def main() -> NoReturn:
    """Run the task that the command line gives."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    output = Output(
        sys.stdout.buffer, sys.stderr.buffer, os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    )
    try:
        task, access = read_task(sys.argv[1:]), read_access(os.environ)
        uploader = Uploader(task, access, output)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        output.complain(f"uploader: no sense in this task: {type(error).__name__}: {error}")
        sys.exit(2)
    sys.exit(uploader.run())


if __name__ == "__main__":
    main()
