"""The answers that the lab's own clients got, joined with what the server recorded of them.

By request id where an answer came; else by object and time. Some 30 bytes for each answer.
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from math import isnan, nan

from labctl.app.place import MARKER_PREFIX
from labctl.app.records import Attempt, Audit, Deletion, Probed, Trial
from labctl.events import Event
from labctl.report.history import Write

_COMMITS = frozenset({"PutObject", "CompleteMultipartUpload"})
_DELETES = frozenset({"DeleteObject"})
_PUTS = _COMMITS | {"PutObjectPart", "NewMultipartUpload"}


def is_acknowledged_put(audit: Audit) -> bool:
    """Whether the server says that it has stored a client's object."""
    marker = audit.bucket.startswith(MARKER_PREFIX)
    return audit.api in _COMMITS and audit.status == 200 and not marker


@dataclass(frozen=True, slots=True)
class Received:
    """What the server received of one request: bytes, and the number of its part."""

    rx: int
    part: int | None


@dataclass(frozen=True, slots=True)
class _Call:
    """A call at an object from which some client never got an answer."""

    request_id: str
    began: float
    ended: float
    commits: bool
    status: int
    error: str | None


@dataclass(slots=True)
class _Unanswered:
    """The writes of one kind to one object that got no answer, and the calls that may be theirs."""

    writes: set[tuple[float, float, int]]
    """When each began and ended, and the number of its operation, which others may share times
    with."""
    calls: set[_Call]


class Answers:
    """To be given all events twice: first to `note`, then, after `seal`, to `join`."""

    def __init__(self) -> None:
        self.audited = False
        self._ids = array("q")
        self._ended = array("d")
        self._rx = array("q")
        self._part = array("q")
        self._unanswered: dict[tuple[str, int], _Unanswered] = {}

    def note(self, event: Event) -> None:
        """First reading: who was answered."""
        match event.record:
            case Audit():
                self.audited = True
            case Attempt() | Deletion() | Probed() | Trial() as record:
                self._add(record)

    def _add(self, record: Attempt | Deletion | Probed | Trial) -> None:
        if record.request_id:
            self._ids.append(hash(record.request_id))
        elif isinstance(record, Attempt | Deletion) and record.outcome == "info":
            kind = "delete" if isinstance(record, Deletion) else "put"
            key = (kind, hash(record.object))
            found = self._unanswered.setdefault(key, _Unanswered(set(), set()))
            operation = record.operation if isinstance(record, Attempt) else 0
            found.writes.add((record.started, record.ended, operation))

    def seal(self) -> None:
        """All answers are known now."""
        self._ids = array("q", sorted(set(self._ids)))
        self._ended = array("d", [nan]) * len(self._ids)
        self._rx = array("q", bytes(8 * len(self._ids)))
        self._part = array("q", bytes(8 * len(self._ids)))

    def join(self, event: Event) -> None:
        """Second reading: what the server recorded of each call."""
        if isinstance(event.record, Audit):
            self._join(event.record)

    def _join(self, audit: Audit) -> None:
        row = self._row(hash(audit.request_id))
        if row is not None:
            self._ended[row] = audit.ended
            self._rx[row] = audit.rx
            self._part[row] = audit.part or 0
        elif not audit.bucket.startswith(MARKER_PREFIX):
            self._join_unanswered(audit)

    def _join_unanswered(self, audit: Audit) -> None:
        kind = "delete" if audit.api in _DELETES else "put" if audit.api in _PUTS else ""
        found = self._unanswered.get((kind, hash(audit.object)))
        if found is not None:
            began, commits = audit.ended - audit.seconds, audit.api in _COMMITS | _DELETES
            found.calls.add(
                _Call(audit.request_id, began, audit.ended, commits, audit.status, audit.error)
            )

    def owns(self, audit: Audit) -> bool:
        """Whether one of the lab's own clients got the answer."""
        return self._row(hash(audit.request_id)) is not None

    @property
    def missing(self) -> int:
        """Answers of which the server, though it records its calls, has no record."""
        return sum(map(isnan, self._ended)) if self.audited else 0

    def received(self, request_id: str | None) -> Received | None:
        """What the server received of a request; None: not known."""
        row = self._row(hash(request_id)) if request_id else None
        if row is None or isnan(self._ended[row]):
            return None
        return Received(self._rx[row], self._part[row] or None)

    def barrier(self, key: int, write: Write, request: int) -> float | None:
        """When the server was done with a write in doubt; None: not known. `key` and `request` are
        the hashes of the object's name and of the request id, 0 where no answer came."""
        if request:
            row = self._row(request)
            ended = self._ended[row] if row is not None else nan
            return None if isnan(ended) else ended
        return self._barrier_unanswered(key, write)

    def _barrier_unanswered(self, key: int, write: Write) -> float | None:
        """Which of several calls was whose is not known: all writes must have had theirs, and the
        last of those counts."""
        found = self._unanswered.get(("delete" if write.bytes is None else "put", key))
        if found is None:
            return None
        first = min(started for started, *_ in found.writes)
        calls = [call for call in found.calls if call.commits and call.began >= first]
        if len(calls) < len(found.writes):
            return None
        return max(call.ended for call in calls)

    def last_status(self, attempt: Attempt) -> tuple[int, str | None] | None:
        """The last refusal that the server recorded while a client, whose error lost it, tried."""
        found = self._unanswered.get(("put", hash(attempt.object)))
        calls = [
            call
            for call in (found.calls if found else ())
            if call.status >= 400 and attempt.started <= call.ended <= attempt.ended
        ]
        last = max(calls, key=lambda call: call.ended, default=None)
        return (last.status, last.error) if last else None

    def _row(self, request: int) -> int | None:
        row = bisect_left(self._ids, request)
        return row if row < len(self._ids) and self._ids[row] == request else None
