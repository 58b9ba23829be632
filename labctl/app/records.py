"""What the lab's containers say, one JSON line each on standard output.

Times are epoch seconds in Python and UTC with microseconds in JSON; sizes are bytes.
"""

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

TIMES = frozenset({"time", "started", "ended"})


def show_time(seconds: float) -> str:
    """`seconds` since the epoch as `2026-01-31T12:00:00.000000Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: object) -> float:
    """Epoch seconds of a time that `show_time` wrote. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("not a time")
    return datetime.fromisoformat(text).timestamp()


@dataclass(frozen=True, slots=True)
class UploadStarted:
    """The uploader has reached the server and begins. Durations in seconds."""

    type: ClassVar[str] = "upload-started"
    time: float
    client: str
    bucket: str
    objects: int
    bytes: int
    part_size: int
    parallel: int
    pace: float
    on_error: str
    attempts: int
    timeout: float
    seed: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at sending one object.

    `operation` numbers the objects of this upload from 1, `attempt` the tries at one of them.
    `outcome` is `ok` (acknowledged), `fail` (certainly without effect) or `info` (in doubt).
    `parts` is 1 for a single put. `status`, `code`, `message` and `request_id` are the server's
    answer where one came; `error` is the client's own exception where none did.
    """

    type: ClassVar[str] = "attempt"
    time: float
    operation: int
    attempt: int
    object: str
    group: str
    bytes: int
    parts: int
    started: float
    ended: float
    outcome: str
    last: bool
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """The uploader's own sum. `reason` is `done`, `stopped` (on_error: stop), `terminated`
    (SIGTERM) or `unreachable` (the server never answered)."""

    type: ClassVar[str] = "upload-ended"
    time: float
    reason: str
    objects: int
    acknowledged: int
    refused: int
    attempts: int
    bytes_acknowledged: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class DriveSample:
    """`statvfs` of one drive."""

    type: ClassVar[str] = "drive"
    time: float
    drive: str
    size: int
    free: int
    inodes: int
    inodes_free: int


AppRecord = UploadStarted | Attempt | UploadEnded | DriveSample


def encode(record: Any) -> str:
    """A record as one JSON line, without the line's end."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    for name in TIMES & fields.keys():
        fields[name] = show_time(fields[name])
    return json.dumps({"type": record.type} | fields, separators=(",", ":"))


def decode_fields(line: str) -> dict[str, Any]:
    """The fields of a JSON line, times as epoch seconds. Raises ValueError where it is none."""
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    for name in TIMES & fields.keys():
        fields[name] = read_time(fields[name])
    return fields
