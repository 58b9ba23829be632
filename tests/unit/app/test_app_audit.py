"""What is kept of MinIO's audit records."""

import json
from typing import Any

import pytest

from labctl.app.audit import read_audits
from labctl.app.records import Audit, Gap, encode, read_time
from tests.unit.app.audits import SECRETS, minio_record, minio_text


def _only(body: bytes) -> Audit | Gap:
    (found,) = read_audits(body)
    return found


def _audit(**changes: Any) -> Audit:
    found = _only(minio_text(**changes))
    assert isinstance(found, Audit), found
    return found


def test_named_fields_are_kept() -> None:
    found = _audit()
    assert (found.api, found.bucket, found.object) == ("PutObjectPart", "files", "a b/ü")
    assert (found.status, found.rx, found.tx) == (200, 5242880, 0)
    assert (found.upload_id, found.part) == ("U1", 2)
    assert (found.request_id, found.error) == ("18EA764BF881B044", None)
    assert found.client == "MinIO (Linux; x86_64) minio-py/7.2.20"


def test_the_servers_time_is_the_end_and_the_time_to_response_what_it_took() -> None:
    found = _audit()
    assert found.ended == read_time("2026-01-31T12:00:00.123456Z")
    assert found.seconds == 1.5


def test_nothing_secret_is_kept() -> None:
    line = encode(_audit())
    assert not [word for word in SECRETS if word in line]


def test_a_plain_call_has_no_part() -> None:
    record = minio_record()
    del record["requestQuery"]
    found = _only(json.dumps(record).encode())
    assert isinstance(found, Audit)
    assert (found.upload_id, found.part) == (None, None)


def test_what_the_server_does_by_itself_has_an_error_and_no_status() -> None:
    found = _audit(api={"name": "HealObject", "bucket": "files"}, error="no quorum", requestID="")
    assert (found.api, found.status, found.seconds) == ("HealObject", 0, 0.0)
    assert found.error == "no quorum"


def test_several_records_come_one_a_line_or_in_an_array() -> None:
    lines = minio_text(requestID="1") + minio_text(requestID="2")
    array = json.dumps([minio_record(requestID="1"), minio_record(requestID="2")]).encode()
    for body in (lines, array):
        found = list(read_audits(body))
        assert [one.request_id for one in found if isinstance(one, Audit)] == ["1", "2"]


def test_a_line_without_sense_leaves_the_others() -> None:
    found = list(read_audits(minio_text() + b"{torn\n" + minio_text()))
    assert [type(one) for one in found] == [Audit, Gap, Audit]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"7",
        b'"text"',
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        minio_text(time="yesterday"),
        minio_text(time=None),
        minio_text(api=[]),
        minio_text(api={"statusCode": "200"}),
        minio_text(api={"bucket": 7}),
        minio_text(api={"timeToResponse": "soon"}),
        minio_text(requestQuery=[1]),
    ],
)
def test_a_record_without_sense_is_a_gap(body: bytes) -> None:
    found = _only(body)
    assert isinstance(found, Gap)
    assert found.what.startswith("audit: a record of the server's makes no sense: ")
