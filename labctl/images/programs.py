"""Programs that a recipe runs: their output line by line, and an end to all of them at once."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from labctl.errors import Interrupted, NoImage

TICK = 2.0
"""Seconds after which a silent program yields an empty line, so that progress can be shown."""
SILENCE = 900.0
"""Seconds of silence after which a program is given up."""
GRACE = 10.0
"""Seconds that a program has to tidy up once it is told to end."""
_TAIL = 8


class Programs:
    """Runs programs in process groups of their own, from any thread, and can stop them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = threading.Event()

    def check(self) -> None:
        """Raises Interrupted once `stop` was called."""
        if self._stopped.is_set():
            raise Interrupted(signal.SIGTERM)

    def stop(self) -> None:
        """End what runs, wait until it has ended, and start nothing more."""
        with self._lock:
            self._stopped.set()
            running = tuple(self._running)
        for process in running:
            _end(process)
        for process in running:
            _see_off(process)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until `stop`."""
        self._stopped.wait(seconds)
        self.check()

    def lines(
        self, argv: tuple[str, ...], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Iterator[str]:
        """Output and errors of a program line by line; an empty line after every silent TICK.

        Raises NoImage with the last lines where the program fails, is missing or hangs.
        """
        tail: deque[str] = deque(maxlen=_TAIL)
        with self._started(argv, env, cwd) as process:
            for line in _ticking(process, _shown(argv)):
                tail.append(line) if line else None
                yield line
            code = process.wait()
        self.check()
        if code != 0:
            raise NoImage(f"{_shown(argv)} ended with {code}: {' | '.join(tail) or 'no output'}")

    def read(self, argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> str:
        """All that a quick program prints, stripped. Raises NoImage as `lines` does."""
        return "\n".join(line for line in self.lines(argv, env) if line).strip()

    @contextmanager
    def _started(
        self, argv: tuple[str, ...], env: Mapping[str, str] | None, cwd: Path | None
    ) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            self.check()
            process = _start(argv, env, cwd)
            self._running.add(process)
        try:
            yield process
        finally:
            with self._lock:
                self._running.discard(process)
            _see_off(process)
            if process.stdout is not None:
                process.stdout.close()


def _start(
    argv: tuple[str, ...], env: Mapping[str, str] | None, cwd: Path | None
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S603 - recipes name their programs themselves
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        )
    except OSError as error:
        raise NoImage(f"{argv[0]} cannot be run: {error.strerror}") from error


def _ticking(process: subprocess.Popen[str], shown: str) -> Iterator[str]:
    """Lines of a program's output, with empty ones where it is silent for a TICK."""
    found: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        with suppress(ValueError):  # the pipe is closed under a reader that is left behind
            for line in process.stdout or ():
                found.put(line.rstrip())
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    heard = time.monotonic()
    while time.monotonic() - heard < SILENCE:
        try:
            line = found.get(timeout=TICK)
        except queue.Empty:
            yield ""
            continue
        if line is None:
            return
        heard = time.monotonic()
        yield line
    raise NoImage(f"{shown} was silent for {SILENCE:.0f} s and was given up")


def _end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _see_off(process: subprocess.Popen[str]) -> None:
    """Wait for a program's end, and bring it about where nobody reads on."""
    if process.poll() is None:
        _end(process)
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        _end(process, signal.SIGKILL)
        process.wait()


def _shown(argv: tuple[str, ...]) -> str:
    """The program and its subcommand, without the arguments that follow."""
    return " ".join([Path(argv[0]).name, *argv[1:2]])
