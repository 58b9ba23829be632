"""Attempts folded into logical operations: all tries at sending one object."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labctl.app.records import Attempt
from labctl.events import Event


@dataclass(slots=True)
class Operation:
    """One object and how its attempts ended.

    `acknowledged` is the attempt that was ok, `open_end` whether any was in doubt, `earlier` the
    last error before the last attempt that itself says more than that the upload is gone.
    """

    source: str
    first: Attempt
    last: Attempt
    acknowledged: Attempt | None = None
    open_end: bool = False
    earlier: Attempt | None = None

    def add(self, attempt: Attempt) -> None:
        """Take the next attempt at the object."""
        if self.last is not attempt and self.last.outcome != "ok" and _tells(self.last):
            self.earlier = self.last
        self.last = attempt
        if attempt.outcome == "ok" and self.acknowledged is None:
            self.acknowledged = attempt
        self.open_end = self.open_end or attempt.outcome == "info"

    @property
    def outcome(self) -> str:
        """`ok` if any attempt was, `info` if none was and any is in doubt, else `fail`."""
        if self.acknowledged is not None:
            return "ok"
        return "info" if self.open_end else "fail"


def fold(events: Iterable[Event]) -> Iterator[Operation]:
    """The operations in the order in which they ended, then those that never did."""
    unfinished: dict[tuple[str, int], Operation] = {}
    for event in events:
        if not isinstance(event.record, Attempt):
            continue
        key = (event.source, event.record.operation)
        operation = unfinished.setdefault(key, Operation(event.source, event.record, event.record))
        operation.add(event.record)
        if event.record.last:
            del unfinished[key]
            yield operation
    yield from unfinished.values()


def _tells(attempt: Attempt) -> bool:
    return attempt.code != "NoSuchUpload"
