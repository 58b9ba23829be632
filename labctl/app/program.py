"""What the programs that talk to the server share: access, the end by a signal, clients."""

import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, Protocol
from urllib.parse import SplitResult, urlsplit

import minio
from minio import Minio

from labctl.app.output import Output
from labctl.app.wire import Wire

CLIENT = f"minio-py {minio.__version__} (python {platform.python_version()})"
_GRACE = 0.5
"""Seconds from a signal until requests under way are cut."""
_CUT_AGAIN = 0.1
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is, and the keys to it."""

    endpoint: SplitResult
    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        return f"Access({self.endpoint.hostname})"

    def connect(self, timeout: float, kind: type[Wire] = Wire) -> tuple[Minio, Wire]:
        """A client, and the wire under it; requests are never repeated. For one thread."""
        wire = kind(timeout)
        client = Minio(
            self.endpoint.netloc,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=self.endpoint.scheme == "https",
            region=self.region,
            http_client=wire,
        )
        return client, wire


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


class Cuttable(Protocol):
    """Something whose request under way can be cut from another thread."""

    def cut(self) -> None:
        """End the request under way, and allow no further one."""


class Ending:
    """Waits for a signal in a thread of its own; `stop` is set at once, requests are cut later."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.signal = 0
        self._wires: tuple[Cuttable, ...] = ()

    def watch(self, wires: tuple[Cuttable, ...]) -> None:
        """Begin to wait. The signals must be blocked in every thread."""
        self._wires = wires
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    @property
    def exit_code(self) -> int:
        """The code that a program ended by the signal ends with."""
        return 128 + self.signal

    def _wait(self) -> None:
        self.signal = signal.sigwait(_SIGNALS)
        self.stop.set()
        time.sleep(_GRACE)
        while True:
            for wire in self._wires:
                wire.cut()
            time.sleep(_CUT_AGAIN)


Prepare = Callable[[list[str], Access, Output], Callable[[], int]]
"""From arguments to the work, which gives the exit code."""


def run_program(name: str, prepare: Prepare) -> NoReturn:
    """Do a program's work and end the process with its exit code; 2 where `prepare` finds no sense
    in the arguments (ValueError, KeyError, TypeError, AttributeError, OSError)."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    output = Output(
        sys.stdout.buffer, sys.stderr.buffer, os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    )
    try:
        work = prepare(sys.argv[1:], read_access(os.environ), output)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        output.complain(f"{name}: no sense in this task: {type(error).__name__}: {error}")
        sys.exit(2)
    code = work()
    # At once: the lab waits for the process to end, and every line is written already.
    os._exit(code)
