"""Events -> what the document tells of a run. Pure; the figures are labctl's own."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labctl.app.records import (
    Aborted,
    Attempt,
    Deletion,
    DriveContents,
    DriveSample,
    Trial,
)
from labctl.checks import Verdict
from labctl.events import Event, LogText, RunStarted, StepEnded
from labctl.figures import LogMatches, Refusals, Summary
from labctl.figures.steps import Leftovers, StepFigures
from labctl.report.judge import judge_run
from labctl.report.steps import summarize_step
from labctl.report.summary import summarize

LOG_LINE = "Error: no space left on device (syscall.Errno)"
"""What MinIO logged in the experiment that labctl grew from."""
_APP = "labctl/app:"
_CALLS = {Aborted: "abort", Deletion: "delete", Trial: "put"}
_NEAR = 0.5
"""Seconds after a step's end within which a look at the drives still tells of it."""


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step: `sent` are the figures of an upload, `calls` counts other calls by what was answered,
    `left` is what a verify found beside the objects, `free` are the bytes free on all drives when
    it ended; None: not recorded."""

    figures: StepFigures
    sent: Summary | None
    calls: dict[str, int]
    left: Leftovers | None
    free: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a lab. `about` says what the lab shows; `failure` why the lab itself failed.

    `in_parts` and `in_one` are the refusals of objects sent in many blocks, and in one. `inodes`
    is the drive with the fewest free inodes at the first refusal.
    """

    lab: str
    time: str
    about: str
    summary: Summary
    verdict: Verdict
    failure: str | None
    steps: tuple[StepSeen, ...]
    in_parts: tuple[Refusals, ...]
    in_one: tuple[Refusals, ...]
    log: LogMatches
    inodes: DriveSample | None

    @property
    def name(self) -> str:
        """Where its evidence is, below the folder of all runs."""
        return f"{self.lab}/{self.time}"

    @property
    def stops(self) -> bool:
        """Whether its first client lets an error end it."""
        return any(upload.on_error == "stop" for upload in self.summary.uploads[:1])

    @property
    def title(self) -> str:
        """The lab, and what was other than in its file."""
        return f"{self.lab}, on_error: stop" if self.stops else self.lab

    @property
    def result(self) -> str:
        """The verdict, or that the lab failed before there could be one."""
        return "the lab failed" if self.failure else self.verdict.result


@dataclass(frozen=True, slots=True)
class Evidence:
    """All runs of one release, in the order of their labs and times. `missing` are labs without
    any, `left_out` says which runs do not count, and why."""

    runs: tuple[Run, ...]
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def of(self, *labs: str) -> tuple[Run, ...]:
        """All runs of these labs."""
        return tuple(run for run in self.runs if run.lab in labs)

    @property
    def newest(self) -> tuple[Run, ...]:
        """The newest run of each lab, and of each lab as it was changed."""
        return tuple({run.title: run for run in self.runs}.values())


def read_run(
    lab: str, time: str, about: str, events: Sequence[Event], failure: str | None = None
) -> Run:
    """What a run's events come to."""
    summary, verdict = judge_run(lambda: events)
    return Run(
        lab=lab,
        time=time,
        about=about,
        summary=summary,
        verdict=verdict,
        failure=failure,
        steps=tuple(_see(step, events) for step in summary.steps.played),
        in_parts=_refusals(event for event in events if not _is_in_one(event)),
        in_one=_refusals(event for event in events if not _is_in_parts(event)),
        log=_log(events),
        inodes=_fewest_inodes(events, summary),
    )


def release_of(summary: Summary) -> str:
    """The release of MinIO that ran; nothing where the evidence does not tell."""
    images = minio_images(summary)
    return str(images[0].get("release", "")) if images else ""


def minio_images(summary: Summary) -> list[dict[str, Any]]:
    """The images of the lab's servers: all but that of labctl's own programs."""
    return [image for name, image in summary.images.items() if not name.startswith(_APP)]


def _see(step: StepFigures, events: Sequence[Event]) -> StepSeen:
    calls = Counter(
        f"{_CALLS[type(record)]} {record.status or 'no answer'} {record.code or ''}".rstrip()
        for event in events
        if isinstance(record := event.record, Aborted | Deletion | Trial)
        and event.source == step.role
    )
    sent = summarize_step(lambda: events, step.step) if step.verb == "upload" else None
    ends = (
        e.time for e in events if isinstance(e.record, StepEnded) and e.record.step == step.step
    )
    free = next((_free_after(events, end) for end in ends), None)
    return StepSeen(step, sent, dict(sorted(calls.items())), _left(step, events), free)


def _left(step: StepFigures, events: Iterable[Event]) -> Leftovers | None:
    drives = tuple(
        event.record
        for event in events
        if isinstance(event.record, DriveContents) and event.source == step.role
    )
    return Leftovers(drives) if drives else None


def _free_after(events: Iterable[Event], time: float) -> int | None:
    """What was free on all drives just after `time`; the next step takes longer to begin."""
    samples = [event.record for event in events if isinstance(event.record, DriveSample)]
    drives = {sample.drive for sample in samples}
    near = sorted((s for s in samples if 0 <= s.time - time <= _NEAR), key=lambda s: -s.time)
    first = {sample.drive: sample.free for sample in near}
    return sum(first.values()) if drives and first.keys() == drives else None


def _is_in_one(event: Event) -> bool:
    return isinstance(event.record, Attempt) and event.record.parts <= 1


def _is_in_parts(event: Event) -> bool:
    return isinstance(event.record, Attempt) and event.record.parts > 1


def _refusals(events: Iterable[Event]) -> tuple[Refusals, ...]:
    kept = tuple(events)
    return summarize(lambda: kept).refusals


def _log(events: Sequence[Event]) -> LogMatches:
    lines = [event for event in events if isinstance(event.record, LogText | RunStarted)]
    return summarize(lambda: lines, (LOG_LINE,)).logs[0]


def _drives_at(events: Iterable[Event], time: float) -> list[DriveSample]:
    """How every drive was last seen at `time`."""
    samples = (event.record for event in events if isinstance(event.record, DriveSample))
    before = sorted((s for s in samples if s.time <= time), key=lambda sample: sample.time)
    return list({sample.drive: sample for sample in before}.values())


def _fewest_inodes(events: Sequence[Event], summary: Summary) -> DriveSample | None:
    if summary.first_refusal is None:
        return None
    drives = _drives_at(events, summary.first_refusal.time)
    return min(drives, key=lambda drive: drive.inodes_free, default=None)
