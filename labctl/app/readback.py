"""One object read back whole through S3, in blocks: a GET, tried again where none came through."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from threading import Event

from minio import Minio
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_exponential,
)
from tenacity.nap import sleep_using_event

from labctl.app.attribute import Attribution, Comparison, Judgement, Suspect
from labctl.app.content import BLOCK
from labctl.app.outcome import Outcome, TerminatedError, accept, judge
from labctl.app.records import ReadBack
from labctl.app.sources import Source
from labctl.app.wire import Wire

PRESENT = "present"
ABSENT = "absent"
UNAVAILABLE = "unavailable"
_NOT_THERE = frozenset({(404, "NoSuchKey"), (404, "NoSuchBucket"), (405, "MethodNotAllowed")})
"""What is said of a key without an object; 405 where its newest version is a delete marker."""
_TRIES = 3
_WAIT = 0.2
_MAX_WAIT = 2.0


@dataclass(frozen=True, slots=True)
class _Try:
    """What came of one GET."""

    outcome: str
    answer: Outcome
    judgement: Judgement | None = None


class Reader:
    """Reads objects of one bucket, one at a time."""

    def __init__(
        self, client: Minio, wire: Wire, bucket: str, suspects: Sequence[Suspect], stop: Event
    ) -> None:
        self._client = client
        self._wire = wire
        self._bucket = bucket
        self._suspects = suspects
        self._stop = stop

    def read(self, source: Source, *, listed: bool, expected: bool) -> ReadBack:
        """Read an object to its end; of a key that is not `expected` no upload wrote any block.

        Raises TerminatedError where the program is to end.
        """
        started = time.time()
        result = self._patience()(lambda: self._try(source, expected=expected))
        ended = time.time()
        seen = result.judgement
        fields = asdict(result.answer) | {"outcome": result.outcome}
        return ReadBack(
            time=ended,
            object=source.key,
            group=source.group,
            started=started,
            ended=ended,
            bytes=seen.size if seen else 0,
            listed=listed,
            expected=expected,
            writers=seen.list_writers() if seen else [],
            foreign=seen.foreign if seen else 0,
            first_foreign=seen.first_foreign if seen else None,
            as_file=seen.as_file if seen else None,
            **fields,
        )

    def _patience(self) -> Retrying:
        return Retrying(
            retry=retry_if_result(lambda result: result.outcome == UNAVAILABLE),
            stop=stop_any(stop_after_attempt(_TRIES), stop_when_event_set(self._stop)),
            wait=wait_exponential(multiplier=_WAIT, max=_MAX_WAIT),
            sleep=sleep_using_event(self._stop),
            retry_error_callback=_newest,
        )

    def _try(self, source: Source, *, expected: bool) -> _Try:
        self._wire.begin()
        try:
            with closing(self._choose(source, expected=expected)) as judgement:
                self._stream(source.key, judgement)
        except Exception as error:
            if self._stop.is_set():
                raise TerminatedError("told to end while reading") from error
            return _refused(judge(error, self._wire.trace))
        answer = replace(accept(self._wire.trace), error=judgement.error)
        return _Try(PRESENT, answer, judgement)

    def _choose(self, source: Source, *, expected: bool) -> Judgement:
        if source.path is None:
            return Attribution(self._suspects if expected else (), source.key)
        return Comparison(source.path)

    def _stream(self, key: str, judgement: Judgement) -> None:
        response = self._client.get_object(self._bucket, key)
        try:
            while data := response.read(BLOCK):
                judgement.add(data)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        judgement.finish()


def _refused(answer: Outcome) -> _Try:
    gone = (answer.status, answer.code) in _NOT_THERE
    return _Try(ABSENT if gone else UNAVAILABLE, answer)


def _newest(state: RetryCallState) -> _Try:
    if state.outcome is None:
        raise RuntimeError("asked for an answer before there was one")
    result: _Try = state.outcome.result()
    return result
