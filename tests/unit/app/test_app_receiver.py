"""The receiver of the audit webhook, over real connections."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from labctl.app.output import Output
from labctl.app.receiver import LONGEST_BODY, AuditReceiver
from labctl.app.records import Audit, Gap
from labctl.events import parse_record
from tests.unit.app.audits import minio_text

LIMIT = 30
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Lines(io.BytesIO):
    """What the receiver printed; a test may wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()

    def flush(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def records(self) -> list[Audit | Gap]:
        found = [parse_record(line.decode()) for line in self.getvalue().splitlines()]
        return [record for record in found if isinstance(record, Audit | Gap)]

    def wait_for(self, count: int) -> list[Audit | Gap]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.records()) >= count, LIMIT)
        return self.records()


@dataclass
class Post:
    """A receiver that runs, what it printed, and how to reach it."""

    port: int
    lines: Lines
    sockets: list[socket.socket] = field(default_factory=list)

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)
        self.sockets.append(made)
        return made

    def what(self) -> str:
        """The only gap's words."""
        (gap,) = self.lines.wait_for(1)
        assert isinstance(gap, Gap)
        return gap.what


@pytest.fixture
def post() -> Iterator[Post]:
    lines = Lines()
    receiver = AuditReceiver(0, Output(lines, io.BytesIO()))
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found = Post(receiver.server_address[1], lines)
    yield found
    for made in found.sockets:
        made.close()
    receiver.shutdown()
    thread.join()
    receiver.server_close()


def request(body: bytes, line: str = "POST /audit HTTP/1.1", fields: str = "") -> bytes:
    return f"{line}\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*pieces: bytes) -> bytes:
    head = b"POST /audit HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x;note\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return head + chunks + b"0\r\nTrailer: x\r\n\r\n"


def receive(made: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (more := made.recv(size - len(found))):
        found += more
    return found


def test_records_of_one_connection_are_answered_when_they_are_written(post: Post) -> None:
    made = post.connect()
    for number in (1, 2, 3):
        made.sendall(request(minio_text(requestID=str(number))))
        assert receive(made, len(ANSWER)) == ANSWER
        assert len(post.lines.records()) == number


def test_requests_that_come_together_keep_their_order(post: Post) -> None:
    made = post.connect()
    made.sendall(b"".join(request(minio_text(requestID=str(n))) for n in range(20)))
    assert receive(made, 20 * len(ANSWER)) == 20 * ANSWER
    found = [record.request_id for record in post.lines.records() if isinstance(record, Audit)]
    assert found == [str(number) for number in range(20)]


def test_a_request_may_come_byte_by_byte(post: Post) -> None:
    made = post.connect()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in request(minio_text()):
        made.sendall(bytes((byte,)))
    assert receive(made, len(ANSWER)) == ANSWER


def test_several_connections_at_once(post: Post) -> None:
    several = [post.connect() for _ in range(16)]
    for made in several:
        made.sendall(request(minio_text())[:100])
    for made in several:
        made.sendall(request(minio_text())[100:])
        assert receive(made, len(ANSWER)) == ANSWER
    assert len(post.lines.records()) == 16


def test_a_body_in_chunks(post: Post) -> None:
    made = post.connect()
    text = minio_text()
    made.sendall(chunked(text[:10], text[10:]) + request(text))
    assert receive(made, 2 * len(ANSWER)) == 2 * ANSWER
    assert [type(record) for record in post.lines.records()] == [Audit, Audit]


@pytest.mark.parametrize("make", [request, lambda body: chunked(body[:-10], body[-10:])])
def test_a_body_that_is_too_long_is_a_gap_and_not_sent_again(
    post: Post, make: Callable[[bytes], bytes]
) -> None:
    made = post.connect()
    made.sendall(make(b"x" * (LONGEST_BODY + 1)) + request(minio_text()))
    assert receive(made, 2 * len(ANSWER)) == 2 * ANSWER
    gap, audit = post.lines.records()
    assert isinstance(gap, Gap)
    assert gap.what == "audit: a body of more than 4194304 bytes was left out"
    assert isinstance(audit, Audit)


def test_a_record_without_sense_is_a_gap_and_not_sent_again(post: Post) -> None:
    made = post.connect()
    made.sendall(request(b"{}"))
    assert receive(made, len(ANSWER)) == ANSWER
    assert "makes no sense" in post.what()


@pytest.mark.parametrize("keep", [10, 60, -1])
def test_a_request_cut_short_is_a_gap_and_others_go_on(post: Post, keep: int) -> None:
    made = post.connect()
    made.sendall(request(minio_text())[:keep])
    made.close()
    assert post.what().startswith("audit: a request was cut short: ")
    other = post.connect()
    other.sendall(request(minio_text()))
    assert receive(other, len(ANSWER)) == ANSWER


def test_a_connection_that_ends_between_requests_is_no_gap(post: Post) -> None:
    made = post.connect()
    made.sendall(request(minio_text()))
    assert receive(made, len(ANSWER)) == ANSWER
    made.close()
    other = post.connect()
    other.sendall(request(minio_text()))
    assert receive(other, len(ANSWER)) == ANSWER
    assert [type(record) for record in post.lines.records()] == [Audit, Audit]


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"POST /audit FTP/1\r\n\r\n",
        b"POST /audit HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /audit HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /audit HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST /audit HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"POST /audit HTTP/1.1\r\n" + b"".join(b"F%d: x\r\n" % n for n in range(200)),
        b"POST /audit HTTP/1.1\r\n" + b"x" * 70_000,
    ],
)
def test_what_is_no_http_is_refused(post: Post, sent: bytes) -> None:
    made = post.connect()
    made.sendall(sent)
    assert receive(made, 12) == b"HTTP/1.1 400"
    assert post.what().startswith("audit: a request is no HTTP: ")


@pytest.mark.parametrize(
    ("line", "status"), [("GET /audit HTTP/1.1", b"405"), ("POST /other HTTP/1.1", b"404")]
)
def test_other_requests_are_refused_and_no_gap(post: Post, line: str, status: bytes) -> None:
    made = post.connect()
    made.sendall(request(b"", line, "Connection: close\r\n"))
    assert receive(made, 1000).startswith(b"HTTP/1.1 " + status)
    assert post.lines.records() == []


def test_nothing_is_answered_where_nothing_can_be_written(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(data: bytes) -> int:
        raise OSError("no room")

    monkeypatch.setattr(post.lines, "write", fail)
    made = post.connect()
    made.sendall(request(minio_text()))
    assert receive(made, 1) == b""
