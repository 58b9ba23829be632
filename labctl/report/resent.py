"""Objects that an upload was refused and that a later step with `resend` sent again. Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from math import inf

from labctl.app.records import Attempt
from labctl.events import Event
from labctl.figures.steps import Resent
from labctl.report.history import Write
from labctl.report.proofs import MOST, Examples, prove
from labctl.report.writes import Writes


@dataclass(slots=True)
class _Share:
    """What one upload did about one key."""

    began: float = inf
    ended: float = 0.0
    acknowledged: bool = False
    refused: bool = False

    def add(self, write: Write) -> None:
        self.began, self.ended = min(self.began, write.started), max(self.ended, write.ended)
        self.acknowledged = self.acknowledged or write.outcome == "ok"
        self.refused = self.refused or not (write.outcome == "ok" or write.cut_off)


@dataclass(frozen=True, slots=True)
class _Key:
    """An object that an upload was refused at `time`."""

    time: float
    key: int
    again: bool
    acknowledged: bool

    @property
    def order(self) -> tuple[bool, float, int]:
        return self.acknowledged, self.time, self.key

    @property
    def became(self) -> str:
        """What became of it, as the end of a sentence."""
        if self.acknowledged:
            return "acknowledged when it was sent again"
        return "refused again" if self.again else "not sent again"


class Resending:
    """Looks through all writes. A few of what was refused are named by `note`: first what was not
    acknowledged later, then what was. `step`: only what was left to this upload to send again."""

    def __init__(self, writes: Writes, step: int | None = None) -> None:
        self._uploads = len(writes.frame.uploads)
        self._refused = self._again = self._acknowledged = 0
        named: list[_Key] = []
        resends = writes.frame.resends
        followed = (_follow(key, writes.each(key), resends, step) for key in writes.list_keys())
        for found in filter(None, followed):
            self._refused += 1
            self._again += found.again
            self._acknowledged += found.acknowledged
            named = sorted([*named, found], key=lambda key: key.order)[:MOST]
        self._wanted = {(key.key, key.time): key for key in named}
        self._examples = Examples()

    def note(self, event: Event) -> None:
        """Note the attempts that prove it."""
        match event.record:
            case Attempt() as attempt if self._wanted:
                found = self._wanted.get((hash(attempt.object), attempt.ended))
                if found is not None:
                    what = f"{attempt.object} was refused and {found.became}"
                    proof = prove(event.source, attempt.ended, what, attempt.request_id)
                    self._examples.add(proof)

    def figures(self) -> Resent | None:
        """None where nothing was uploaded."""
        if not self._uploads:
            return None
        examples = self._examples.proofs
        return Resent(self._refused, self._again, self._acknowledged, examples)


def stands_resent(key: int, writes: Sequence[Write], resends: Set[int]) -> bool:
    """Whether an upload was refused an object, a later one of `resends` got it acknowledged, and
    nobody has written it since."""
    found = _follow(key, writes, resends)
    if found is None or not found.acknowledged:
        return False
    newest = max((w for w in writes if w.outcome == "ok"), key=lambda write: write.started)
    return newest.writer is not None and newest.writer[0] in resends


def _follow(
    key: int, writes: Iterable[Write], resends: Set[int], step: int | None = None
) -> _Key | None:
    """What became of an object after the last upload that was refused it; None: none was. Only
    uploads of `resends` send again: any other may have the same keys, and objects of its own.
    `step`: what one of them did, where none before it had got the object acknowledged."""
    shares: dict[int, _Share] = {}
    for write in writes:
        if write.writer is not None:
            shares.setdefault(write.writer[0], _Share()).add(write)
    refused = _last_refused(shares, resends, step)
    if refused is None:
        return None
    again = {upload: share for upload, share in shares.items() if upload in resends}
    later = {
        upload: share
        for upload, share in again.items()
        if share.began >= refused.ended and share is not refused
    }
    if step is not None:
        before = (share for upload, share in later.items() if upload != step)
        if any(share.acknowledged for share in before):
            return None
        later = {upload: share for upload, share in later.items() if upload == step}
    return _Key(refused.ended, key, bool(later), any(s.acknowledged for s in later.values()))


def _last_refused(
    shares: Mapping[int, _Share], resends: Set[int], step: int | None
) -> _Share | None:
    """The last upload that was refused an object for the first time; where only uploads that send
    again were, the first of them."""
    refused = {
        upload: share
        for upload, share in shares.items()
        if share.refused and not share.acknowledged and upload != step
    }
    fresh = [share for upload, share in refused.items() if upload not in resends]
    if fresh:
        return max(fresh, key=lambda share: share.ended)
    return min(refused.values(), key=lambda share: share.ended, default=None)
