"""All writes to all keys, kept small: some 60 bytes each, however long the keys' names are."""

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import inf
from typing import NamedTuple

from labctl.app.records import Attempt, Audit, Deletion, Probed, is_unsent
from labctl.events import Event
from labctl.report.answers import Answers, is_acknowledged_put
from labctl.report.frame import Frame
from labctl.report.history import Write, Writer, is_superseded

_NOT_TRIED = "not tried"
_PROBED_PUTS = frozenset({"overwrite", "put-small", "put-large", "multipart-complete", "copy"})
_OWN_PREFIXES = ("labctl-probe-", "labctl-wait-")
_OUTCOMES = ("ok", "fail", "info")
_CUT_OFF = 4
"""Added to the number of an outcome where the client was told to end before an answer came."""
_UPLOAD = 2**32
"""A writer is one number: the upload's times this, and the stamp."""
_NOTHING = -1
_AUDITED = -2
"""The writer of what the server alone tells of; its record says when it was over."""
_LAYOUT = struct.Struct("<qqqddqb")


class _Row(NamedTuple):
    key: int
    writer: int
    size: int
    started: float
    ended: float
    request: int
    outcome: int


def is_own(key: str) -> bool:
    """Whether a key is one that labctl's probes and waits make, and no client's."""
    return key.startswith(_OWN_PREFIXES)


@dataclass(slots=True)
class Writes:
    """To be filled with all writes, then sealed, then asked about keys.

    `ends` are the times at which the server's process ended. `unnamed_deletes`: whether the server
    tells of a DELETE of several objects at once, whose names it does not tell.
    """

    frame: Frame
    answers: Answers
    ends: tuple[float, ...] = ()
    unnamed_deletes: bool = False
    _rows: bytearray = field(default_factory=bytearray)
    _keys: "array[int]" = field(default_factory=lambda: array("q"))
    _order: "array[int]" = field(default_factory=lambda: array("I"))

    @property
    def audited_only(self) -> bool:
        """Whether the server alone tells of writes: the client is the user's own."""
        return not self.frame.uploads and not self.frame.attempts

    def note(self, event: Event) -> None:
        """Take the next event."""
        match event.record:
            case Attempt() as attempt if not self.frame.leaves(event.source):
                if not is_unsent(attempt):
                    self._add_attempt(event.source, attempt)
            case Deletion() as deletion:
                self._add(deletion, _NOTHING, _NOTHING, _OUTCOMES.index(deletion.outcome))
            case Probed() as probed if not is_own(probed.object or _OWN_PREFIXES[0]):
                self._add_probed(probed)
            case Audit() as audit if self.audited_only and not self.answers.owns(audit):
                self._add_audit(audit)

    def _add_attempt(self, source: str, attempt: Attempt) -> None:
        upload = attempt.of or self.frame.upload_number(source)
        writer = upload * _UPLOAD + attempt.stamp
        cut_off = _CUT_OFF if self.frame.cut_off(source, attempt) else 0
        self._add(attempt, writer, attempt.bytes, _OUTCOMES.index(attempt.outcome) + cut_off)

    def _add_probed(self, probed: Probed) -> None:
        outcome = _OUTCOMES.index("ok" if probed.works else "info")
        if (probed.error or "").startswith(_NOT_TRIED):
            return
        if probed.verb == "delete":
            self._add(probed, _NOTHING, _NOTHING, outcome)
        elif probed.verb in _PROBED_PUTS:
            self._add(probed, _NOTHING, probed.bytes, outcome)

    def _add(
        self, record: Attempt | Deletion | Probed, writer: int, size: int, outcome: int
    ) -> None:
        request = hash(record.request_id) if record.request_id else 0
        key = hash(record.object)
        self._append(_Row(key, writer, size, record.started, record.ended, request, outcome))

    def _add_audit(self, audit: Audit) -> None:
        """A DELETE that the server failed at may have been carried out all the same."""
        began, key = audit.ended - audit.seconds, hash(audit.object)
        row = _Row(key, _AUDITED, _NOTHING, began, audit.ended, 0, _OUTCOMES.index("ok"))
        if is_acknowledged_put(audit) and not is_own(audit.object):
            self._append(row._replace(size=audit.rx))
        elif audit.api == "DeleteObject" and audit.status < 300:
            self._append(row)
        elif audit.api == "DeleteObject" and audit.status >= 500:
            self._append(row._replace(outcome=_OUTCOMES.index("info")))
        elif audit.api == "DeleteMultipleObjects":
            self.unnamed_deletes = True

    def _append(self, row: _Row) -> None:
        self._rows += _LAYOUT.pack(*row)
        self._keys.append(row.key)

    def seal(self) -> None:
        """All writes are known now."""
        self._order = array("I", sorted(range(len(self._keys)), key=self._keys.__getitem__))

    def list_keys(self) -> Iterator[int]:
        """The hash of every key that was written to."""
        for key, _ in groupby(self._order, key=self._keys.__getitem__):
            yield key

    def each(self, key: int) -> Iterator[Write]:
        """All writes to a key, given its hash."""
        place = bisect_left(self._order, key, key=self._keys.__getitem__)
        while place < len(self._order) and self._keys[self._order[place]] == key:
            yield self._write(self._order[place])
            place += 1

    def relevant(
        self,
        key: int,
        began: float = inf,
        ended: float = inf,
        named: frozenset[Writer] | None = frozenset(),
    ) -> tuple[Write, ...]:
        """The writes to a key that can matter to somebody who looks from `began` to `ended` and
        finds the bytes of one of `named` (None: of anybody). A key that was overwritten 100,000
        times has few."""
        oks = (w.started for w in self.each(key) if w.outcome == "ok" and w.ended <= began)
        last = max(oks, default=-inf)
        return tuple(
            write
            for write in self.each(key)
            if write.started <= ended
            if named is None or write.writer in named or not is_superseded(write, last)
        )

    def count_in_doubt(self, keys: Iterable[int]) -> int:
        """How many of `keys` no upload got acknowledged."""
        return sum(
            all(write.writer is None or write.outcome != "ok" for write in self.each(key))
            for key in keys
        )

    def count_sent(self, others: Set[int]) -> int:
        """How many keys uploads sent, those of `others` too."""
        rows = map(_Row._make, _LAYOUT.iter_unpack(self._rows))
        return len({row.key for row in rows if row.writer >= 0} | others)

    def acknowledged_until(self, time: float) -> int:
        """Bytes of all puts of uploads that were acknowledged by `time`."""
        rows = map(_Row._make, _LAYOUT.iter_unpack(self._rows))
        ok = _OUTCOMES.index("ok")
        done = (row for row in rows if row.outcome == ok and row.ended <= time)
        return sum(row.size for row in done if row.writer >= 0)

    def _write(self, number: int) -> Write:
        row = _Row(*_LAYOUT.unpack_from(self._rows, number * _LAYOUT.size))
        write = Write(
            writer=None if row.writer < 0 else divmod(row.writer, _UPLOAD),
            bytes=None if row.size == _NOTHING else row.size,
            started=row.started,
            ended=row.ended,
            outcome=_OUTCOMES[row.outcome % _CUT_OFF],
            cut_off=row.outcome >= _CUT_OFF,
        )
        if write.outcome != "info":
            return write
        audited = row.writer == _AUDITED
        barrier = row.ended if audited else self._barrier(row.key, write, row.request)
        return replace(write, barrier=barrier)

    def _barrier(self, key: int, write: Write, request: int) -> float | None:
        """The server's end, or that of its work on the request, whichever came first."""
        server = next((end for end in self.ends if end >= write.ended), None)
        done = self.answers.barrier(key, write, request)
        return min((time for time in (server, done) if time is not None), default=None)
