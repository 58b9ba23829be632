"""What containers say: log lines out of Docker's frames, and talks with commands inside."""

import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import requests
import urllib3.exceptions

from labctl.engine.base import LogLine
from labctl.engine.docker_convert import read_time
from labctl.engine.docker_errors import translated
from labctl.errors import EngineError, EngineTimeout

_HEADER = struct.Struct(">BxxxL")
_STREAMS = {1: "stdout", 2: "stderr"}
_CHUNK = 65536
_LONGEST_LINE = 2**20
T = TypeVar("T")


def split_frames(chunks: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """The stream's name and the content of each frame, however the bytes were cut."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        start = 0
        while len(buffer) - start >= _HEADER.size:
            stream, length = _HEADER.unpack_from(buffer, start)
            end = start + _HEADER.size + length
            if len(buffer) < end:
                break
            yield _STREAMS.get(stream, "stdout"), bytes(buffer[start + _HEADER.size : end])
            start = end
        del buffer[:start]


def join_lines(frames: Iterable[tuple[str, bytes]]) -> Iterator[LogLine]:
    """Whole lines out of frames that begin with a time; a piece has no line's end.

    A line longer than 1 MiB comes in several, so that memory stays flat.
    """
    begun: dict[str, tuple[float, bytearray]] = {}
    for stream, frame in frames:
        stamp, _, text = frame.partition(b" ")
        began, line = (
            begun.pop(stream) if stream in begun else (read_time(stamp.decode()), bytearray())
        )
        line += text
        if line.endswith(b"\n") or len(line) >= _LONGEST_LINE:
            yield _line(began, stream, line)
        else:
            begun[stream] = (began, line)
    for stream, (began, line) in begun.items():
        yield _line(began, stream, line)


def _line(began: float, stream: str, line: bytearray) -> LogLine:
    return LogLine(began, stream, line.removesuffix(b"\n").decode("utf-8", "replace"))


class LogStream:
    """The lines of a response from `since` on; any thread may close it."""

    def __init__(self, response: requests.Response, since: float, what: str) -> None:
        self._response = response
        self._since = since
        self._what = what
        self._lines = join_lines(split_frames(response.iter_content(chunk_size=None)))
        self._reading = threading.Lock()
        self._closed = threading.Event()

    def __iter__(self) -> "LogStream":
        return self

    def __next__(self) -> LogLine:
        with self._reading:
            line = self._next_line()
            while line.time < self._since:
                line = self._next_line()
            return line

    def _next_line(self) -> LogLine:
        if self._closed.is_set():
            raise StopIteration
        try:
            with translated(self._what):
                return next(self._lines)
        except StopIteration:
            self._response.close()
            raise
        except Exception:
            self._response.close()
            # A closed connection ends in any of a dozen errors of three libraries.
            if self._closed.is_set():
                raise StopIteration from None
            raise

    def close(self) -> None:
        """End the lines; a thread that waits for the next one is let go."""
        if self._closed.is_set():
            return
        self._closed.set()
        with suppress(OSError, ValueError, RuntimeError, urllib3.exceptions.HTTPError):
            self._response.raw.shutdown()
        with self._reading:
            self._response.close()


def converse(
    response: requests.Response, stdin: bytes, timeout: float, what: str
) -> tuple[bytes, bytes]:
    """Send `stdin` over an upgraded connection, end it, and read stdout and stderr to the end."""
    channel, begun = _take_over(response, what)
    output: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    try:
        chunks = _exchange(channel, begun, memoryview(stdin), _Deadline(timeout, what))
        for stream, data in split_frames(chunks):
            output[stream] += data
    finally:
        response.close()
    return bytes(output["stdout"]), bytes(output["stderr"])


class _Deadline:
    def __init__(self, timeout: float, what: str) -> None:
        self._end = time.monotonic() + timeout
        self._message = f"not done within {timeout:g} s: {what}"

    def milliseconds(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise EngineTimeout(self._message, "see the container's log, or allow more time")
        return left * 1000


def _take_over(response: requests.Response, what: str) -> tuple[socket.socket, bytes]:
    """The connection's socket, and what was read from it beyond the response's header."""
    try:
        raw: Any = response.raw
        buffered = raw._fp.fp
        channel: socket.socket = buffered.raw._sock
    except AttributeError as error:
        response.close()
        raise EngineError(
            f"this connection to the engine cannot carry a command: {what}",
            "use a unix:// or tcp:// address of the engine",
        ) from error
    channel.settimeout(0)
    begun: bytes = buffered.read1(len(_attempt(buffered.peek) or b""))
    return channel, begun


def _exchange(
    channel: socket.socket, begun: bytes, stdin: memoryview, deadline: _Deadline
) -> Iterator[bytes]:
    poll = select.poll()
    poll.register(channel, select.POLLIN | select.POLLOUT)
    yield begun
    ended = False
    while True:
        if not stdin and not ended:
            _half_close(channel)
            poll.modify(channel, select.POLLIN)
            ended = True
        ready = [] if _pending(channel) else poll.poll(deadline.milliseconds())
        if any(event & select.POLLOUT for _, event in ready):
            stdin = stdin[_attempt(partial(_send, channel, stdin)) or 0 :]
        chunk = _attempt(partial(_receive, channel))
        if chunk == b"":
            return
        if chunk:
            yield chunk


def _pending(channel: socket.socket) -> bool:
    return isinstance(channel, ssl.SSLSocket) and channel.pending() > 0


def _send(channel: socket.socket, data: memoryview) -> int:
    try:
        return channel.send(data[:_CHUNK])
    except (BrokenPipeError, ConnectionResetError):
        return len(data)


def _receive(channel: socket.socket) -> bytes:
    """What came, or nothing at the end. A command that ends with input unread resets the
    connection, after all of its output; whether the engine itself is lost, the next call tells."""
    try:
        return channel.recv(_CHUNK)
    except (ssl.SSLZeroReturnError, ConnectionResetError):
        return b""


def _attempt(action: Callable[[], T]) -> T | None:
    try:
        return action()
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


def _half_close(channel: socket.socket) -> None:
    with suppress(OSError):
        if isinstance(channel, ssl.SSLSocket):
            # Says that no more comes, then finds that the other side does not say so yet.
            channel.unwrap()
        else:
            channel.shutdown(socket.SHUT_WR)
