"""The events and the figures that belong to one step."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from math import inf

from labctl.app.records import Audit, DriveSample, Gap
from labctl.events import Event, LogText, RunStarted, StepEnded, StepStarted
from labctl.figures import GapFigures, Summary
from labctl.figures.steps import Steps
from labctl.labels import OBSERVER, UPLOADER
from labctl.report.drives import MAX_SILENCE
from labctl.report.frame import expected_texts
from labctl.report.summary import Read, summarize

_SERVER = "minio"
_LABCTL = "labctl"


@dataclass(frozen=True, slots=True)
class _Span:
    """A step: its container, from when to when, what it expects, and the text that it expects in
    the log."""

    role: str | None = None
    begin: float = -inf
    end: float = inf
    log: tuple[str, ...] = ()
    asked: frozenset[str] = frozenset()


def of_step(read: Read, step: int) -> Iterator[Event]:
    """The events that belong to a step: all of its own container, and what the observer, the
    server's log and labctl tell of its time. `read` is called twice."""
    return _within(read, _find(read, step))


def _within(read: Read, span: _Span) -> Iterator[Event]:
    return (event for event in read() if _belongs(event, span))


def _until(read: Read, end: float) -> Iterator[Event]:
    """All events up to a step's end, and the server's record of all calls."""
    return (event for event in read() if event.time <= end or isinstance(event.record, Audit | Gap))


def summarize_step(read: Read, step: int) -> Summary:
    """The figures of one step. What became of objects, the quota, what was sent again and when the
    bucket took objects again count all that was written before, the rest the step's own alone."""
    span = _find(read, step)
    own = summarize(lambda: _within(read, span), span.log)
    resends = any(upload.resend is not None for upload in own.uploads)
    whole = summarize(lambda: _until(read, span.end), resend=step if resends else None)
    merged = replace(own, steps=_merge(own, whole.steps, step, span.asked))
    if not _looks_back(own):
        return merged
    # What earlier steps wrote decides, and so does what the record of it lacks.
    return replace(merged, gaps=(*whole.gaps, *_unfinished(whole)))


def _unfinished(whole: Summary) -> tuple[GapFigures, ...]:
    """The gap that earlier uploads leave which never wrote their sum, or whose sum is larger."""
    counted = sum(ending.attempts for ending in whole.endings)
    if len(whole.endings) == len(whole.uploads) and counted <= whole.attempts:
        return ()
    return (GapFigures(UPLOADER, "what an earlier upload sent was not recorded whole", 1),)


def _looks_back(own: Summary) -> bool:
    """Whether a step is judged by what others did before: any but an upload of its own objects."""
    return all(upload.resend is not None for upload in own.uploads)


def _merge(own_summary: Summary, whole: Steps, step: int, asked: Collection[str]) -> Steps:
    """What the step made itself, and what `asked`, its expectations, ask for of what was before. A
    wait has its own figure only."""
    own = own_summary.steps
    mine = tuple(wait for wait in whole.writable if wait.step == step)
    return replace(
        own,
        integrity=whole.integrity if own.integrity is not None else None,
        redundancy=whole.redundancy if own.integrity is not None else None,
        overshoot=whole.overshoot if "overshoot" in asked else None,
        resent=whole.resent if "resent" in asked or _resends(own_summary) else None,
        writable=mine or (whole.writable if "writable_again" in asked else ()),
    )


def _resends(own: Summary) -> bool:
    return any(upload.resend is not None for upload in own.uploads)


def _find(read: Read, step: int) -> _Span:
    span = _Span()
    for event in read():
        match event.record:
            case StepStarted() as begun if begun.step == step:
                log = expected_texts(begun.expect)
                span = replace(span, role=begun.role, begin=begun.time, log=log,
                               asked=frozenset(begun.expect))  # fmt: skip
            case StepEnded() as ended if ended.step == step:
                span = replace(span, end=ended.time)
    return span


def _belongs(event: Event, span: _Span) -> bool:
    return event.source == span.role or isinstance(event.record, RunStarted) or _falls(event, span)


def _falls(event: Event, span: _Span) -> bool:
    """Whether something that is no program's of a step falls into the time of this one. What lacks
    may be noticed late, and labctl's own gaps have no time that could be trusted."""
    watched = event.source == OBSERVER or event.source.startswith(_SERVER)
    match event.record:
        case Gap() as gap:
            return event.source == _LABCTL or (watched and gap.time >= span.begin)
        case DriveSample() as sample:
            return span.begin - MAX_SILENCE <= sample.time <= span.end + MAX_SILENCE
        case Audit() as audit:
            return span.begin <= audit.ended and audit.ended - audit.seconds <= span.end
        case LogText() if watched:
            return span.begin <= event.time <= span.end
    return event.source == _LABCTL and span.begin <= event.time <= span.end
