"""The run store: `runs/LAB/<UTC time>/` holds all evidence of a run. It is never read to decide."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from labctl import events
from labctl.app.codec import show_time
from labctl.engine.base import LogLine
from labctl.errors import LabFailed, UsageError
from labctl.events import Event
from labctl.evidence.masking import Redactor

__all__ = ["EventWriter", "LogWriter", "Redactor", "RunFolder"]

EVENTS = "events.jsonl"
SUMMARY = "summary.json"
LAB_FILE = "lab.yaml"
LATEST = "latest"
_HINT = "choose another folder for the evidence with --runs DIR"


class EventWriter:
    """Appends events, one line each, flushed; threads may share it."""

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.redactor = redactor
        self._lock = threading.Lock()
        self._path = path
        with _writing(path):
            self._file = path.open("ab+", buffering=0)
            self._end_torn_line()

    def write(self, event: Event) -> None:
        """Append an event without its secrets. Raises LabFailed where it cannot be written."""
        line = events.encode(event)
        if self.redactor.stands_in(line):
            line = events.encode(self.redactor.redact_event(event))
        with self._lock, _writing(self._path):
            self._append(f"{line}\n".encode())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, data: bytes) -> None:
        while data:
            data = data[self._file.write(data) :]

    def _end_torn_line(self) -> None:
        """What a crash left unfinished stays a line of its own."""
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._append(b"\n")


class LogWriter:
    """Writes a container's log as lines `TIME STREAM TEXT`."""

    def __init__(self, file: TextIO, redactor: Redactor) -> None:
        self._file = file
        self._path = Path(file.name)
        self._redactor = redactor

    def write(self, line: LogLine) -> None:
        """Append a line without its secrets. Raises LabFailed where it cannot be written."""
        text = self._redactor.redact(line.text).replace("\n", "\\n").replace("\r", "\\r")
        with _writing(self._path):
            self._file.write(f"{show_time(line.time)} {line.stream} {text}\n")


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, base: Path, lab: str, now: float) -> "RunFolder":
        """Make the folder of a run that starts at `now`, and let `latest` point to it.

        Raises UsageError where it cannot be made.
        """
        stem = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        try:
            runs = base.absolute() / lab
            runs.mkdir(parents=True, exist_ok=True)
            path = _make_unique(runs, stem)
        except OSError as error:
            said = f"the evidence cannot be written to {base}: {error.strerror}"
            raise UsageError(said, _HINT) from error
        _point_latest(path)
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The folder of an earlier run. Raises UsageError where there is none to write to."""
        if not path.is_dir():
            raise UsageError(f"there is no folder {path} for the evidence", _HINT)
        if not os.access(path, os.W_OK | os.X_OK):
            raise UsageError(f"the evidence cannot be written to {path}", _HINT)
        return cls(path.absolute())

    def forget_collected(self) -> None:
        """Leave labctl's own events alone in the record: a lab that was kept is collected again,
        and its containers say everything anew."""
        from labctl.app.records import Gap

        path = self.path / EVENTS
        if not path.exists():
            return
        fresh = path.with_name(f".{EVENTS}.{os.getpid()}")
        with _writing(path), fresh.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(
                f"{events.encode(event)}\n"
                for event in events.read_events(path)
                if event.source == "labctl" and not isinstance(event.record, Gap)
            )
            file.flush()
            fresh.replace(path)

    def writer(self, redactor: Redactor) -> EventWriter:
        """Appends events to those that the folder has. Raises LabFailed."""
        return EventWriter(self.path / EVENTS, redactor)

    @contextmanager
    def log(self, name: str, redactor: Redactor) -> Iterator[LogWriter]:
        """Writes `logs/NAME.log` anew, for a container's whole log. Raises LabFailed."""
        path = self.path / "logs" / f"{name}.log"
        with _writing(path):
            path.parent.mkdir(exist_ok=True)
            file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
        try:
            yield LogWriter(file, redactor)
        finally:
            with _writing(path):
                file.close()

    def write_lab(self, text: str) -> None:
        """Keep the lab file as used; its secrets were left out. Raises LabFailed."""
        self._replace(LAB_FILE, text)

    def write_summary(self, document: dict[str, Any], redactor: Redactor | None = None) -> None:
        """Keep the figures and the verdict, without secrets. Raises LabFailed."""
        clean = redactor.redact_value(document) if redactor else document
        self._replace(SUMMARY, json.dumps(clean, indent=2) + "\n")

    def read_events(self) -> Iterator[Event]:
        """All events so far, one at a time; a torn line is a gap."""
        path = self.path / EVENTS
        return events.read_events(path) if path.exists() else iter(())

    def _replace(self, name: str, text: str) -> None:
        path = self.path / name
        fresh = path.with_name(f".{name}.{os.getpid()}")
        with _writing(path):
            fresh.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            fresh.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LabFailed(f"{path} cannot be written: {error.strerror}", _HINT) from error


def _make_unique(runs: Path, stem: str) -> Path:
    """Make a folder of that name, or of the next that is free in the same second."""
    number = 1
    while True:
        path = runs / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _point_latest(path: Path) -> None:
    """Some file systems have no links; the run goes on without one there."""
    fresh = path.with_name(f".{LATEST}.{path.name}")
    try:
        fresh.symlink_to(path.name, target_is_directory=True)
        fresh.replace(path.with_name(LATEST))
    except OSError:
        fresh.unlink(missing_ok=True)
