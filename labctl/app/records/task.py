"""The beginning and the end of a program, and what may lack in between."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A program other than the uploader begins: `verifier`, `prober`, `deleter`, `waiter`."""

    type: ClassVar[str] = "task-started"
    time: float
    program: str
    client: str
    bucket: str


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """That program's own sum: how many objects or calls it tried, and how many went well.

    `reason` is `done`, `late` (the time limit of a wait), `terminated` or `unreachable`.
    """

    type: ClassVar[str] = "task-ended"
    time: float
    program: str
    reason: str
    tried: int
    done: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The record may lack something."""

    type: ClassVar[str] = "gap"
    time: float
    what: str
