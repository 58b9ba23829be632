"""What a step finds when it is played: the lab, its drives, containers of its own."""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from labctl import labels, players
from labctl.app.records import DriveSample
from labctl.app.task import Task
from labctl.engine.base import Engine
from labctl.errors import Conflict, LabctlError, LabFailed, StepLate, StepStopped
from labctl.events import Record, parse_record
from labctl.labfile.lab import Lab
from labctl.labfile.sense import drive_name
from labctl.labfile.step import Step
from labctl.resources import Container, Mount
from labctl.setting import MINIO, Setting
from labctl.steps.follow import STOP_GRACE, follow_client
from labctl.units import show_duration

_TAIL = 5
_SAMPLES = 500
"""Lines of the observer that surely hold a sample of every drive."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A lab that is up, and how its steps are told: `tell` takes labctl's own events, `progress`
    where the work stands. `stop` is set when no step is to go on."""

    engine: Engine
    lab: Lab
    setting: Setting
    tell: Callable[[Record], None]
    progress: Callable[[str], None]
    stop: threading.Event
    deadline: float = math.inf
    """When the whole run's time is over, on the monotonic clock."""
    say_undone: Callable[[str], None] | None = None
    """Where the lab stays up when a step is cut short: is told in words that what the step had set
    was undone. None: the lab goes, and nothing needs to be undone."""
    last_word: Callable[[], object] | None = None
    """Is called when an upload has made its last call, and its container is yet to end."""

    @property
    def server(self) -> str:
        """The name of MinIO's container."""
        return self.setting.name(MINIO)

    @property
    def observer(self) -> str:
        """The name of the observer's container."""
        return self.setting.name(labels.OBSERVER)

    def sizes(self) -> dict[str, int]:
        """The drives in bytes, as large as they are now."""
        return drive_sizes(self.engine, self.lab, self.observer)

    def rest(self, seconds: float) -> None:
        """Let time pass. Raises StepStopped, at once, when no step is to go on."""
        if self.stop.wait(seconds):
            raise StepStopped("told to end before its time")


def drive_sizes(engine: Engine, lab: Lab, observer: str) -> dict[str, int]:
    """The drives in bytes, as the observer saw them last; they may have grown since `up`."""
    sizes = lab.minio.drive_sizes()
    for line in engine.logs(observer, tail=_SAMPLES):
        match parse_record(line.text):
            case DriveSample(drive=drive, size=size) if drive in sizes:
                sizes[drive] = max(sizes[drive], size)
    return sizes


@dataclass(frozen=True, slots=True)
class Scene:
    """One step being played; `within` is its time limit in seconds."""

    stage: Stage
    number: int
    step: Step
    role: str
    within: float

    @property
    def drives(self) -> tuple[str, ...]:
        """The drives that are meant."""
        named = tuple(map(drive_name, self.step.at))
        return named or tuple(self.stage.lab.minio.drive_sizes())

    def program(self, task: Task, mounts: tuple[Mount, ...] = ()) -> Container:
        """The container of this step that does `task` against the server."""
        stage = self.stage
        return players.program(stage.lab, stage.setting, self.number, self.role, task, mounts)

    def perform(
        self, container: Container, *, failing: tuple[int, ...] = (), grace: float = 0.0
    ) -> int:
        """Make, start and follow a container to its end; its exit code. One that knows the time
        limit itself gets `grace` seconds more.

        Raises LabFailed where it is neither 0 nor one of `failing`, or the time is over.
        """
        self.make(container)
        self.stage.engine.start(container.name)
        return self.attend(container.name, failing=failing, grace=grace)

    def make(self, container: Container) -> None:
        """Make a container of this step. One that a command made and did not come to start, for it
        was killed, gives way."""
        engine = self.stage.engine
        try:
            engine.create(container)
        except Conflict:
            seen = engine.inspect(container.name)
            if seen.started:
                raise
            engine.remove(seen)
            engine.create(container)

    def attend(self, name: str, *, failing: tuple[int, ...] = (), grace: float = 0.0) -> int:
        """Follow a container that was started to its end; the same. It is stopped where that is
        cut short."""
        within, doing = self.within + grace, self._doing()
        try:
            code = follow_client(self.stage, name, self.role, within, doing=doing)
        except StepLate:
            raise
        except BaseException:
            with suppress(LabctlError):
                self.stage.engine.stop(name, STOP_GRACE)
            raise
        if code not in (0, *failing):
            raise LabFailed(f"{self.role} ended with exit code {code}{self._last_words(name)}")
        return code

    def _doing(self) -> str:
        """What is waited for, in words: a client has to come up before it can send anything."""
        if self.step.upload is not None:
            return "waiting for the client"
        return f"step {self.number}, {self.step}"

    def mark(self) -> None:
        """Leave a mark on the engine that this step is played, which has no container."""
        self.make(players.mark(self.stage.setting, self.number, self.role))

    def rest(self, seconds: float) -> None:
        """Let time pass. Raises StepStopped, and LabFailed where it is more than the step has."""
        self.stage.rest(min(seconds, self.within))
        if seconds > self.within:
            raise self.late(f"{show_duration(seconds)} did not pass")

    def late(self, what: str) -> LabFailed:
        """The error of a step that took too long."""
        return LabFailed(
            f"step {self.number}, {self.step.name}: {what} within {show_duration(self.within)}",
            "give the step longer with `within:`, or the run with --within",
        )

    def _last_words(self, name: str) -> str:
        lines = [line.text for line in self.stage.engine.logs(name, tail=_TAIL)]
        told = [line for line in lines if not line.startswith("{")]
        return f": {told[-1]}" if told else ""
