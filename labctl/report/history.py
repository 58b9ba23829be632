"""Which writes to a key may be its final ones, and what came of reading it back. Pure.

A write is ok, fail or info. One in doubt (info) may take effect until its barrier, the moment at
which the server's process ended or its audit record of that request closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from labctl.app.content import BLOCK
from labctl.app.records import ReadBack
from labctl.figures.steps import Found

Writer = tuple[int, int]
"""An upload's number and the stamp in the bytes that it sent."""
_ABSENT: dict[Literal["yes", "no", "unresolved"], Found] = {
    "yes": "absent",
    "no": "lost",
    "unresolved": "undecided",
}


@dataclass(frozen=True, slots=True)
class Write:
    """One write to a key. `bytes` None: a DELETE. `writer` None: not an upload's bytes.

    `barrier` is when a write in doubt can no longer take effect, in epoch seconds; None: not known.
    """

    writer: Writer | None
    bytes: int | None
    started: float
    ended: float
    outcome: str
    barrier: float | None = None
    cut_off: bool = False
    """Its client was told to end before an answer came."""


@dataclass(frozen=True, slots=True)
class Final:
    """What a key may hold in the end.

    `newest`: oks after whose end no other ok began. `possible`: writes in doubt that may have come
    after those. `unresolved`: writes in doubt that ended at the client before one of those began,
    and nobody knows whether their barrier had passed by then.
    """

    newest: tuple[Write, ...]
    possible: tuple[Write, ...]
    unresolved: tuple[Write, ...]
    absent: Literal["yes", "no", "unresolved"]


def settle(writes: Sequence[Write], began: float = inf, ended: float = inf) -> Final:
    """What a key may hold for somebody who looks from `began` to `ended`.

    A write that is acknowledged only after `began` may be seen or not, as one in doubt.
    """
    begun = [write for write in writes if write.started <= ended]
    oks = [write for write in begun if write.outcome == "ok" and write.ended <= began]
    last = max((ok.started for ok in oks), default=-inf)
    newest = tuple(ok for ok in oks if ok.ended >= last)
    doubtful = [
        write
        for write in begun
        if write.outcome == "info" or (write.outcome == "ok" and write.ended > began)
    ]
    possible = tuple(write for write in doubtful if _latest(write) >= last)
    unresolved = tuple(
        write for write in doubtful if _latest(write) < last and write.barrier is None
    )
    absent = _may_be_absent(oks, (*newest, *possible), unresolved)
    return Final(newest, possible, unresolved, absent)


def is_superseded(write: Write, last: float) -> bool:
    """Whether it is certainly over for a write, once an acknowledged one began at `last`."""
    resolved = write.outcome != "info" or write.barrier is not None
    return resolved and _latest(write) < last


def _latest(write: Write) -> float:
    """When it took effect at the latest, as far as that is known."""
    return write.ended if write.barrier is None else write.barrier


def _may_be_absent(
    oks: Sequence[Write], allowed: Sequence[Write], unresolved: Sequence[Write]
) -> Literal["yes", "no", "unresolved"]:
    if all(ok.bytes is None for ok in oks) or any(write.bytes is None for write in allowed):
        return "yes"
    return "unresolved" if any(write.bytes is None for write in unresolved) else "no"


def judge(read: ReadBack, writes: Sequence[Write]) -> Found:
    """What came of reading a key back to which there were `writes`."""
    if read.outcome not in ("present", "absent"):
        return "unavailable"
    final = settle(writes, read.started, read.ended)
    if read.outcome == "absent":
        return _ABSENT[final.absent]
    if not writes and not read.expected and not read.writers:
        return "undecided"  # somebody else's object: no upload ever sent this key
    return _judge_bytes(read, writes, final)


def _judge_bytes(read: ReadBack, writes: Sequence[Write], final: Final) -> Found:
    """In the client's favour where the bytes may be those of several writes."""
    given = _givers(read, writes)
    if any(write in final.newest or (write in final.possible and write.outcome == "ok")
           for write in given):  # fmt: skip
        return "intact"
    unrecorded = _names_unrecorded(read, writes)
    if any(write in final.possible for write in given) or (unrecorded and not final.newest):
        return "ghost"
    if unrecorded or any(write in final.unresolved for write in given):
        return "undecided"
    if not given:
        return "corrupt"
    return "phantom" if all(write.outcome == "fail" for write in given) else "stale"


def _givers(read: ReadBack, writes: Sequence[Write]) -> list[Write]:
    """The puts whose bytes are those that were read, whole and of the same length."""
    same = [write for write in writes if write.bytes == read.bytes]
    if read.as_file:
        return same
    if read.as_file is None and read.writers:
        named = whole_writers(read)
        return [write for write in same if write.writer in named]
    return [write for write in same if write.writer is None]


def whole_writers(read: ReadBack) -> frozenset[Writer]:
    """The writers that all of an object's blocks may be of; none where several are mixed."""
    if read.foreign:
        return frozenset()
    blocks = max(-(-read.bytes // BLOCK), 1)
    return frozenset((up, stamp) for up, stamp, count in read.writers if count >= blocks)


def _names_unrecorded(read: ReadBack, writes: Sequence[Write]) -> bool:
    """Whether the bytes are those of an attempt that left no record: its client was killed."""
    named = whole_writers(read)
    return bool(named) and named.isdisjoint(write.writer for write in writes)
