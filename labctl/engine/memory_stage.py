"""How tests tell the engine in memory what its containers do, and learn what was asked of it."""

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError

from labctl.engine.base import ExecResult, SeenImage
from labctl.engine.memory_box import Box, Call, Clock, Program, Script
from labctl.engine.memory_images import MemoryImages
from labctl.errors import EngineTimeout, NotFound
from labctl.resources import Health, SeenNetwork, SeenVolume

Answer = Callable[[str, tuple[str, ...], bytes], ExecResult]
"""What a command inside a container does: the container's name, argv, standard input."""


class MemoryStage(MemoryImages):
    """What an engine in memory holds, and the hands on it. Every call is kept in `calls`.

    `programs` says what the container of a name does, a Script (at once, when started) or a
    Program (in a thread); `default` is for all others. `answer` plays the commands of `exec`.
    `taken_ports` are held by programs outside of the engine. `memory` is in bytes. `local`:
    whether published ports are said to be reachable.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        images: Iterable[str | SeenImage] = (),
        registry: Iterable[str] = (),
        memory: int = 8 * 2**30,
        programs: Mapping[str, Script | Program] | None = None,
        default: Script | Program | None = None,
        answer: Answer | None = None,
        taken_ports: Iterable[int] = (),
        local: bool = False,
    ) -> None:
        super().__init__(images, registry)
        self.calls: list[Call] = []
        self.memory = memory
        self.programs = dict(programs or {})
        self._default = default or Script()
        self._answer = answer or _succeed
        self._taken_ports = frozenset(taken_ports)
        self._local = local
        self._failures: dict[tuple[str, str], list[Exception | None]] = {}
        self._changed = threading.Condition(threading.RLock())
        self._clock = Clock()
        self._numbers = itertools.count(1)
        self._boxes: dict[str, Box] = {}
        self._networks: dict[str, SeenNetwork] = {}
        self._volumes: dict[str, SeenVolume] = {}

    def fail(self, verb: str, error: Exception, *, name: str = "", at: int = 1) -> None:
        """Raise `error` at the `at`-th call of `verb` from now on, of `name` or of any."""
        with self._changed:
            self._failures[verb, name] = [*[None] * (at - 1), error]

    def say(self, name: str, text: str, stream: str = "stdout") -> None:
        """Let a container write one line of output."""
        self._box(name).say(text, stream)

    def end(self, name: str, exit_code: int, *, oom_killed: bool = False) -> None:
        """Let a running container end."""
        self._box(name).end(exit_code, oom_killed=oom_killed)

    def set_health(self, name: str, health: Health) -> None:
        """Let a container's health check say `health`."""
        with self._changed:
            self._box(name).health = health

    def files(self, name: str) -> dict[str, bytes]:
        """What was copied into a container, by absolute path."""
        with self._changed:
            return dict(self._box(name).files)

    def _enter(self, verb: str, name: str = "") -> None:
        self.calls.append(Call(verb, name))
        for key in {(verb, name), (verb, "")}:
            due = self._failures.get(key)
            error = due.pop(0) if due else None
            if error is not None:
                raise error

    def _box(self, name: str) -> Box:
        with self._changed:
            if name not in self._boxes:
                raise NotFound(f"No such container: {name}")
            return self._boxes[name]


def _succeed(_name: str, _argv: tuple[str, ...], _stdin: bytes) -> ExecResult:
    return ExecResult(0, b"", b"")


def perform(
    answer: Answer, name: str, argv: tuple[str, ...], stdin: bytes, timeout: float
) -> ExecResult:
    """What `answer` answers. Raises EngineTimeout where it takes longer than `timeout` s."""
    future: Future[ExecResult] = Future()

    def main() -> None:
        try:
            future.set_result(answer(name, argv, stdin))
        except BaseException as error:  # raised where the command was asked for
            future.set_exception(error)

    threading.Thread(target=main, daemon=True).start()
    try:
        return future.result(timeout)
    except FutureTimeoutError as error:
        message = f"not done within {timeout:g} s: run {argv[0]} in {name}"
        raise EngineTimeout(message) from error
