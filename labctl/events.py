"""Everything that happened in a run, as JSON lines: one schema, UTC times with microseconds.

An event is a record, the time it has, and the source (a role of the lab, or `labctl`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from labctl.app import records
from labctl.app.records import Attempt, DriveSample, UploadEnded, UploadStarted


@dataclass(frozen=True, slots=True)
class RunStarted:
    """labctl began to make a lab. `engine` and `images` are what really ran."""

    type: ClassVar[str] = "run-started"
    time: float
    lab: str
    labctl: str
    engine: dict[str, Any]
    images: dict[str, dict[str, Any]]
    drives: dict[str, int]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a plan ended; `error` is None where it succeeded."""

    type: ClassVar[str] = "operation"
    time: float
    operation: str
    cause: str
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LogText:
    """One line of a container's output that is no record."""

    type: ClassVar[str] = "log"
    time: float
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ContainerEnded:
    """How a container was found when the evidence was collected; `exit_code` None: it ran."""

    type: ClassVar[str] = "container"
    time: float
    container: str
    state: str
    exit_code: int | None
    oom_killed: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """The record may lack something."""

    type: ClassVar[str] = "gap"
    time: float
    what: str


@dataclass(frozen=True, slots=True)
class Other:
    """A record of a type that this labctl does not know, kept as it is."""

    type: ClassVar[str] = "other"
    time: float
    fields: dict[str, Any]


Record = (
    RunStarted | Operation | LogText | ContainerEnded | Gap | Other
    | UploadStarted | Attempt | UploadEnded | DriveSample
)  # fmt: skip

_TYPES: tuple[type[Any], ...] = (
    RunStarted, Operation, LogText, ContainerEnded, Gap,
    UploadStarted, Attempt, UploadEnded, DriveSample,
)  # fmt: skip
_BY_NAME = {kind.type: (kind, frozenset(f.name for f in fields(kind))) for kind in _TYPES}


@dataclass(frozen=True, slots=True)
class Event:
    """A record and where it came from."""

    source: str
    record: Record

    @property
    def time(self) -> float:
        """Epoch seconds."""
        return self.record.time


def encode(event: Event) -> str:
    """An event as one JSON line, without the line's end."""
    if isinstance(event.record, Other):
        shown = dict(event.record.fields) | {"time": records.show_time(event.record.time)}
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    else:
        text = records.encode(event.record)
    return f'{{"source":{json.dumps(event.source)},{text[1:]}'


def decode(line: str) -> Event:
    """The event on a JSON line. Raises ValueError where it is none."""
    found = records.decode_fields(line)
    source = str(found.pop("source", ""))
    return Event(source, _record(found))


def parse_record(line: str) -> Record | None:
    """The record on a line of a container's output, or None where the line is plain text."""
    if not line.startswith('{"type":'):
        return None
    try:
        record = _record(records.decode_fields(line))
    except ValueError:
        return None
    return None if isinstance(record, Other) else record


def _record(found: dict[str, Any]) -> Record:
    kind, known = _BY_NAME.get(str(found.get("type")), (None, frozenset()))
    given = {name: value for name, value in found.items() if name in known}
    if kind is None:
        return Other(float(found.get("time", 0.0)), found)
    try:
        return kind(**given)  # type: ignore[no-any-return]
    except TypeError as error:
        raise ValueError(f"not a whole {kind.type} record") from error


def read_events(path: Path) -> Iterator[Event]:
    """The events of a file, one at a time, up to a torn last line."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield decode(line)
            except ValueError:
                if line.endswith("\n"):
                    raise
                return
