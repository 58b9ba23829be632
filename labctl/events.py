"""Everything that happened in a run, as JSON lines: one schema, UTC times with microseconds.

An event is a record, the time it has, and the source (a role of the lab, or `labctl`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, get_args, get_origin

from labctl.app import codec

if TYPE_CHECKING:
    from labctl.app.records import AppRecord


@dataclass(frozen=True, slots=True)
class RunStarted:
    """labctl began to make a lab. `engine` and `images` are what really ran, `expect` the
    lab file's expectations, so that a record can be judged by itself; `steps` is how many steps it
    has, 0 where that is not told."""

    type: ClassVar[str] = "run-started"
    time: float
    lab: str
    labctl: str
    engine: dict[str, Any]
    images: dict[str, dict[str, Any]]
    drives: dict[str, int]
    environment: dict[str, str]
    expect: dict[str, Any]
    steps: int = 0


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
class StepStarted:
    """A step begins. `step` is its number, unique within the lab; `parent` that of the step during
    which it is played. `text` is the step as the lab file has it; `role` the container that plays
    it, if one does; `expect` its own expectations; `at` the drives that are meant."""

    type: ClassVar[str] = "step-started"
    time: float
    step: int
    verb: str
    text: str
    role: str | None
    at: list[str]
    expect: dict[str, Any]
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step has ended; `error` is None where it did what it was to do."""

    type: ClassVar[str] = "step-ended"
    time: float
    step: int
    verb: str
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QuotaSet:
    """A bucket's quota was set with mc and read back; `quota` in bytes, None: taken away."""

    type: ClassVar[str] = "quota-set"
    time: float
    bucket: str
    quota: int | None


@dataclass(frozen=True, slots=True)
class Other:
    """A record of a type that this labctl does not know, kept as it is."""

    type: ClassVar[str] = "other"
    time: float
    fields: dict[str, Any]


_Own = RunStarted | StepStarted | StepEnded | QuotaSet | Operation | LogText | ContainerEnded
Record: TypeAlias = "_Own | Other | AppRecord"


@cache
def _kinds() -> dict[str, type[Any]]:
    """The types of record by name. Those of the lab's programs are imported when a record is first
    read: to write labctl's own, nobody need wait for them."""
    from labctl.app.records import AppRecord

    return {kind.type: kind for kind in get_args(_Own | AppRecord)}


@cache
def _accepted(name: str) -> dict[str, tuple[type, ...]]:
    """The types of value that each field of a type of record takes."""
    return {field.name: _types(field.type) for field in fields(_kinds()[name])}


def _types(hint: Any) -> tuple[type, ...]:
    """The types of a hint; JSON writes a whole float as it writes an int."""
    parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    types = tuple(get_origin(part) or part for part in parts)
    return (*types, int) if float in types else types


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
        text = json.dumps(_shown(event.record), separators=(",", ":"))
    else:
        text = codec.encode(event.record)
    return f'{{"source":{json.dumps(event.source)},{text[1:]}'


def _shown(other: Other) -> dict[str, Any]:
    times = {name: other.fields[name] for name in codec.TIMES & other.fields.keys()}
    times["time"] = other.time
    return other.fields | {name: codec.show_time(time) for name, time in times.items()}


def decode(line: str) -> Event:
    """The event on a JSON line. Raises ValueError where it is none."""
    found = _fields(line)
    source = str(found.pop("source", ""))
    return Event(source, _record(found))


def parse_record(line: str) -> "AppRecord | None":
    """The record of the lab's own programs on a line of output, or None for any other line."""
    if not line.startswith('{"type":'):
        return None
    try:
        record = _record(_fields(line))
    except ValueError:
        return None
    return None if isinstance(record, _Own | Other) else record


def _fields(line: str) -> dict[str, Any]:
    try:
        return codec.decode_fields(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _record(found: dict[str, Any]) -> Record:
    kind = _kinds().get(str(found.get("type")))
    if kind is None:
        return Other(float(found.get("time", 0.0)), found)
    accepted = _accepted(kind.type)
    given = {name: found[name] for name in accepted if name in found}
    for name, value in given.items():
        if not isinstance(value, accepted[name]):
            raise ValueError(f"{kind.type}: {name} is {value!r}")
    try:
        return kind(**given)  # type: ignore[no-any-return]
    except TypeError as error:
        raise ValueError(f"not a whole {kind.type} record") from error


def read_events(path: Path) -> Iterator[Event]:
    """The events of a file, one at a time. A torn line, as a crash leaves it, is a gap."""
    from labctl.app.records import Gap

    time = 0.0
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            try:
                event = decode(line)
            except ValueError:
                event = Event("labctl", Gap(time, "a line of the record is torn"))
            time = event.time
            yield event
