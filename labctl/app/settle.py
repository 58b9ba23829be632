"""Completes or aborts the multipart uploads that earlier steps left unfinished."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from threading import Event
from typing import TypeVar

from minio import Minio
from minio.datatypes import Part

from labctl.app.attribute import Origin, Suspect
from labctl.app.outcome import FAIL, OK, Outcome, accept, judge
from labctl.app.parts import Unfinished, find_origin
from labctl.app.records import NO_PARTS, NOTHING_LISTED, Aborted, Attempt
from labctl.app.sources import Source
from labctl.app.wire import Wire
from labctl.app.work import Work

_AGAIN = 1.0
"""Seconds from a Complete that was refused to the next with the same id."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found:
    """One upload that was found, or that there is none: what its attempts have in common."""

    source: Source
    operation: int
    upload: str = ""
    parts: tuple[Part, ...] = ()
    origin: Origin | None = None


class Settler(ABC):
    """Settles the uploads of one key after the other."""

    def __init__(self, client: Minio, wire: Wire, bucket: str) -> None:
        self._unfinished = Unfinished(client, bucket)
        self._wire = wire

    @abstractmethod
    def settle(self, source: Source) -> Iterator[Attempt | Aborted]:
        """Settle all uploads of an object."""

    def cut(self) -> None:
        """From another thread: end the request under way."""
        self._wire.cut()

    def _ask(self, call: Callable[[], T]) -> tuple[Outcome, T | None]:
        """Make a call: what came of it, and what it gave (None where it failed)."""
        self._wire.begin()
        try:
            given = call()
        except Exception as error:
            return judge(error, self._wire.trace), None
        return accept(self._wire.trace), given


class Completer(Settler):
    """Completes uploads with all the parts that are listed, each twice where that is refused: the
    second answer tells whether the upload is still there. `suspects` may have sent the parts."""

    def __init__(  # noqa: PLR0913
        self,
        client: Minio,
        wire: Wire,
        bucket: str,
        *,
        suspects: Sequence[Suspect],
        numbers: Iterator[int],
        stop: Event,
        again: float = _AGAIN,
    ) -> None:
        super().__init__(client, wire, bucket)
        self._suspects = suspects
        self._numbers = numbers
        self._stop = stop
        self._again = again

    def settle(self, source: Source) -> Iterator[Attempt]:
        """Complete each of the object's uploads."""
        began = time.time()
        answer, uploads = self._ask(partial(self._unfinished.list, source.key))
        if not uploads:
            found = _Found(source, next(self._numbers))
            yield self._record(found, began, _give_up(answer, NOTHING_LISTED))
        for upload in uploads or ():
            yield from self._settle_one(_Found(source, next(self._numbers), upload))

    def _settle_one(self, found: _Found) -> Iterator[Attempt]:
        began = time.time()
        key = found.source.key
        answer, parts = self._ask(partial(self._unfinished.list_parts, key, found.upload))
        if not parts:
            yield self._record(found, began, _give_up(answer, NO_PARTS))
            return
        own = found.source.path is not None
        origin = None if own else find_origin(self._suspects, key, parts)
        found = replace(found, parts=parts, origin=origin)
        first = self._complete(found, 1)
        if first.outcome == OK or self._stop.wait(self._again):
            yield first
            return
        yield replace(first, last=False)
        yield self._complete(found, 2)

    def _complete(self, found: _Found, number: int) -> Attempt:
        began, key = time.time(), found.source.key
        complete = partial(self._unfinished.complete, key, found.upload, found.parts)
        outcome, _ = self._ask(complete)
        return self._record(found, began, outcome, number)

    def _record(self, found: _Found, began: float, outcome: Outcome, number: int = 1) -> Attempt:
        source, ended = found.source, time.time()
        upload, stamp = found.origin or (None, 1)
        return Attempt(
            time=ended,
            operation=found.operation,
            number=source.number,
            attempt=number,
            object=source.key,
            group=source.group,
            bytes=sum(part.size or 0 for part in found.parts) if found.parts else source.size,
            parts=max(1, len(found.parts)),
            started=began,
            ended=ended,
            last=True,
            stamp=stamp,
            of=upload,
            silence=self._wire.silence,
            **asdict(outcome),
        )


class Aborter(Settler):
    """Aborts uploads."""

    def settle(self, source: Source) -> Iterator[Aborted]:
        """Abort each of the object's uploads."""
        began, key = time.time(), source.key
        answer, uploads = self._ask(partial(self._unfinished.list, key))
        if uploads is None:
            yield _tell_abort(source, began, replace(answer, outcome=FAIL))
        for upload in uploads or ():
            began = time.time()
            outcome, _ = self._ask(partial(self._unfinished.abort, key, upload))
            yield _tell_abort(source, began, outcome)


class Settlement(Work[Settler]):
    """Settles the uploads of every object."""

    def _serve(self, worker: Settler, source: Source) -> None:
        self._await_turn()
        for record in worker.settle(source):
            first = isinstance(record, Aborted) or record.attempt == 1
            if first:
                self._count_object()
            if isinstance(record, Attempt) and not record.last:
                self._note_failure(record)
            else:
                self._finish(record)
            if self._halted or self._stop.is_set():
                return


def _give_up(answer: Outcome, why: str) -> Outcome:
    """No Complete was sent: what a listing was refused with, or `why` where it was not."""
    return Outcome(FAIL, error=why) if answer.outcome == OK else replace(answer, outcome=FAIL)


def _tell_abort(source: Source, began: float, outcome: Outcome) -> Aborted:
    ended = time.time()
    return Aborted(ended, source.key, source.group, began, ended, **asdict(outcome))
