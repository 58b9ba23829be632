"""Objects that an upload was refused and that a later one sent again. Pure."""

from collections.abc import Iterable
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


class Resending:
    """Looks through all writes; what is refused and not acknowledged later is named by `note`."""

    def __init__(self, writes: Writes) -> None:
        self._uploads = len(writes.frame.uploads)
        self._refused = self._again = self._acknowledged = 0
        unsent: list[_Key] = []
        for found in filter(None, (_follow(key, writes.each(key)) for key in writes.list_keys())):
            self._refused += 1
            self._again += found.again
            self._acknowledged += found.acknowledged
            if not found.acknowledged:
                unsent = sorted([*unsent, found], key=lambda key: (key.time, key.key))[:MOST]
        self._wanted = {(key.key, key.time): key.again for key in unsent}
        self._examples = Examples()

    def note(self, event: Event) -> None:
        """Note the attempts that prove it."""
        match event.record:
            case Attempt() as attempt if self._wanted:
                again = self._wanted.get((hash(attempt.object), attempt.ended))
                if again is not None:
                    became = "refused again" if again else "not sent again"
                    what = f"{attempt.object} was refused and {became}"
                    proof = prove(event.source, attempt.ended, what, attempt.request_id)
                    self._examples.add(proof)

    def figures(self) -> Resent | None:
        """None where nothing was uploaded."""
        if not self._uploads:
            return None
        examples = self._examples.proofs
        return Resent(self._refused, self._again, self._acknowledged, examples)


def _follow(key: int, writes: Iterable[Write]) -> _Key | None:
    """What became of an object after the first upload that was refused it; None: none was."""
    shares: dict[int, _Share] = {}
    for write in writes:
        if write.writer is not None:
            shares.setdefault(write.writer[0], _Share()).add(write)
    refused = [share for share in shares.values() if share.refused and not share.acknowledged]
    first = min(refused, key=lambda share: share.ended, default=None)
    if first is None:
        return None
    later = [share for share in shares.values() if share.began >= first.ended]
    later = [share for share in later if share is not first]
    return _Key(first.ended, key, bool(later), any(share.acknowledged for share in later))
