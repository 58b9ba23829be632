from xml.etree.ElementTree import ParseError

import pytest
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from labctl.app.outcome import (
    Answer,
    TerminatedError,
    Trace,
    UnreadableError,
    describe,
    judge,
)

SENT = Trace(requests=1, committed=True)
PART = Trace(requests=2, committed=False)
CONNECTION = HTTPConnection("minio")


def s3_error(status: int, code: str) -> S3Error:
    return S3Error(HTTPResponse(status=status), code, "said so", "/b/k", "R1", "H1")


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "XMinioAdminBucketQuotaExceeded", "fail"),
        (403, "AccessDenied", "fail"),
        (403, "InvalidAccessKeyId", "fail"),
        (403, "SignatureDoesNotMatch", "fail"),
        (403, "RequestTimeTooSkewed", "fail"),
        (404, "NoSuchBucket", "fail"),
        (400, "EntityTooLarge", "fail"),
        (400, "IncompleteBody", "info"),
        (400, "XAmzContentSHA256Mismatch", "info"),
        (404, "NoSuchUpload", "info"),
        (408, "RequestTimeout", "info"),
        (400, "SomethingNew", "info"),
        (500, "InternalError", "info"),
        (503, "SlowDownWrite", "info"),
        (503, "AccessDenied", "info"),
        (507, "XMinioStorageFull", "info"),
        (200, "InternalError", "info"),
    ],
)
def test_answers(status: int, code: str, outcome: str) -> None:
    judged = judge(s3_error(status, code), SENT)
    assert judged.outcome == outcome
    assert (judged.status, judged.code, judged.message) == (status, code, "said so")
    assert (judged.request_id, judged.error) == ("R1", None)


@pytest.mark.parametrize(
    ("error", "trace", "outcome"),
    [
        (NewConnectionError(CONNECTION, "Connection refused"), SENT, "fail"),
        (ConnectTimeoutError(CONNECTION, "timed out"), SENT, "fail"),
        (ReadTimeoutError(None, "/", "timed out"), SENT, "info"),  # type: ignore[arg-type]
        (ReadTimeoutError(None, "/", "timed out"), PART, "info"),  # type: ignore[arg-type]
        (ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")), SENT, "info"),
        (ProtocolError("Connection aborted."), PART, "info"),
        (TerminatedError("told to end"), PART, "fail"),
        (TerminatedError("told to end"), SENT, "info"),
        (UnreadableError("gone"), PART, "fail"),
        (ValueError("object name"), Trace(), "fail"),
        (ValueError("an answer that cannot be read"), PART, "info"),
    ],
)
def test_no_answer(error: Exception, trace: Trace, outcome: str) -> None:
    judged = judge(error, trace)
    assert judged.outcome == outcome
    assert judged.status is None
    assert judged.error
    assert judged.error.startswith(type(error).__name__)


@pytest.mark.parametrize(
    "error", [InvalidResponseError(502, "text/html", "bad"), ServerError("x", 502), ParseError("x")]
)
def test_an_answer_that_is_no_s3_error_keeps_its_status(error: Exception) -> None:
    judged = judge(error, Trace(1, True, Answer(502, "R2")))
    assert (judged.outcome, judged.status, judged.request_id) == ("info", 502, "R2")
    assert judged.error


def test_errors_are_one_short_line_without_addresses_of_objects() -> None:
    refused = NewConnectionError(CONNECTION, "Connection refused\nreally")
    assert " object at " not in describe(refused)
    assert describe(refused).endswith("Connection refused really")
    assert len(describe(ValueError("x" * 5000))) == 1000
    assert describe(ValueError()) == "ValueError"
