import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio

from labctl.app.content import Generator
from labctl.app.send import Sender
from labctl.app.sources import Source
from labctl.app.wire import Wire
from tests.unit.app.fake_s3 import MIB, FakeS3, Reply, Request

GENERATOR = Generator(1)
SMALL = Source(1, "small-0001", "small", 1000)
LARGE = Source(2, "large-0001", "large", 11 * MIB)


class Bench:
    """A sender, and all that a test may want to reach."""

    def __init__(self, url: str, timeout: float = 20.0) -> None:
        self.stop = threading.Event()
        self.complaints: list[str] = []
        self.wire = Wire(timeout)
        self.client = Minio(
            urlsplit(url).netloc,
            access_key="someone",
            secret_key="very-secret-key",
            secure=False,
            region="us-east-1",
            http_client=self.wire,
        )
        self.sender = Sender(
            self.client,
            self.wire,
            bucket="files",
            part_size=5 * MIB,
            attempts=3,
            generator=GENERATOR,
            stop=self.stop,
            complain=self.complaints.append,
        )


@pytest.fixture
def bench(s3: FakeS3) -> Iterator[Bench]:
    bench = Bench(s3.url)
    yield bench
    bench.wire.clear()


@pytest.fixture
def patient(s3: FakeS3) -> Iterator[Bench]:
    """Waits longer for an answer than any test lasts."""
    bench = Bench(s3.url, timeout=3600.0)
    yield bench
    bench.wire.clear()


def on(verb: str, reply: Reply, number: int | None = None) -> Callable[[Request], Reply | None]:
    def script(request: Request) -> Reply | None:
        return reply if request.verb == verb and number in (None, request.number) else None

    return script


def test_a_small_object_is_one_put(s3: FakeS3, bench: Bench) -> None:
    record = bench.sender.send(SMALL, 3)
    assert s3.verbs() == ["put"]
    assert s3.objects["small-0001"] == GENERATOR.block("small-0001", 3, 0, 1000)
    assert (record.outcome, record.status, record.request_id) == ("ok", 200, "R1")
    assert (record.operation, record.attempt, record.parts, record.bytes) == (1, 3, 1, 1000)
    assert record.started <= record.ended == record.time
    assert (record.code, record.message, record.error) == (None, None, None)


def test_a_large_object_is_a_multipart_upload(s3: FakeS3, bench: Bench) -> None:
    record = bench.sender.send(LARGE, 1)
    assert s3.verbs() == ["create", "part", "part", "part", "complete"]
    assert s3.objects["large-0001"] == GENERATOR.block("large-0001", 1, 0, 11 * MIB)
    assert (record.outcome, record.parts, record.status) == ("ok", 3, 200)


def test_an_object_of_exactly_one_part_is_one_put(s3: FakeS3, bench: Bench) -> None:
    record = bench.sender.send(Source(1, "k", "g", 5 * MIB), 1)
    assert (s3.verbs(), record.parts) == (["put"], 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 507])
def test_nothing_is_tried_again_in_secret(s3: FakeS3, bench: Bench, status: int) -> None:
    s3.script = on("put", Reply(status, "Trouble", "at length"))
    record = bench.sender.send(SMALL, 1)
    assert s3.verbs() == ["put"]
    assert (record.outcome, record.status, record.code) == ("info", status, "Trouble")
    assert (record.message, record.request_id) == ("at length", "R1")


@pytest.mark.parametrize(("verb", "number"), [("create", 1), ("part", 2), ("complete", 1)])
def test_a_refused_part_ends_in_an_abort(s3: FakeS3, bench: Bench, verb: str, number: int) -> None:
    s3.script = on(verb, Reply(507, "XMinioStorageFull"), number)
    record = bench.sender.send(LARGE, 1)
    assert (record.outcome, record.code, record.parts) == ("info", "XMinioStorageFull", 3)
    assert s3.uploads == {}
    assert s3.verbs().count("abort") == (0 if verb == "create" else 1)
    assert not bench.complaints


@pytest.mark.parametrize("abort", [Reply(0), Reply(503, "SlowDown"), Reply(500, raw=b"<html>")])
def test_a_failed_abort_does_not_hide_the_first_error(
    s3: FakeS3, bench: Bench, abort: Reply
) -> None:
    refusal = on("part", Reply(507, "XMinioStorageFull"), 2)
    s3.script = lambda request: abort if request.verb == "abort" else refusal(request)
    record = bench.sender.send(LARGE, 1)
    assert (record.status, record.code) == (507, "XMinioStorageFull")
    assert len(bench.complaints) == 1
    assert bench.complaints[0].startswith("large-0001: abort of its upload: ")


def test_an_upload_that_is_gone_needs_no_abort(s3: FakeS3, bench: Bench) -> None:
    missing = Reply(404, "NoSuchUpload")
    s3.script = lambda request: missing if request.verb in ("complete", "abort") else None
    record = bench.sender.send(LARGE, 1)
    assert (record.outcome, record.status, record.code) == ("info", 404, "NoSuchUpload")
    assert not bench.complaints


def test_an_error_in_the_body_of_a_complete_that_says_200(s3: FakeS3, bench: Bench) -> None:
    s3.script = on("complete", Reply(200, "InternalError", "no space left on device"))
    record = bench.sender.send(LARGE, 1)
    assert (record.outcome, record.status, record.code) == ("info", 200, "InternalError")
    assert record.message == "no space left on device"
    assert s3.verbs()[-1] == "abort"


def test_a_complete_whose_body_cannot_be_read_is_in_doubt(s3: FakeS3, bench: Bench) -> None:
    s3.script = on("complete", Reply(200, raw=b"<half"))
    record = bench.sender.send(LARGE, 1)
    assert (record.outcome, record.status) == ("info", 200)
    assert record.error


def test_an_answer_that_is_not_xml(s3: FakeS3, bench: Bench) -> None:
    s3.script = on("put", Reply(502, raw=b"<html>bad gateway</html>", kind="text/html"))
    record = bench.sender.send(SMALL, 1)
    assert (record.outcome, record.status, record.code) == ("info", 502, None)
    assert record.error
    assert "bad gateway" in record.error


@pytest.mark.parametrize(("source", "verb"), [(SMALL, "put"), (LARGE, "part"), (LARGE, "complete")])
def test_a_lost_connection_is_in_doubt(s3: FakeS3, bench: Bench, source: Source, verb: str) -> None:
    s3.script = on(verb, Reply(0))
    record = bench.sender.send(source, 1)
    assert (record.outcome, record.status) == ("info", None)
    assert record.error
    assert record.error.startswith("ProtocolError")


def test_a_silent_server_is_in_doubt_after_the_time_limit(s3: FakeS3) -> None:
    bench = Bench(s3.url, timeout=0.05)
    s3.script = s3.hang
    record = bench.sender.send(SMALL, 1)
    assert record.outcome == "info"
    assert record.error
    assert record.error.startswith("ReadTimeoutError")
    bench.wire.clear()


def test_a_refused_connection_is_without_effect() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        bench = Bench(f"http://127.0.0.1:{unused.getsockname()[1]}")
        record = bench.sender.send(SMALL, 1)
    assert record.outcome == "fail"
    assert record.error
    assert "Connection refused" in record.error


def test_a_redirect_is_not_followed(s3: FakeS3, bench: Bench) -> None:
    s3.script = on("put", Reply(307, "TemporaryRedirect"))
    record = bench.sender.send(SMALL, 1)
    assert s3.verbs() == ["put"]
    assert (record.outcome, record.status) == ("info", 307)


@pytest.mark.parametrize("size", [0, 1, 6 * MIB])
def test_a_file_is_sent_as_it_is(s3: FakeS3, bench: Bench, tmp_path: Path, size: int) -> None:
    path = tmp_path / "own.bin"
    path.write_bytes(b"7" * size)
    record = bench.sender.send(Source(1, "a/own file.bin", "own", size, path), 1)
    assert record.outcome == "ok"
    assert s3.objects["a/own file.bin"] == b"7" * size


def test_a_file_that_became_shorter_is_never_committed(
    s3: FakeS3, bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "own.bin"
    path.write_bytes(b"7" * 6 * MIB)
    record = bench.sender.send(Source(1, "own.bin", "own", 7 * MIB, path), 1)
    assert (record.outcome, record.error) == (
        "fail",
        "UnreadableError: the file has become shorter",
    )
    assert s3.verbs() == ["create", "part", "abort"]


def test_a_file_that_is_gone_is_never_sent(s3: FakeS3, bench: Bench, tmp_path: Path) -> None:
    record = bench.sender.send(Source(1, "own.bin", "own", 7, tmp_path / "gone"), 1)
    assert (record.outcome, s3.verbs()) == ("fail", [])


def test_stop_ends_an_upload_between_its_parts(s3: FakeS3, bench: Bench) -> None:
    def script(request: Request) -> None:
        if request.verb == "part":
            bench.stop.set()

    s3.script = script
    record = bench.sender.send(LARGE, 1)
    assert (record.outcome, record.error) == ("fail", "TerminatedError: told to end")
    assert s3.verbs() == ["create", "part", "abort"]
    assert s3.objects == {}


@pytest.mark.parametrize(
    ("source", "verb", "outcome"),
    [(LARGE, "part", "fail"), (LARGE, "complete", "info"), (SMALL, "put", "info")],
)
def test_cut_ends_a_request_under_way_and_aborts(
    s3: FakeS3, patient: Bench, source: Source, verb: str, outcome: str
) -> None:
    s3.script = lambda request: s3.hang(request) if request.verb == verb else None

    def cut() -> None:
        s3.wait_for(verb)
        patient.sender.cut()

    cutter = threading.Thread(target=cut)
    cutter.start()
    record = patient.sender.send(source, 1)
    cutter.join()
    assert (record.outcome, record.status) == (outcome, None)
    assert record.error == "TerminatedError: told to end, and cut off while sending"
    assert s3.verbs()[-1] == ("abort" if source is LARGE else "put")


def test_an_abort_is_not_cut(s3: FakeS3, patient: Bench) -> None:
    def script(request: Request) -> Reply | None:
        if request.verb == "abort":
            patient.sender.cut()
        return Reply(507, "XMinioStorageFull") if request.verb == "part" else None

    s3.script = script
    record = patient.sender.send(LARGE, 1)
    assert (record.status, patient.complaints, s3.uploads) == (507, [], {})


def test_nothing_but_aborts_is_sent_after_the_cut(s3: FakeS3, bench: Bench) -> None:
    bench.sender.cut()
    record = bench.sender.send(SMALL, 1)
    assert (record.outcome, record.error) == ("fail", "TerminatedError: told to end")
    assert s3.verbs() == []


@pytest.mark.parametrize(("verb", "number"), [("create", 1), ("part", 2), ("complete", 1)])
def test_silence_is_the_longest_wait_for_an_answer(
    s3: FakeS3, bench: Bench, verb: str, number: int
) -> None:
    def script(request: Request) -> None:
        if (request.verb, request.number) == (verb, number):
            s3.released.wait(0.2)

    s3.script = script
    record = bench.sender.send(LARGE, 1)
    assert 0.2 <= record.silence <= record.ended - record.started
    s3.script = lambda request: None
    assert bench.sender.send(SMALL, 1).silence < 0.2


def test_a_time_limit_is_silence_too(s3: FakeS3) -> None:
    bench = Bench(s3.url, timeout=0.05)
    s3.script = s3.hang
    assert bench.sender.send(SMALL, 1).silence >= 0.05
    bench.wire.clear()


def test_a_later_round_has_stamps_of_its_own(s3: FakeS3, bench: Bench) -> None:
    record = bench.sender.send(Source(9, "k", "g", 1000, round=3), 2)
    assert (record.attempt, record.stamp) == (2, 8)
    assert s3.objects["k"] == GENERATOR.block("k", 8, 0, 1000)
