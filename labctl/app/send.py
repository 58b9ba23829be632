"""One attempt at one object: a call of minio-py, and the record of what came of it."""

import io
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from threading import Event
from typing import BinaryIO, cast

from minio import Minio

from labctl.app.content import Content, Generator
from labctl.app.outcome import Outcome, TerminatedError, UnreadableError, accept, judge
from labctl.app.records import Attempt
from labctl.app.sources import Source
from labctl.app.wire import Wire


class _Reading(io.RawIOBase):
    """Reads whole parts of an object, and no further once the task is told to end."""

    def __init__(self, inner: io.RawIOBase, stop: Event) -> None:
        self._inner = inner
        self._stop = stop

    def read(self, size: int = -1, /) -> bytes:
        if self._stop.is_set():
            raise TerminatedError("told to end")
        try:
            data = self._inner.read(size)
        except OSError as error:
            raise UnreadableError(str(error)) from error
        if data is None or len(data) < size:
            raise UnreadableError("the file has become shorter")
        return data


class Sender:
    """Sends objects to one bucket, one at a time. `attempts`: the most that an object gets in one
    round, so that no two rounds send the same bytes."""

    def __init__(  # noqa: PLR0913
        self,
        client: Minio,
        wire: Wire,
        *,
        bucket: str,
        part_size: int,
        attempts: int,
        generator: Generator,
        stop: Event,
        complain: Callable[[str], None],
    ) -> None:
        self._client = client
        self._wire = wire
        self._bucket = bucket
        self._part_size = part_size
        self._attempts = attempts
        self._generator = generator
        self._stop = stop
        self._complain = complain

    def send(self, source: Source, attempt: int) -> Attempt:
        """Try once; `last` of the record is True until the caller knows better."""
        self._wire.begin()
        stamp = (source.round - 1) * self._attempts + attempt
        started = time.time()
        outcome = self._try(source, stamp)
        ended = time.time()
        if self._wire.abort_error:
            self._complain(f"{source.key}: abort of its upload: {self._wire.abort_error}")
        return Attempt(
            time=ended,
            operation=source.operation,
            number=source.number,
            attempt=attempt,
            object=source.key,
            group=source.group,
            bytes=source.size,
            parts=max(1, math.ceil(source.size / self._part_size)),
            started=started,
            ended=ended,
            last=True,
            stamp=stamp,
            silence=self._wire.silence,
            **asdict(outcome),
        )

    def cut(self) -> None:
        """From another thread: end the attempt under way."""
        self._wire.cut()

    def _try(self, source: Source, stamp: int) -> Outcome:
        try:
            with self._open(source, stamp) as content:
                self._put(source, content)
        except Exception as error:
            return judge(error, self._wire.trace)
        return accept(self._wire.trace)

    def _open(self, source: Source, stamp: int) -> io.RawIOBase:
        if source.path is None:
            return Content(self._generator, source.key, stamp, source.size)
        try:
            return source.path.open("rb", buffering=0)
        except OSError as error:
            raise UnreadableError(str(error)) from error

    def _put(self, source: Source, content: io.RawIOBase) -> None:
        self._client.put_object(
            self._bucket,
            source.key,
            cast("BinaryIO", self._reading(content)),
            source.size,
            part_size=self._part_size,
            num_parallel_uploads=1,
        )

    def _reading(self, content: io.RawIOBase) -> _Reading:
        return _Reading(content, self._stop)
