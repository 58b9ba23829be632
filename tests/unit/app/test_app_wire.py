from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.error import S3Error

from labctl.app.outcome import TerminatedError, accept, judge
from labctl.app.wire import Wire
from tests.unit.app.fake_s3 import FakeS3, Reply


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire(20.0)
    yield wire
    wire.clear()


@pytest.fixture
def client(s3: FakeS3, wire: Wire) -> Minio:
    return Minio(
        urlsplit(s3.url).netloc,
        access_key="someone",
        secret_key="very-secret-key",
        secure=False,
        region="us-east-1",
        http_client=wire,
    )


def test_a_delete_of_an_object_is_no_abort(s3: FakeS3, wire: Wire, client: Minio) -> None:
    s3.objects["k"] = b"x"
    client.remove_object("files", "k")
    assert (s3.objects, s3.verbs()) == ({}, ["delete"])
    assert wire.trace.committed
    assert accept(wire.trace).status == 204


def test_a_refused_delete_is_raised(s3: FakeS3, wire: Wire, client: Minio) -> None:
    s3.script = lambda request: Reply(507, "XMinioStorageFull")
    with pytest.raises(S3Error) as caught:
        client.remove_object("files", "k")
    assert judge(caught.value, wire.trace).outcome == "info"
    assert wire.abort_error is None


def test_a_delete_after_the_cut_is_never_sent(s3: FakeS3, wire: Wire, client: Minio) -> None:
    wire.begin()
    wire.cut()
    with pytest.raises(TerminatedError) as caught:
        client.remove_object("files", "k")
    assert (judge(caught.value, wire.trace).outcome, s3.verbs()) == ("fail", [])


def test_a_delete_whose_answer_is_lost_is_in_doubt(s3: FakeS3, wire: Wire, client: Minio) -> None:
    s3.script = lambda request: Reply(0)
    with pytest.raises(Exception, match="Connection aborted") as caught:
        client.remove_object("files", "k")
    assert judge(caught.value, wire.trace).outcome == "info"
