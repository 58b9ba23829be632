"""Containers and images of the engine in memory, and how what runs in them is played."""

import hashlib
import shlex
import string
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from labctl.engine.base import LogLine, SeenImage
from labctl.resources import Container, Health, SeenContainer, State


class Running(Protocol):
    """What a program sees of the container that it runs in."""

    container: Container
    files: dict[str, bytes]
    asked_to_stop: threading.Event
    killed: threading.Event

    def say(self, text: str, stream: str = "stdout") -> None:
        """Write one line of output."""


Program = Callable[[Running], int]
"""Runs in a thread of its own; returns the exit code."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a container does as soon as it is started: its output, its health, and its end.

    With `exit_code` None it runs until it is stopped, and then ends with `stopped_code`.
    """

    lines: tuple[str, ...] = ()
    health: Health = Health.HEALTHY
    exit_code: int | None = None
    oom_killed: bool = False
    stopped_code: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an engine: its verb, and the name of what it was about."""

    verb: str
    name: str


class Clock:
    """Times that only grow, so that lines have an order."""

    def __init__(self) -> None:
        self._last = 0.0

    def now(self) -> float:
        """Epoch seconds, later by a microsecond at least than any told before."""
        self._last = max(time.time(), self._last + 1e-6)
        return self._last


@dataclass(eq=False)
class Box:
    """A container that was made. Its owner's lock guards it."""

    id: str
    container: Container
    ports: dict[int, int]
    created: float
    clock: Clock
    changed: threading.Condition
    state: State = State.CREATED
    health: Health = Health.NONE
    exit_code: int | None = None
    oom_killed: bool = False
    gone: bool = False
    lines: list[LogLine] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    asked_to_stop: threading.Event = field(default_factory=threading.Event)
    killed: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.state is State.RUNNING

    @property
    def ended(self) -> bool:
        """Whether it ran to its end, or is not there any more."""
        return self.gone or self.state is State.EXITED

    def begin(self) -> None:
        """Run, for the first time or again."""
        self.state, self.exit_code, self.oom_killed = State.RUNNING, None, False
        self.asked_to_stop, self.killed = threading.Event(), threading.Event()

    def say(self, text: str, stream: str = "stdout") -> None:
        """Write one line of output."""
        with self.changed:
            self.lines.append(LogLine(self.clock.now(), stream, text))
            self.changed.notify_all()

    def end(self, exit_code: int, *, oom_killed: bool = False) -> None:
        """End, unless it has ended already."""
        with self.changed:
            if self.running:
                self.state, self.exit_code = State.EXITED, exit_code
                self.oom_killed = oom_killed
            self.changed.notify_all()

    def play(self, script: Script) -> None:
        """Do at once all that `script` says."""
        if self.container.health is not None:
            self.health = script.health
        for line in script.lines:
            self.say(line)
        if script.oom_killed:
            self.end(137, oom_killed=True)
        elif script.exit_code is not None:
            self.end(script.exit_code)

    def run(self, program: Program) -> None:
        """Begin `program` in a thread."""
        if self.container.health is not None:
            self.health = Health.HEALTHY
        killed = self.killed

        def main() -> None:
            code = program(self)
            # A run that was killed says nothing about the one that may have begun since.
            if not killed.is_set():
                self.end(code)

        threading.Thread(target=main, name=self.container.name, daemon=True).start()

    def seen(self, *, listed: bool) -> SeenContainer:
        """What a listing, or else an inspection, tells of it."""
        return SeenContainer(
            id=self.id,
            name=self.container.name,
            labels=dict(self.container.labels),
            state=self.state,
            image=self.container.image,
            health=self.health,
            exit_code=self.exit_code,
            oom_killed=self.oom_killed and not listed,
            ports=dict(self.ports) if self.running or not listed else {},
            created=self.created,
        )


class Tail:
    """Lines of a box, as they come where they are followed."""

    def __init__(self, box: Box, *, follow: bool, since: float, tail: int | None) -> None:
        self._box = box
        self._follow = follow
        self._since = since
        self._next = 0 if tail is None else max(0, len(box.lines) - tail)
        self._closed = False

    def __iter__(self) -> Iterator[LogLine]:
        return self

    def __next__(self) -> LogLine:
        box = self._box
        with box.changed:
            while not self._closed:
                if self._next < len(box.lines):
                    self._next += 1
                    line = box.lines[self._next - 1]
                    if line.time >= self._since:
                        return line
                elif self._follow and box.running and not box.gone:
                    box.changed.wait()
                else:
                    break
            raise StopIteration

    def close(self) -> None:
        """End the lines; a thread that waits for the next one is let go."""
        with self._box.changed:
            self._closed = True
            self._box.changed.notify_all()


def make_image(
    tag: str, labels: Mapping[str, str] | None = None, *, architecture: str = "amd64"
) -> SeenImage:
    """An image as one may find it; equal tags and labels give equal ids."""
    marks = dict(labels or {})
    digest = hashlib.sha256(repr((tag, sorted(marks.items()))).encode()).hexdigest()
    return SeenImage(f"sha256:{digest}", (tag,), marks, architecture, 2**20, 0.0)


def read_labels(lines: Iterable[str], arguments: Mapping[str, str]) -> dict[str, str]:
    """Labels that lines of a Dockerfile set; `arguments` fill in `${NAME}`."""
    found: dict[str, str] = {}
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "LABEL":
            filled = string.Template(rest).safe_substitute(arguments)
            found |= dict(pair.split("=", 1) for pair in shlex.split(filled))
    return found
