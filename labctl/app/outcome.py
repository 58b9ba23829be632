"""What an attempt came to: `ok`, `fail` (certainly without effect) or `info` (in doubt)."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

OK = "ok"
FAIL = "fail"
INFO = "info"

REFUSED_UNDONE = frozenset(
    {
        "AccessDenied",
        "AllAccessDisabled",
        "AuthorizationHeaderMalformed",
        "EntityTooLarge",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidBucketName",
        "InvalidTokenId",
        "KeyTooLongError",
        "MethodNotAllowed",
        "MissingContentLength",
        "NoSuchBucket",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "XMinioAdminBucketQuotaExceeded",
        "XMinioInvalidObjectName",
    }
)
"""Codes of a 4xx that is given before a request is carried out."""
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>:? ?")
_LONGEST = 1000


class TerminatedError(Exception):
    """The program was told to end before this could be done."""


class UnreadableError(Exception):
    """The bytes to send could not be had."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and request id of a response that came in full."""

    status: int | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """How far one attempt came. `answer` is the newest request's, if it has one; `committed`:
    whether the request that commits (the put, CompleteMultipartUpload, a DELETE) was begun."""

    requests: int = 0
    committed: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, in the words of the Attempt record."""

    outcome: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None


def accept(trace: Trace) -> Outcome:
    """The outcome of an attempt that the server answered with a success."""
    answer = trace.answer or Answer(None, None)
    return Outcome(OK, answer.status, request_id=answer.request_id)


def judge(error: Exception, trace: Trace) -> Outcome:
    """The outcome of an attempt that ended with `error`."""
    if isinstance(error, S3Error):
        return _refused(error)
    if isinstance(error, InvalidResponseError | ServerError | ParseError) and trace.answer:
        answer = trace.answer
        text = describe(error)
        return Outcome(INFO, answer.status, request_id=answer.request_id, error=text)
    return Outcome(FAIL if _never_sent(error, trace) else INFO, error=describe(error))


def _never_sent(error: Exception, trace: Trace) -> bool:
    if isinstance(error, NewConnectionError | ConnectTimeoutError):
        return True
    own = isinstance(error, TerminatedError | UnreadableError) and not trace.committed
    return own or trace.requests == 0


def _refused(error: S3Error) -> Outcome:
    status = error.response.status
    undone = 400 <= status < 500 and error.code in REFUSED_UNDONE
    return Outcome(
        FAIL if undone else INFO,
        status,
        error.code,
        _shorten(error.message) if error.message else None,
        error.request_id,
    )


def describe(error: BaseException) -> str:
    """An exception as one line: its type and what it says."""
    return _shorten(f"{type(error).__name__}: {_OBJECT.sub('', str(error))}".removesuffix(": "))


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
