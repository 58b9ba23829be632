"""Events -> figures, pure. The events are read twice and never held, whatever their number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from operator import attrgetter

from labctl.app.records import Attempt
from labctl.classify import Answer, Classified, classify
from labctl.events import Event
from labctl.figures import (
    FirstRefusal,
    GapFigures,
    LogMatches,
    Refusals,
    Summary,
    to_document,
)
from labctl.report.frame import Frame
from labctl.report.operations import Operation, fold
from labctl.report.predict import Predictor

__all__ = ["Summary", "summarize", "to_document"]

MANY_SIZES = 8
"""Sizes of objects that are told one by one; of more only the least and the largest are told."""


@dataclass(slots=True)
class _Group:
    """Refusals of one kind, being counted."""

    example: Attempt
    count: int = 0
    bytes_min: int = 2**63
    bytes_max: int = 0
    sizes: dict[int, int] = field(default_factory=dict)

    def add(self, attempt: Attempt) -> None:
        self.count += 1
        self.bytes_min = min(self.bytes_min, attempt.bytes)
        self.bytes_max = max(self.bytes_max, attempt.bytes)
        if attempt.bytes in self.sizes or len(self.sizes) <= MANY_SIZES:
            self.sizes[attempt.bytes] = self.sizes.get(attempt.bytes, 0) + 1
        if attempt.ended < self.example.ended:
            self.example = attempt


@dataclass(slots=True)
class _Sums:
    """What the second reading adds up, now that every drive's history is known."""

    frame: Frame
    before: float
    acknowledged: int = 0
    refused: int = 0
    in_doubt: int = 0
    bytes_acknowledged: int = 0
    bytes_before: int = 0
    groups: dict[tuple[int | None, str | None, Classified], _Group] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        done = operation.acknowledged
        if done is None:
            self._add_refused(operation)
            return
        self.acknowledged += 1
        self.bytes_acknowledged += done.bytes
        if done.ended < self.before:
            self.bytes_before += done.bytes

    def _add_refused(self, operation: Operation) -> None:
        last = operation.last
        self.in_doubt += operation.outcome == "info"
        if self.frame.cut_off(operation.source, last):
            return
        self.refused += 1
        key = (last.status, last.code, _classify(operation, self.frame))
        self.groups.setdefault(key, _Group(last)).add(last)


def summarize(read: Callable[[], Iterable[Event]], log_text: str | None = None) -> Summary:
    """The figures of a run. `read` gives all its events anew at each of two calls.

    `log_text`, or else what the run's own expectations name, is looked for in the logs of MinIO.
    """
    frame = Frame(log_text)
    first = _find_first(fold(frame.watch(read())), frame)
    sums = _Sums(frame, first.last.ended if first else float("inf"))
    predictor = Predictor(frame)
    for operation in fold(read()):
        predictor.add(operation)
        sums.add(operation)
    found = _compose(frame, sums)
    refusal = _first_refusal(first, frame) if first else None
    return replace(found, first_refusal=refusal, prediction=predictor.found)


def _find_first(operations: Iterable[Operation], frame: Frame) -> Operation | None:
    """The first refusal. Which unanswered attempts were cut off is known at the end only."""
    first: dict[tuple[str, bool], Operation] = {}
    for operation in operations:
        if operation.acknowledged is None:
            key = (operation.source, operation.last.status is None)
            if operation.last.ended < first.setdefault(key, operation).last.ended:
                first[key] = operation
    refused = (found for found in first.values() if not frame.cut_off(found.source, found.last))
    return min(refused, key=lambda found: found.last.ended, default=None)


def _compose(frame: Frame, sums: _Sums) -> Summary:
    offered = sum(upload.objects for upload in frame.uploads)
    seen = sums.acknowledged + sums.refused
    run = frame.run
    return Summary(
        lab=run.lab if run else "",
        started=frame.begin,
        ended=frame.ended,
        labctl=run.labctl if run else "",
        engine=run.engine if run else {},
        images=run.images if run else {},
        expect=run.expect if run else {},
        uploads=tuple(sorted(frame.uploads, key=attrgetter("time"))),
        endings=tuple(sorted(frame.endings, key=attrgetter("time"))),
        objects=max(offered, seen),
        acknowledged=sums.acknowledged,
        refused=sums.refused,
        in_doubt=sums.in_doubt,
        never_sent=max(offered - seen, 0),
        attempts=frame.attempts,
        bytes_offered=sum(upload.bytes for upload in frame.uploads),
        bytes_acknowledged=sums.bytes_acknowledged,
        bytes_acknowledged_before_refusal=sums.bytes_before,
        refusals=_refusals(sums),
        upload_seconds=max(frame.last_sent - frame.first_sent, 0.0),
        containers=tuple(frame.containers.values()),
        drives=tuple(history.figures() for _, history in sorted(frame.drives.items())),
        log=_log(frame),
        gaps=tuple(GapFigures(*key, count) for key, count in frame.gaps.items()),
    )


def _log(frame: Frame) -> LogMatches | None:
    if frame.log_text is None:
        return None
    return LogMatches(frame.log_text, frame.log_count, frame.log_lines, frame.log_first)


def _refusals(sums: _Sums) -> tuple[Refusals, ...]:
    found = (
        Refusals(
            status=status,
            code=code,
            reason=why.reason,
            sure=why.sure,
            also=why.also,
            count=group.count,
            bytes_min=group.bytes_min,
            bytes_max=group.bytes_max,
            sizes=dict(sorted(group.sizes.items())) if len(group.sizes) <= MANY_SIZES else {},
            object=group.example.object,
            message=group.example.message,
            error=group.example.error,
            request_id=group.example.request_id,
        )
        for (status, code, why), group in sums.groups.items()
    )
    return tuple(sorted(found, key=lambda group: -group.count))


def _first_refusal(operation: Operation, frame: Frame) -> FirstRefusal:
    last, why = operation.last, _classify(operation, frame)
    return FirstRefusal(
        time=last.ended,
        seconds=last.ended - frame.begin,
        object=last.object,
        bytes=last.bytes,
        status=last.status,
        code=last.code,
        message=last.message,
        error=last.error,
        request_id=last.request_id,
        reason=why.reason,
        sure=why.sure,
        drives_free_bytes=frame.free_around(last.ended),
    )


def _classify(operation: Operation, frame: Frame) -> Classified:
    source, earlier = operation.source, operation.earlier
    before = _classify_attempt(earlier, source, frame, None) if earlier is not None else None
    return _classify_attempt(operation.last, source, frame, before)


def _classify_attempt(
    attempt: Attempt, source: str, frame: Frame, earlier: Classified | None
) -> Classified:
    answer = Answer(
        status=attempt.status,
        code=attempt.code,
        message=attempt.message,
        error=attempt.error,
        bytes=attempt.bytes,
        parts=attempt.parts,
        request_bytes=frame.request_bytes(source, attempt),
        earlier=earlier,
    )
    return classify(answer, frame.state(attempt.ended))
