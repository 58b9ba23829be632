"""The first reading of a run's events: everything but the sums over objects."""

from dataclasses import dataclass, field, replace
from typing import Any

from labctl.app.records import Attempt, DriveSample, Gap, TaskEnded, UploadEnded, UploadStarted
from labctl.classify import DriveState
from labctl.events import ContainerEnded, Event, LogText, RunStarted
from labctl.figures import ContainerFigures, LogMatches
from labctl.report.drives import DriveHistory

CUT_OFF = 2.0
"""Seconds before the end of a client that was told to end, in which it cuts off what it sends."""
_OFFLINE = 0  # no step of this version takes a drive away from a running server


@dataclass(slots=True)
class Frame:
    """What the first reading finds: everything but the sums over operations."""

    log_texts: tuple[str, ...] = ()
    run: RunStarted | None = None
    started: float | None = None
    ended: float = 0.0
    uploads: list[UploadStarted] = field(default_factory=list)
    endings: list[UploadEnded] = field(default_factory=list)
    containers: dict[str, ContainerFigures] = field(default_factory=dict)
    drives: dict[str, DriveHistory] = field(default_factory=dict)
    gaps: dict[tuple[str, str], int] = field(default_factory=dict)
    part_sizes: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    resends: set[int] = field(default_factory=set)
    terminated: dict[str, float] = field(default_factory=dict)
    log_lines: int = 0
    log_counts: dict[str, int] = field(default_factory=dict)
    log_firsts: dict[str, LogText] = field(default_factory=dict)
    attempts: int = 0
    sent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Take the next event."""
        if not isinstance(event.record, Gap):
            self._note_time(event.time)
        self._take(event)

    def _note_time(self, time: float) -> None:
        self.started = time if self.started is None else min(self.started, time)
        self.ended = max(self.ended, time)

    def _take(self, event: Event) -> None:
        match event.record:
            case DriveSample() as sample:
                self.drives.setdefault(sample.drive, DriveHistory(sample.drive)).add(sample)
            case Attempt() as attempt:
                self.attempts += 1
                first, last = self.sent.get(event.source, (attempt.started, attempt.ended))
                span = min(first, attempt.started), max(last, attempt.ended)
                self.sent[event.source] = span
            case LogText() as line if event.source.startswith("minio"):
                self._note_log(line)
            case Gap() as gap:
                key = (event.source, gap.what)
                self.gaps[key] = self.gaps.get(key, 0) + 1
            case RunStarted() as run:
                self.run = self.run or run
                self.log_texts = self.log_texts or expected_texts(self.run.expect)
            case UploadStarted() as upload:
                self._note_upload(event.source, upload)
            case UploadEnded() | TaskEnded() as ending:
                self._note_ending(event.source, ending)
            case ContainerEnded() as end:
                self.containers[end.container] = ContainerFigures(
                    end.container, end.state, end.exit_code, end.oom_killed, end.time
                )

    def _note_upload(self, source: str, upload: UploadStarted) -> None:
        self.uploads.append(upload)
        self.part_sizes[source] = upload.part_size
        self.numbers[source] = upload.step
        if upload.resend is not None:
            self.resends.add(upload.step)
        if upload.parts is not None:
            self.parts[source] = upload.parts

    def _note_ending(self, source: str, ending: UploadEnded | TaskEnded) -> None:
        if isinstance(ending, UploadEnded):
            self.endings.append(ending)
        if ending.reason == "terminated":
            self.terminated[source] = ending.time

    def _note_log(self, line: LogText) -> None:
        self.log_lines += 1
        for text in self.log_texts:
            if text in line.text:
                self.log_counts[text] = self.log_counts.get(text, 0) + 1
                first = self.log_firsts.setdefault(text, line)
                self.log_firsts[text] = line if line.time < first.time else first

    def state(self, time: float) -> DriveState:
        """All drives at `time`; none where one of them is not known."""
        seen = [history.at(time) for history in self.drives.values()]
        known = tuple(drive for drive in seen if drive is not None)
        return DriveState(known if len(known) == len(seen) else (), _OFFLINE)

    def free_around(self, time: float) -> dict[str, int]:
        """Free bytes about `time` of every drive that is known then."""
        found = {name: history.around(time) for name, history in sorted(self.drives.items())}
        return {name: free for name, free in found.items() if free is not None}

    def inodes_around(self, time: float) -> dict[str, int]:
        """The same of free inodes, where they are counted."""
        found = {name: each.inodes_around(time) for name, each in sorted(self.drives.items())}
        return {name: free for name, free in found.items() if free is not None}

    @property
    def sending(self) -> float:
        """Seconds in which any upload was sending, each from its first attempt to its last."""
        seconds, until = 0.0, 0.0
        for first, last in sorted(self.sent.values()):
            seconds += max(0.0, last - max(first, until))
            until = max(until, last)
        return seconds

    def container_figures(self) -> tuple[ContainerFigures, ...]:
        """The containers by name, with what their programs said of their end."""
        return tuple(
            replace(found, terminated=name in self.terminated)
            for name, found in sorted(self.containers.items())
        )

    def logs(self) -> tuple[LogMatches, ...]:
        """What became of each text that was looked for."""
        return tuple(self._matches(text) for text in self.log_texts)

    def _matches(self, text: str) -> LogMatches:
        first = self.log_firsts.get(text)
        count = self.log_counts.get(text, 0)
        return LogMatches(text, count, self.log_lines, first.text if first else None)

    @property
    def pace(self) -> float:
        """Least time between two puts."""
        return min((upload.pace for upload in self.uploads), default=0.0)

    def request_bytes(self, source: str, attempt: Attempt, part: int | None = None) -> int:
        """Bytes of one request of an attempt: the object, or a part of it. The last part may be
        smaller, where `part` tells which one it was."""
        if attempt.parts <= 1:
            return attempt.bytes
        size = self.part_sizes.get(source, -(-attempt.bytes // attempt.parts))
        return attempt.bytes - (part - 1) * size if part == attempt.parts else size

    def upload_number(self, source: str) -> int:
        """The number of the upload that a container plays."""
        last = source.rpartition("-")[2]
        return self.numbers.get(source, int(last) if last.isdecimal() else 1)

    def leaves(self, source: str) -> bool:
        """Whether a client sends parts and never commits them."""
        return self.parts.get(source) == "leave"

    def cut_off(self, source: str, attempt: Attempt) -> bool:
        """Whether an attempt went without an answer because the client was told to end."""
        end = self.terminated.get(source)
        return attempt.status is None and end is not None and attempt.ended >= end - CUT_OFF

    @property
    def drive_bytes(self) -> int:
        """All drives together, as large as they were last seen, else as they were made."""
        made = self.run.drives if self.run is not None else {}
        seen = {name: history.size for name, history in self.drives.items()}
        return sum((made | seen).values())

    @property
    def begin(self) -> float:
        """When the run began, as labctl or else its first event says."""
        return self.run.time if self.run is not None else self.started or 0.0


def expected_texts(expect: dict[str, Any]) -> tuple[str, ...]:
    """The texts that expectations look for in MinIO's log, however many were written."""
    found = expect.get("log")
    return (found,) if isinstance(found, str) else tuple(found or ())
