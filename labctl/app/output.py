"""What the lab's containers print: records on standard output, plain lines on standard error."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO

from labctl.app.records import AppRecord, encode

_WORDS = ("code", "message", "error")
"""Fields of records that hold what others said."""


class Output:
    """One write for each line, flushed, so that lines of threads never mix; `secret` is hidden."""

    def __init__(self, records: BinaryIO, complaints: BinaryIO, secret: str = "") -> None:
        self._records = records
        self._complaints = complaints
        self._secret = secret
        self._lock = threading.Lock()

    def write(self, record: AppRecord) -> None:
        """Print a record as one JSON line."""
        self._print(self._records, encode(self._concealed(record)))

    def write_all(self, records: Iterable[AppRecord]) -> None:
        """Print several records, a line each, in one go: the engine takes them for less."""
        lines = [encode(self._concealed(record)) for record in records]
        if lines:
            self._print(self._records, "\n".join(lines))

    def complain(self, text: str) -> None:
        """Print one plain line for people."""
        self._print(self._complaints, self._conceal(" ".join(text.split())))

    def _print(self, stream: BinaryIO, line: str) -> None:
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            stream.write(data)
            stream.flush()

    def _concealed(self, record: AppRecord) -> AppRecord:
        said = {name: getattr(record, name, None) for name in _WORDS}
        changes: Any = {name: self._conceal(text) for name, text in said.items() if text}
        return replace(record, **changes) if changes else record

    def _conceal(self, text: str) -> str:
        return text.replace(self._secret, "***") if self._secret else text
