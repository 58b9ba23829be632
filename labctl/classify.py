"""Why a request was refused: one table over the answer and the drives' state, first match wins.

The state that counts is that of the second before the answer, because MinIO keeps what it knows of
free space for a second.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from labctl.labfile.reason import Reason
from labctl.threshold import UNKNOWN_SIZE, is_full

Sure = Literal["certain", "high", "medium", "low"]

CACHE_SECONDS = 1.0
"""How long MinIO keeps what it knows of free space."""
MIN_INODES = 1000
"""Free inodes below which a set of several drives refuses; a single drive fills to 0."""
NEEDED_INODES = 8
"""Free inodes below which a put fails before it has used up the last."""
_NEARLY_NOTHING = 0.01
_FULL_TEXT = re.compile(r"no space left|drive path full", re.IGNORECASE)
_BODY_LOST = re.compile(r"too many (\d+ )?error responses", re.IGNORECASE)
_INSIDE_200 = {"InternalError": 500, "XMinioStorageFull": 507, "SlowDownWrite": 503}


@dataclass(frozen=True, slots=True)
class Classified:
    """A reason, how sure it is, and what else was the matter at the same time."""

    reason: Reason
    sure: Sure
    also: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got for one attempt; None stands for what is not known.

    `bytes` is the object's size, None where it is unknown to the server too; `request_bytes` that
    of one request (a part), worked out from `parts` where it is left out. `audit_rx` is what the
    server received of the request, `audit_part` the part that it put, if it did. `fault`: whether
    a step had MinIO down or paused. `restarted`: whether MinIO was started before. `earlier` is how
    an earlier error of the same upload was classified, `audited` the last answer that the server
    recorded where the client lost it.
    """

    status: int | None = None
    code: str | None = None
    message: str | None = None
    error: str | None = None
    bytes: int | None = None
    parts: int = 1
    request_bytes: int | None = None
    compressed: bool = False
    audit_rx: int | None = None
    audit_part: int | None = None
    fault: bool | None = None
    restarted: bool | None = None
    earlier: Classified | None = None
    audited: Classified | None = None

    @property
    def size(self) -> int:
        """Bytes of one request."""
        if self.request_bytes is not None:
            return self.request_bytes
        return -(-(self.bytes or 0) // max(self.parts, 1))

    @property
    def effective_status(self) -> int | None:
        """The HTTP status, or the one that an error inside a 200 stands for."""
        return _INSIDE_200.get(self.code or "", 500) if self.status == 200 else self.status


@dataclass(frozen=True, slots=True)
class DriveNow:
    """One drive when the answer came, and its least values within the second before.

    `inodes` 0: the file system counts none.
    """

    name: str
    size: int
    free: int
    least_free: int
    inodes: int = 0
    inodes_free: int = 0
    least_inodes_free: int = 0


@dataclass(frozen=True, slots=True)
class DriveState:
    """All drives of a set; none: their state is not known. `offline` None: not known."""

    drives: tuple[DriveNow, ...] = ()
    offline: int | None = None


def _full_now(answer: Answer, state: DriveState) -> bool:
    return is_full([(drive.free, drive.size) for drive in state.drives], answer.size)


def _full(answer: Answer, state: DriveState) -> bool:
    least = [(drive.least_free, drive.size) for drive in state.drives]
    return _full_now(answer, state) or is_full(least, answer.size)


def _few_inodes(_: Answer, state: DriveState) -> bool:
    least = 0 if len(state.drives) == 1 else MIN_INODES - 1
    return any(drive.inodes and drive.least_inodes_free <= least for drive in state.drives)


def _no_inodes(_: Answer, state: DriveState) -> bool:
    return any(drive.inodes and drive.least_inodes_free == 0 for drive in state.drives)


def _hardly_any_inodes(_: Answer, state: DriveState) -> bool:
    """Too few for the folders and files of one more object."""
    return any(drive.inodes and drive.least_inodes_free < NEEDED_INODES for drive in state.drives)


def _nothing_free(_: Answer, state: DriveState) -> bool:
    return any(drive.least_free <= drive.size * _NEARLY_NOTHING for drive in state.drives)


def _all_at_zero(_: Answer, state: DriveState) -> bool:
    return len(state.drives) > 1 and all(drive.least_free == 0 for drive in state.drives)


def _counts_as_large(answer: Answer, state: DriveState) -> bool:
    needed = UNKNOWN_SIZE / max(len(state.drives), 1)
    large = answer.compressed or answer.bytes is None
    return large and any(drive.least_free < needed for drive in state.drives)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table; `then` None: the reason of an earlier or an audited answer."""

    answer: Callable[[Answer], bool]
    state: Callable[[Answer, DriveState], bool]
    then: Classified | None


def _status(status: int, code: str | None = None) -> Callable[[Answer], bool]:
    return lambda answer: (
        answer.effective_status == status and (code is None or answer.code == code)
    )


def _full_text(answer: Answer) -> bool:
    return answer.effective_status == 500 and bool(_FULL_TEXT.search(answer.message or ""))


def _body_lost(answer: Answer) -> bool:
    return answer.status is None and bool(_BODY_LOST.search(answer.error or ""))


def _no_answer(answer: Answer) -> bool:
    return answer.status is None


def _other_4xx(answer: Answer) -> bool:
    return answer.status is not None and 400 <= answer.status < 500


def _other_5xx(answer: Answer) -> bool:
    return (answer.effective_status or 0) >= 500


def _any(_: Answer, __: DriveState) -> bool:
    return True


def _received_all(answer: Answer, state: DriveState) -> bool:
    received = answer.audit_rx is not None and answer.audit_rx >= answer.size
    return received and _full(answer, state)


def _received_maybe_all(answer: Answer, state: DriveState) -> bool:
    return answer.audit_rx is None and _full(answer, state)


_QUOTA = _status(400, "XMinioAdminBucketQuotaExceeded")
_SLOW = _status(503, "SlowDownWrite")
_STARTING = _status(503, "XMinioServerNotInitialized")
_INCOMPLETE = _status(400, "IncompleteBody")
_GONE = _status(404, "NoSuchUpload")

_TABLE: tuple[_Row, ...] = (
    _Row(_QUOTA, _any, Classified("quota", "certain")),
    _Row(_status(507), _few_inodes, Classified("inodes", "certain")),
    _Row(_status(507), _full_now, Classified("drive-full", "certain")),
    _Row(_status(507), _full, Classified("drive-full", "high")),
    _Row(_status(507), _hardly_any_inodes, Classified("inodes", "high")),
    _Row(_status(507), _counts_as_large, Classified("size-unknown", "high")),
    _Row(_status(507), _any, Classified("unknown", "low")),
    _Row(_full_text, _no_inodes, Classified("inodes", "certain")),
    _Row(_full_text, lambda a, s: _hardly_any_inodes(a, s) and not _full(a, s),
         Classified("inodes", "high")),
    _Row(_full_text, _any, Classified("drive-full", "certain")),
    _Row(_status(500), _nothing_free, Classified("drive-full", "medium")),
    _Row(_status(500), _any, Classified("server-error", "low")),
    _Row(_SLOW, lambda a, s: bool(s.offline) and _full(a, s),
         Classified("quorum-lost", "medium", ("drive-full",))),
    _Row(_SLOW, lambda _, s: bool(s.offline), Classified("quorum-lost", "medium")),
    _Row(_SLOW, lambda a, s: s.offline == 0 and _full(a, s), Classified("drive-full", "high")),
    _Row(_SLOW, _full, Classified("drive-full", "medium")),
    _Row(_SLOW, _any, Classified("unknown", "low")),
    _Row(_STARTING, lambda a, s: a.restarted is not False and _all_at_zero(a, s),
         Classified("full-blocks-start", "high")),
    _Row(_STARTING, _any, Classified("starting", "high")),
    _Row(_INCOMPLETE, _received_all, Classified("drive-full", "high")),
    _Row(_INCOMPLETE, _received_maybe_all, Classified("drive-full", "medium")),
    _Row(_INCOMPLETE, _any, Classified("client-cut", "medium")),
    _Row(_GONE, lambda a, _: a.earlier is not None, None),
    _Row(_GONE, lambda a, s: a.audit_part is not None and _full(a, s),
         Classified("drive-full", "medium")),
    _Row(_GONE, _any, Classified("unknown", "high")),
    _Row(_body_lost, lambda a, _: a.audited is not None, None),
    _Row(_body_lost, _any, Classified("unknown", "high")),
    _Row(_no_answer, lambda a, _: a.fault is True, Classified("fault", "certain")),
    _Row(_no_answer, _any, Classified("transport", "low")),
    _Row(_other_4xx, _any, Classified("lab-error", "high")),
    _Row(_other_5xx, _any, Classified("server-error", "low")),
)  # fmt: skip


def classify(answer: Answer, state: DriveState) -> Classified:
    """Why the request was refused, and how sure that is."""
    for row in _TABLE:
        if row.answer(answer) and row.state(answer, state):
            return row.then or _inherited(answer)
    return Classified("unknown", "low")


def _inherited(answer: Answer) -> Classified:
    source = answer.earlier if _GONE(answer) else answer.audited
    return (
        Classified(source.reason, "high", source.also) if source else Classified("unknown", "low")
    )
