"""The figures of steps as JSON can write them: times as UTC text, the units in the names."""

from dataclasses import asdict
from typing import Any

from labctl.app.records import TIMES, show_time
from labctl.figures.steps import Leftovers, Steps

_OVERSHOOT = {
    "quota": "quota_bytes",
    "least": "least_bytes",
    "most": "most_bytes",
    "from_crossing": "from_crossing_seconds",
    "from_first_put": "from_first_put_seconds",
}
_WRITABLE = {"tried": "tried_seconds"}
_CONTENTS = {
    name: f"{name}_bytes"
    for name in (
        "size", "free", "objects", "unfinished", "trash", "temporary", "system", "foreign",
    )
}  # fmt: skip


def steps_to_document(steps: Steps) -> dict[str, Any]:
    """`steps` as JSON can write it; sizes in bytes, durations in seconds."""
    document: dict[str, Any] = _show(asdict(steps))
    if document["overshoot"] is not None:
        document["overshoot"] = _rename(document["overshoot"], _OVERSHOOT)
    document["writable"] = [_rename(wait, _WRITABLE) for wait in document["writable"]]
    if steps.leftovers is not None:
        document["leftovers"] = _leftovers(steps.leftovers)
    return document


def _leftovers(leftovers: Leftovers) -> dict[str, Any]:
    return {
        "uploads": leftovers.uploads,
        "unfinished_bytes": leftovers.unfinished,
        "trash_bytes": leftovers.trash,
        "beyond_bytes": leftovers.beyond,
        "drives": [_rename(_show(asdict(drive)), _CONTENTS) for drive in leftovers.drives],
    }


def _rename(fields: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


def _show(value: Any) -> Any:
    """Times as UTC text, durations to the microsecond, at any depth."""
    match value:
        case dict():
            return {
                name: show_time(inner)
                if name in TIMES and isinstance(inner, float | int)
                else _show(inner)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [_show(inner) for inner in value]
        case float():
            return round(value, 6)
    return value
