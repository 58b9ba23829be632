import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from minio import Minio

from labctl.app.outcome import TerminatedError
from labctl.app.ready import RefusedError, UnreadyError, ensure_bucket, wait_healthy
from labctl.app.wire import Wire
from tests.unit.app.fake_s3 import FakeS3, Reply


def soon() -> float:
    return time.monotonic() + 30


@pytest.fixture
def client(s3: FakeS3) -> Iterator[Minio]:
    wire = Wire(20.0)
    netloc = urlsplit(s3.url).netloc
    yield Minio(
        netloc,
        access_key="someone",
        secret_key="very-secret-key",
        secure=False,
        region="us-east-1",
        http_client=wire,
    )
    wire.clear()


def test_waits_until_the_cluster_is_healthy(s3: FakeS3) -> None:
    s3.script = lambda request: Reply(503, raw=b"") if request.number < 3 else None
    wait_healthy(urlsplit(s3.url), soon(), threading.Event())
    assert s3.verbs() == ["health"] * 3


def test_gives_up_past_the_deadline(s3: FakeS3) -> None:
    s3.script = lambda request: Reply(503, raw=b"")
    with pytest.raises(UnreadyError, match="answers 503"):
        wait_healthy(urlsplit(s3.url), time.monotonic(), threading.Event())


def test_the_wait_ends_when_told_to_stop(s3: FakeS3) -> None:
    stop = threading.Event()
    s3.script = lambda request: stop.set() or Reply(503, raw=b"")  # type: ignore[func-returns-value]
    with pytest.raises(TerminatedError):
        wait_healthy(urlsplit(s3.url), soon(), stop)


def script_of(*replies: Reply) -> Callable[..., Reply | None]:
    return lambda request: replies[request.number - 1] if request.number <= len(replies) else None


@pytest.mark.parametrize("code", ["BucketAlreadyOwnedByYou", "BucketAlreadyExists"])
def test_a_bucket_that_is_there_is_fine(s3: FakeS3, client: Minio, code: str) -> None:
    s3.script = script_of(Reply(409, code))
    ensure_bucket(client, "files", soon(), threading.Event())
    assert s3.verbs() == ["bucket"]


def test_trouble_of_the_server_is_waited_out(s3: FakeS3, client: Minio) -> None:
    s3.script = script_of(Reply(503, "XMinioServerNotInitialized"), Reply(0))
    ensure_bucket(client, "files", soon(), threading.Event())
    assert s3.verbs() == ["bucket"] * 3


def test_a_refused_bucket_is_an_error_at_once(s3: FakeS3, client: Minio) -> None:
    s3.script = script_of(Reply(403, "AccessDenied"))
    with pytest.raises(RefusedError, match="403 AccessDenied"):
        ensure_bucket(client, "files", soon(), threading.Event())
    assert s3.verbs() == ["bucket"]


def test_a_bucket_that_never_comes_is_an_error_past_the_deadline(s3: FakeS3, client: Minio) -> None:
    s3.script = lambda request: Reply(507, "XMinioStorageFull")
    with pytest.raises(UnreadyError, match="507 XMinioStorageFull"):
        ensure_bucket(client, "files", 0.0, threading.Event())
