"""Events -> figures, pure. The events are read three times and never held, however many."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from math import inf
from operator import attrgetter

from labctl.app.records import is_left, is_unsent
from labctl.events import Event
from labctl.figures import (
    AUDIT,
    FirstRefusal,
    GapFigures,
    Summary,
    to_document,
)
from labctl.figures.steps import Steps
from labctl.labels import OBSERVER
from labctl.report.answers import Answers
from labctl.report.distinct import distinct
from labctl.report.frame import Frame
from labctl.report.integrity import Reading
from labctl.report.operations import Operation, fold
from labctl.report.overshoot import QuotaWatch
from labctl.report.played import Played
from labctl.report.predict import Predictor
from labctl.report.reasons import Reasons
from labctl.report.redundancy import ShardCount
from labctl.report.resent import Resending
from labctl.report.sums import Sums
from labctl.report.writable import Waits
from labctl.report.writes import Writes

__all__ = ["Read", "Summary", "summarize", "to_document"]

Read = Callable[[], Iterable[Event]]
"""Gives all events anew at each call."""


def summarize(read: Read, log_texts: tuple[str, ...] = (), resend: int | None = None) -> Summary:
    """The figures of a run. `read` gives all its events anew at each of three calls, in any order
    in which each container's own are in theirs; one that comes twice counts once.

    `log_texts`, or else what the run's own expectations name, are looked for in MinIO's log.
    `resend` is the upload that alone counts as sending again; all that do where it is None.
    """
    frame, played, answers = Frame(log_texts), Played(), Answers()
    events = _tell(read, frame.note, played.note, answers.note)
    first = _find_first(fold(events), frame)
    answers.seal()

    refused = first.last.ended if first else inf
    writes, quotas = Writes(frame, answers), QuotaWatch(played.quotas)
    waits = Waits(played, frame, refused)
    reading, shards = Reading(played, writes), ShardCount(played, writes)
    takers = (answers.join, writes.note, quotas.note, waits.note_freed, reading.note_listed)
    deque(_tell(read, *takers, shards.note), maxlen=0)
    writes.seal()

    reasons, resending = Reasons(frame, answers, played.faults), Resending(writes, resend)
    sums, predictor = Sums(frame, reasons, refused), Predictor(frame)
    judges = (reading.note, shards.note_read, resending.note, waits.note_put)
    for operation in fold(_tell(read, *judges)):
        predictor.add(operation)
        sums.add(operation)
    steps = replace(
        _compose_steps(frame, played),
        integrity=reading.figures(),
        redundancy=shards.figures(),
        overshoot=quotas.figures(writes),
        resent=resending.figures(),
        writable=waits.figures(),
    )
    refusal = _first_refusal(first, frame, reasons) if first else None
    found = replace(
        _compose(frame, sums),
        gaps=_gaps(frame, answers),
        steps=steps,
        in_doubt=writes.count_in_doubt(sums.doubtful),
        keys=writes.count_sent(sums.left_keys),
    )
    return replace(found, first_refusal=refusal, prediction=predictor.figures(writes))


def _compose_steps(frame: Frame, played: Played) -> Steps:
    return Steps(
        played=played.figures(),
        leftovers=played.leftovers(),
        probes=played.probes(),
        stall=played.stall,
        deletions=played.deletions(),
        tried=played.tried(),
        of=frame.run.steps if frame.run is not None else 0,
        drive_bytes=frame.drive_bytes,
    )


def _tell(read: Callable[[], Iterable[Event]], *takers: Callable[[Event], None]) -> Iterator[Event]:
    """Read all events, each given to all takers before it is passed on."""
    for event in distinct(read()):
        for take in takers:
            take(event)
        yield event


def _find_first(operations: Iterable[Operation], frame: Frame) -> Operation | None:
    """The first refusal. Which unanswered attempts were cut off is known at the end only."""
    first: dict[tuple[str, bool], Operation] = {}
    for operation in operations:
        sent = not is_unsent(operation.last)
        if operation.acknowledged is None and sent and not is_left(operation.last):
            key = (operation.source, operation.last.status is None)
            if operation.last.ended < first.setdefault(key, operation).last.ended:
                first[key] = operation
    refused = (found for found in first.values() if not frame.cut_off(found.source, found.last))
    return min(refused, key=lambda found: found.last.ended, default=None)


def _compose(frame: Frame, sums: Sums) -> Summary:
    sent = [upload for upload in frame.uploads if upload.parts in (None, "leave")]
    offered = sum(upload.objects for upload in sent) + sums.completed
    seen = sums.acknowledged + sums.refused + sums.left
    run = frame.run
    return Summary(
        lab=run.lab if run else "",
        started=frame.begin,
        ended=frame.ended,
        labctl=run.labctl if run else "",
        engine=run.engine if run else {},
        images=run.images if run else {},
        expect=run.expect if run else {},
        uploads=tuple(sorted(frame.uploads, key=attrgetter("time", "step"))),
        endings=tuple(sorted(frame.endings, key=attrgetter("time", "objects"))),
        objects=max(offered, seen),
        acknowledged=sums.acknowledged,
        refused=sums.refused,
        in_doubt=0,
        never_sent=max(offered - seen, 0),
        left=sums.left,
        attempts=frame.attempts,
        bytes_offered=sum(upload.bytes for upload in sent),
        bytes_acknowledged=sums.bytes_acknowledged,
        bytes_acknowledged_before_refusal=sums.bytes_before,
        refusals=sums.refusals(),
        upload_seconds=frame.sending,
        containers=frame.container_figures(),
        drives=tuple(history.figures() for _, history in sorted(frame.drives.items())),
        logs=frame.logs(),
        gaps=(),
    )


def _gaps(frame: Frame, answers: Answers) -> tuple[GapFigures, ...]:
    found = [GapFigures(*key, count) for key, count in sorted(frame.gaps.items())]
    if answers.missing:
        noun = "answer has" if answers.missing == 1 else "answers have"
        found.append(GapFigures(OBSERVER, f"{AUDIT}: {answers.missing} {noun} no record", 1))
    return tuple(found)


def _first_refusal(operation: Operation, frame: Frame, reasons: Reasons) -> FirstRefusal:
    last, why = operation.last, reasons.of(operation)
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
        drives_free_inodes=frame.inodes_around(last.ended),
    )
