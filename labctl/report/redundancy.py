"""On how many drives objects lay when the newest verify looked, before it read any. Pure."""

from labctl.app.records import Gap, ReadBack, Shards
from labctl.events import Event
from labctl.figures.steps import Redundancy
from labctl.report.history import settle
from labctl.report.played import Played
from labctl.report.proofs import Examples, prove
from labctl.report.writes import Writes, is_own

_LABCTL = "labctl"
"""The source of what labctl notes itself."""


class ShardCount:
    """To be given all events twice: to `note`, and when all writes are known to `note_read`.

    An object that no drive holds has no record of its shards. It counts where the verify asked
    for it, and a write that was acknowledged says that it must be there.
    """

    def __init__(self, played: Played, writes: Writes) -> None:
        self._played = played
        self._writes = writes
        self._source = played.verify
        self._held: set[int] = set()
        self._objects = 0
        self._incomplete = 0
        looked = played.leftovers()
        self._looked = looked is not None
        self._drives = len(looked.drives) if looked is not None else 0
        self._least = 2**31
        self._examples = Examples()

    def note(self, event: Event) -> None:
        """Second reading: what the drives hold."""
        match event.record:
            case Shards() as shards if event.source == self._source:
                self._held.add(hash(shards.object))
                self._drives = shards.drives
                self._add(shards.time, shards.object, shards.complete)
            case Gap() if event.source in (self._source, _LABCTL):
                # What lacks in the record may be what was seen of a drive.
                self._looked = False

    def note_read(self, event: Event) -> None:
        """Third reading: what the drives should hold besides."""
        match event.record:
            case ReadBack() as read if event.source == self._source and self._is_missing(read):
                self._add(read.time, read.object, 0)

    def figures(self) -> Redundancy | None:
        """None where nothing was looked at, or nothing found that should be there."""
        if not self._objects:
            return None
        proofs = self._examples.proofs
        return Redundancy(self._objects, self._incomplete, self._drives, self._least, proofs)

    def _is_missing(self, read: ReadBack) -> bool:
        key, began = hash(read.object), self._played.began(self._source or "")
        if not self._looked or began is None or key in self._held or is_own(read.object):
            return False
        if self._writes.unnamed_deletes:
            return False
        writes = self._writes.relevant(key, began, read.started)
        return settle(writes, began, read.started).absent == "no"

    def _add(self, time: float, name: str, complete: int) -> None:
        self._objects += 1
        self._least = min(self._least, complete)
        if complete < self._drives:
            self._incomplete += 1
            what = f"{name} is whole on {complete} of {self._drives} drives"
            self._examples.add(prove(self._source or "", time, what))
