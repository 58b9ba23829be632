"""Events without those that stand in the record twice."""

from collections.abc import Iterable, Iterator

from labctl.app.records import Audit, DriveSample, Gap
from labctl.events import Event


def distinct(events: Iterable[Event]) -> Iterator[Event]:
    """Each event once. Samples and audit records are passed on as they come, because nothing
    counts them, and gaps because a gap has no identity. Remembers 64 bits of every other event."""
    seen: set[int] = set()
    for event in events:
        if not isinstance(event.record, DriveSample | Audit | Gap):
            key = _identity(event)
            if key in seen:
                continue
            seen.add(key)
        yield event


def _identity(event: Event) -> int:
    try:
        return hash(event)
    except TypeError:
        return hash(repr(event))
