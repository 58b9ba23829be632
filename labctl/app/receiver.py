"""An HTTP/1.1 server, as small as MinIO's audit webhook needs it.

It takes POST of one path, with Content-Length or in chunks, over connections that stay open. What
cannot be understood is a gap in the record, and yet it is answered with 200: MinIO would send it
again for ever, and hold all later records back.

Plain threads: MinIO's one worker waits for each answer, and so they take less of the processor for
a record than an event loop does, and less time to start.
"""

import socketserver
import threading
from dataclasses import dataclass
from io import BufferedIOBase

from labctl.app.audit import make_gap, read_audits
from labctl.app.output import Output
from labctl.app.place import PATH

LONGEST_BODY = 4 * 2**20
_LONGEST_LINE = 64 * 1024
_MOST_FIELDS = 100
_PIECE = 64 * 1024
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class HttpError(Exception):
    """What came is not HTTP as it should be."""


class CutError(Exception):
    """The connection ended within a request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `body` is None where it was too long to keep; `stays`: whether the connection
    is meant to stay open."""

    method: str
    path: str
    body: bytes | None
    stays: bool


def read_request(stream: BufferedIOBase) -> Request | None:
    """The next request, or None at the end. Raises HttpError and CutError."""
    try:
        first = stream.readline(_LONGEST_LINE)
    except OSError:
        return None
    if not first:
        return None
    try:
        return _read_rest(_whole(first), stream)
    except OSError as error:
        raise CutError(str(error)) from error


def _read_rest(first: bytes, stream: BufferedIOBase) -> Request:
    words = first.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise HttpError("its first line makes no sense")
    fields = _read_fields(stream)
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = _read_chunks(stream)
    else:
        body = _read_piece(stream, _as_size(fields.get(b"content-length", b"0"), 10), 0)
    stays = fields.get(b"connection", b"").lower() != b"close"
    return Request(words[0], words[1], body, stays)


def _read_fields(stream: BufferedIOBase) -> dict[bytes, bytes]:
    """Fields of a head, by their names in small letters."""
    fields: dict[bytes, bytes] = {}
    while line := _read_line(stream):
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
        if len(fields) > _MOST_FIELDS:
            raise HttpError("its head has no end")
    return fields


def _read_chunks(stream: BufferedIOBase) -> bytes | None:
    pieces: list[bytes | None] = []
    total = 0
    while size := _as_size(_read_line(stream).partition(b";")[0], 16):
        pieces.append(_read_piece(stream, size, total))
        total += size
        if _read_line(stream):
            raise HttpError("a chunk is longer than it says")
    _read_fields(stream)
    whole = [piece for piece in pieces if piece is not None]
    return b"".join(whole) if len(whole) == len(pieces) else None


def _read_piece(stream: BufferedIOBase, size: int, before: int) -> bytes | None:
    """The next `size` bytes, after so many `before`; None where that is too much to keep."""
    if before + size <= LONGEST_BODY:
        return _read_exactly(stream, size)
    while size:
        size -= len(_read_exactly(stream, min(size, _PIECE)))
    return None


def _read_exactly(stream: BufferedIOBase, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise CutError("its body was not whole")
    return found


def _read_line(stream: BufferedIOBase) -> bytes:
    return _whole(stream.readline(_LONGEST_LINE))


def _whole(line: bytes) -> bytes:
    """A line without its end."""
    if line.endswith(b"\n"):
        return line.rstrip(b"\r\n")
    if len(line) >= _LONGEST_LINE:
        raise HttpError("a line of its head has no end")
    raise CutError("its head was not whole")


def _as_size(text: bytes, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError as error:
        raise HttpError("a length is no number") from error
    if size < 0:
        raise HttpError("a length is less than nothing")
    return size


class AuditReceiver(socketserver.ThreadingTCPServer):
    """Listens on a port, and writes down what MinIO posts. Raises OSError where it cannot."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, output: Output) -> None:
        super().__init__(("0.0.0.0", port), _Connection)
        self._output = output

    def start(self) -> None:
        """Serve in threads of its own."""
        threading.Thread(target=self.serve_forever, name="receiver", daemon=True).start()

    def answer(self, request: Request) -> int:
        """Write down what a request holds; the status to answer with."""
        if request.path != PATH:
            return 404
        if request.method != "POST":
            return 405
        if request.body is None:
            self.lose(f"a body of more than {LONGEST_BODY} bytes was left out")
            return 200
        self._output.write_all(read_audits(request.body))
        return 200

    def lose(self, what: str) -> None:
        """Write down that the record may lack something."""
        self._output.write(make_gap(what))


class _Connection(socketserver.StreamRequestHandler):
    server: AuditReceiver
    disable_nagle_algorithm = True
    rbufsize = _PIECE

    def handle(self) -> None:
        """Serve requests until the connection ends."""
        try:
            while (request := read_request(self.rfile)) is not None:
                self._say(self.server.answer(request))
                if not request.stays:
                    return
        except CutError as error:
            self.server.lose(f"a request was cut short: {error}")
        except HttpError as error:
            self.server.lose(f"a request is no HTTP: {error}")
            self._say(400)

    def _say(self, status: int) -> None:
        line = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Length: 0\r\n\r\n"
        self.connection.sendall(line.encode())
