"""What the newest verify read back, held against all that was written before. Pure."""

from collections.abc import Iterable, Sequence

from labctl.app.records import Audit, ReadBack
from labctl.events import Event
from labctl.figures.steps import Found, Integrity
from labctl.report.answers import is_acknowledged_put
from labctl.report.history import Write, judge, settle, whole_writers
from labctl.report.played import Played
from labctl.report.proofs import Examples, prove
from labctl.report.resent import stands_resent
from labctl.report.writes import Writes, is_own


class Reading:
    """To be given all events twice: to `note_listed`, and when all writes are known to `note`."""

    def __init__(self, played: Played, writes: Writes) -> None:
        self._played = played
        self._writes = writes
        self._source = played.verify
        self._began = played.began(self._source or "")
        self._listed: set[int] = set()
        self._objects = 0
        self._counts: dict[Found, int] = {}
        self._examples: dict[Found, Examples] = {}
        self._intact = Examples()
        self._refused = self._resent = self._resent_intact = 0
        self._refused_present = Examples()
        self._later = 0

    def note_listed(self, event: Event) -> None:
        """Second reading: what was read, where the server alone tells of writes. An object that it
        acknowledged and that nobody can list is lost."""
        match event.record:
            case ReadBack() as read if self._writes.audited_only:
                if event.source == self._source:
                    self._listed.add(hash(read.object))

    def note(self, event: Event) -> None:
        """Third reading: judge what was read back."""
        match event.record:
            case ReadBack() as read if event.source == self._source and not is_own(read.object):
                self._add(event.source, read)
            case Audit() as audit if self._is_unlisted(audit):
                self._add_unlisted(event.source, audit)

    def figures(self) -> Integrity | None:
        """None where nothing was verified."""
        if self._source is None:
            return None
        return Integrity(
            step=self._played.step_of(self._source),
            objects=self._objects,
            counts=dict(sorted(self._counts.items())),
            examples={kind: found.proofs for kind, found in sorted(self._examples.items())},
            refused=self._refused,
            refused_present=self._refused_present.proofs,
            refused_present_count=self._refused_present.count,
            whole=self._played.is_whole(self._source),
            resent=self._resent,
            resent_intact=self._resent_intact,
            intact=self._intact.proofs,
            later=self._later,
        )

    def _add(self, source: str, read: ReadBack) -> None:
        named = None if read.as_file is not None or read.foreign else whole_writers(read)
        key = hash(read.object)
        writes = self._writes.relevant(key, read.started, read.ended, named)
        found = self._judge(read, writes)
        self._count(found, source, read.time, _tell(read, found), read.request_id)
        self._later += _was_put_later(self._writes.each(key), read.ended)
        earlier = [write for write in self._writes.each(key) if write.started <= read.ended]
        if stands_resent(key, earlier, self._writes.frame.resends):
            self._resent += 1
            self._resent_intact += found == "intact"
        if _was_refused(writes, read.started):
            self._refused += 1
            if read.outcome == "present":
                what = f"{read.object} was refused and is stored"
                self._refused_present.add(prove(source, read.time, what, read.request_id))

    def _judge(self, read: ReadBack, writes: Sequence[Write]) -> Found:
        """The bytes of a client of the user's own cannot be judged, only whether there are any."""
        found = judge(read, writes)
        if not self._writes.audited_only:
            return found
        unsure = read.outcome == "present" or (found == "lost" and self._writes.unnamed_deletes)
        return "undecided" if unsure else found

    def _is_unlisted(self, audit: Audit) -> bool:
        """Whether an object that the server acknowledged was gone when all were listed."""
        key = hash(audit.object)
        if not self._writes.audited_only or key in self._listed or is_own(audit.object):
            return False
        if self._began is None or not self._played.is_whole(self._source or ""):
            return False
        if not is_acknowledged_put(audit) or self._writes.answers.owns(audit):
            return False
        writes = self._writes.relevant(key, self._began, self._began)
        return settle(writes, self._began, self._began).absent != "yes"

    def _add_unlisted(self, source: str, audit: Audit) -> None:
        self._listed.add(hash(audit.object))
        found: Found = "undecided" if self._writes.unnamed_deletes else "lost"
        what = f"{audit.object}: acknowledged by the server, and not listed"
        self._count(found, source, audit.ended, what, audit.request_id)

    def _count(
        self, found: Found, source: str, time: float, what: str, request_id: str | None
    ) -> None:
        self._objects += 1
        self._counts[found] = self._counts.get(found, 0) + 1
        proof = prove(source, time, what, request_id)
        if found == "intact":
            self._intact.add(proof)
        elif found != "absent":
            self._examples.setdefault(found, Examples()).add(proof)


def _was_put_later(writes: Iterable[Write], ended: float) -> bool:
    """Whether a put was acknowledged that began after somebody had read the object."""
    return any(w.outcome == "ok" and w.bytes is not None and w.started > ended for w in writes)


def _was_refused(writes: Iterable[Write], began: float) -> bool:
    """Whether an object was sent before and never acknowledged, its client not cut off."""
    puts = [write for write in writes if write.bytes is not None and write.started <= began]
    sent = any(write.writer is not None and not write.cut_off for write in puts)
    return sent and all(write.outcome != "ok" for write in puts)


def _tell(read: ReadBack, found: Found) -> str:
    """What was seen of an object, as a sentence without an end."""
    if found == "unavailable":
        said = f"{read.status} {read.code or ''}".rstrip() if read.status else f"{read.error}"
        return f"{read.object}: cannot be read, {said}"
    return f"{read.object}: {_tell_bytes(read)}"


def _tell_bytes(read: ReadBack) -> str:
    if read.outcome == "absent":
        return "is not there"
    if read.foreign:
        where = "" if read.first_foreign is None else f", the first at byte {read.first_foreign}"
        noun = "block" if read.foreign == 1 else "blocks"
        return f"{read.bytes} bytes, {read.foreign} {noun} of them nobody sent{where}"
    if read.as_file is not None:
        return f"{read.bytes} bytes, {'as' if read.as_file else 'not as'} in the file"
    named = ", ".join(f"upload {up} stamp {stamp}" for up, stamp, _ in read.writers[:3])
    return f"{read.bytes} bytes of {named or 'nobody'}"
