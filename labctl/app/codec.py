"""Records as JSON lines and back."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

TIMES = frozenset({"time", "started", "ended"})


def show_time(seconds: float) -> str:
    """`seconds` since the epoch as `2026-01-31T12:00:00.000000Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: object) -> float:
    """Epoch seconds of a time that `show_time` wrote. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("not a time")
    return datetime.fromisoformat(text).timestamp()


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
