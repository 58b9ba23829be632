"""What the lab's containers print: records on standard output, plain lines on standard error."""

import threading
from dataclasses import replace
from typing import BinaryIO

from labctl.app.records import AppRecord, Attempt, encode


class Output:
    """One write for each line, flushed, so that lines of threads never mix; `secret` is hidden."""

    def __init__(self, records: BinaryIO, complaints: BinaryIO, secret: str = "") -> None:
        self._records = records
        self._complaints = complaints
        self._secret = secret
        self._lock = threading.Lock()

    def write(self, record: AppRecord) -> None:
        """Print a record as one JSON line."""
        if isinstance(record, Attempt) and record.outcome != "ok":
            record = self._concealed(record)
        self._print(self._records, encode(record))

    def complain(self, text: str) -> None:
        """Print one plain line for people."""
        self._print(self._complaints, self._conceal(" ".join(text.split())))

    def _print(self, stream: BinaryIO, line: str) -> None:
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            stream.write(data)
            stream.flush()

    def _concealed(self, record: Attempt) -> Attempt:
        return replace(
            record,
            code=record.code and self._conceal(record.code),
            message=record.message and self._conceal(record.message),
            error=record.error and self._conceal(record.error),
        )

    def _conceal(self, text: str) -> str:
        return text.replace(self._secret, "***") if self._secret else text
