"""Following a container until it ends, with an eye on the server."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labctl.app.records import UploadEnded
from labctl.engine.base import Engine, LogLine, LogLines
from labctl.errors import EngineTimeout, LabctlError, LabFailed, StepLate
from labctl.events import Event
from labctl.evidence.collect import as_record
from labctl.labels import OBSERVER
from labctl.logs import Follower
from labctl.readiness import check_running
from labctl.report.progress import Progress
from labctl.units import show_duration

if TYPE_CHECKING:
    from labctl.steps.scene import Stage

_TICK = 0.25
_LOOK_EVERY = 1.0
STOP_GRACE = 10.0
"""Seconds that a program has to end by itself once it was told to."""


def follow_client(stage: "Stage", name: str, role: str, within: float, *, doing: str) -> int:
    """Tell `stage` what a container does until it ends; its exit code. `doing` is told until the
    container itself says what it uploads.

    Raises Unhealthy where the server ends meanwhile, StepLate where the container takes more than
    `within` seconds (it is stopped then), StepStopped, and what the engine raises.
    """
    engine, began = stage.engine, time.time()
    follower = Follower(
        {
            role: _Watched(engine.logs(name, follow=True), stage.last_word),
            OBSERVER: engine.logs(stage.observer, follow=True, since=began),
        }
    )
    progress = Progress(doing)
    end = _End(engine, name, within)
    reader = _Reader(follower, progress)
    threading.Thread(target=reader.read, daemon=True).start()
    try:
        _watch(stage, end, progress)
    finally:
        follower.close()
    return end.result(within)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A client's lines; `last_word` is called as the one arrives that says that the upload has
    ended, which waits for older lines of others before it is given out."""

    lines: LogLines
    last_word: Callable[[], object] | None

    def __iter__(self) -> Iterator[LogLine]:
        for line in self.lines:
            ended = UploadEnded.type in line.text and isinstance(as_record(line), UploadEnded)
            if self.last_word and ended:
                self.last_word()
            yield line

    def close(self) -> None:
        """End the lines."""
        self.lines.close()


class _End:
    """A thread that waits for a container's end."""

    def __init__(self, engine: Engine, name: str, timeout: float) -> None:
        self.came = threading.Event()
        self._engine = engine
        self._name = name
        self._found: int | LabctlError | None = None
        threading.Thread(target=self._wait, args=(timeout,), daemon=True).start()

    def result(self, within: float) -> int:
        """The exit code. Raises StepLate where the time limit came first."""
        if isinstance(self._found, EngineTimeout):
            self._engine.stop(self._name, STOP_GRACE)
            raise StepLate(
                f"{self._name} did not end within {show_duration(within)}",
                "give the step longer with `within:`, or the run with --within",
            )
        if isinstance(self._found, int):
            return self._found
        raise self._found or LabFailed(f"nobody knows how {self._name} ended")

    def _wait(self, timeout: float) -> None:
        try:
            self._found = self._engine.wait(self._name, timeout)
        except LabctlError as error:
            self._found = error
        finally:
            self.came.set()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what containers say while they run."""

    follower: Follower
    progress: Progress

    def read(self) -> None:
        """Read until the follower is closed."""
        try:
            for found in self.follower:
                self.progress.add(Event(found.role, as_record(found.line)))
        except LabctlError:
            # Only the live line suffers: the evidence is collected from the whole log later.
            return


def _watch(stage: "Stage", end: _End, progress: Progress) -> None:
    next_look = time.monotonic() + _LOOK_EVERY
    while not end.came.wait(_TICK):
        stage.rest(0)
        stage.progress(progress.text())
        if time.monotonic() >= next_look:
            check_running(stage.engine, stage.server)
            next_look = time.monotonic() + _LOOK_EVERY
    stage.progress(progress.text())
