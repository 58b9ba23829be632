"""What earlier steps of a lab have sent and deleted, read from their containers' output."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from labctl import labels
from labctl.app.records import Attempt, Deletion, Probed, UploadStarted, is_left
from labctl.app.task import Writer
from labctl.engine.base import Engine
from labctl.events import parse_record
from labctl.logs import merge
from labctl.players import Ranges, read_writer
from labctl.resources import SeenContainer, State

_OPEN_END = 2**53
"""A number that no group's object reaches."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One object that was sent: its key, group, number in the group, whether it was ever
    acknowledged, and whether it was refused when it was sent last."""

    object: str
    group: str
    number: int
    acknowledged: bool
    refused: bool


@dataclass(slots=True)
class History:
    """Objects by key, in the order in which they were first sent; those of them that may be
    deleted, and the uploads that may have written them."""

    objects: dict[str, Sent] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    writers: tuple[Writer, ...] = ()

    def acknowledged(self) -> Ranges:
        """Objects that any upload got acknowledged."""
        return _ranges(sent for sent in self.objects.values() if sent.acknowledged)

    def refused(self) -> Ranges:
        """Objects that were sent, and not acknowledged when they were sent last."""
        return _ranges(sent for sent in self.objects.values() if sent.refused)

    def unacknowledged(self, groups: Iterable[str]) -> Ranges:
        """All objects of `groups` but those acknowledged; what was never sent is among them."""
        done = self.acknowledged()
        return {group: _complement(done.get(group, ())) for group in groups}

    def stored(self) -> str | None:
        """An object that is stored, as far as the clients know: the last in their order."""
        there = (
            sent.object
            for sent in reversed(self.objects.values())
            if sent.acknowledged and sent.object not in self.deleted
        )
        return next(there, None)


def read_history(engine: Engine, lab: str) -> History:
    """What the steps played so far have done."""
    found = History()
    containers = sorted(_players(engine.observe(lab).containers), key=_number)
    found.writers = tuple(
        read_writer(seen.labels[labels.WRITER])
        for seen in containers
        if labels.WRITER in seen.labels
    )
    leaving: set[str] = set()
    # In the order of time: steps of the command line have larger numbers than the file's own that
    # are played after them, and those that are played meanwhile take turns.
    for told in merge({seen.name: engine.logs(seen.name) for seen in containers}):
        record = parse_record(told.line.text)
        if isinstance(record, UploadStarted) and record.parts == "leave":
            leaving.add(told.role)
        _note(found, record, leaves=told.role in leaving)
    return found


def _note(found: History, record: object, *, leaves: bool) -> None:
    """Take a container's next record; `leaves`: it leaves uploads unfinished."""
    match record:
        case Attempt() as attempt if leaves and is_left(attempt):
            _forget_refusal(found, attempt.object)
        case Attempt() as attempt:
            before = found.objects.get(attempt.object)
            done = attempt.outcome == "ok" or (before is not None and before.acknowledged)
            found.objects[attempt.object] = Sent(
                attempt.object, attempt.group, attempt.number, done, attempt.outcome != "ok"
            )
            if attempt.outcome == "ok":
                found.deleted.discard(attempt.object)
        case Deletion(outcome="ok" | "info") as deletion:
            found.deleted.add(deletion.object)
        case Probed(verb="delete", object=str() as key) as probed:
            if probed.works or probed.status is None:
                found.deleted.add(key)


def _forget_refusal(found: History, key: str) -> None:
    """The newest answer is none, and what was acknowledged before stays so."""
    sent = found.objects.get(key)
    if sent is not None and sent.acknowledged:
        found.objects[key] = replace(sent, refused=False)
    elif sent is not None:
        del found.objects[key]


def _players(containers: Iterable[SeenContainer]) -> Iterator[SeenContainer]:
    """Containers of steps that write or delete; a probe on a full drive deletes as well."""
    return (
        seen
        for seen in containers
        if seen.state is not State.CREATED
        and (labels.WRITER in seen.labels or seen.role.startswith(("delete-", "probe-")))
    )


def _number(seen: SeenContainer) -> int:
    return int(seen.labels[labels.STEP])


def _ranges(sent: Iterable[Sent]) -> Ranges:
    numbers: dict[str, set[int]] = {}
    for each in sent:
        numbers.setdefault(each.group, set()).add(each.number)
    return {group: _pairs(sorted(found)) for group, found in numbers.items()}


def _pairs(numbers: list[int]) -> tuple[tuple[int, int], ...]:
    """Sorted numbers as pairs of first and last."""
    pairs: list[tuple[int, int]] = []
    for number in numbers:
        if pairs and pairs[-1][1] == number - 1:
            pairs[-1] = (pairs[-1][0], number)
        else:
            pairs.append((number, number))
    return tuple(pairs)


def _complement(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """All numbers from 1 on that are in none of the pairs."""
    starts = (1, *(last + 1 for _, last in pairs))
    ends = (*(first - 1 for first, _ in pairs), _OPEN_END)
    return tuple((s, e) for s, e in zip(starts, ends, strict=True) if s <= e)
