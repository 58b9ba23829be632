"""The HTTP pool under one client: no retries, every answer noted, and a way to cut it short."""

import contextlib
import socket
import time
from typing import Any
from xml.etree import ElementTree

from minio.error import S3Error
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from labctl.app.outcome import Answer, TerminatedError, Trace, describe

_PIECE = 2**20
_ABORT_LIMIT = 5.0
_COMMITTING = ("PUT", "DELETE")


class _Connection(HTTPConnection):
    """Sends in pieces, because a socket's time limit counts for a whole `sendall`."""

    def send(self, data: Any) -> None:
        if not isinstance(data, bytes) or len(data) <= _PIECE:
            super().send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _PIECE):
            super().send(view[start : start + _PIECE])


class _Pool(HTTPConnectionPool):
    """Knows its newest connection, which is the only one in use."""

    ConnectionCls = _Connection
    newest: Any = None

    def _new_conn(self) -> Any:
        self.newest = super()._new_conn()
        return self.newest


class Wire(PoolManager):
    """The requests of one client, one at a time. `trace` tells how far the newest attempt came.

    An abort that fails is kept in `abort_error` and not raised, because minio-py would raise it in
    place of the error that led to the abort. CompleteMultipartUpload may answer 200 with an error
    in its body, which minio-py takes for a success; here it is an S3Error like any other.
    `silence` is the longest time, in seconds, that a request went without an answer.
    """

    def __init__(self, timeout: float) -> None:
        limits = Timeout(connect=timeout, read=timeout)
        super().__init__(num_pools=2, retries=False, timeout=limits, maxsize=1)
        self.pool_classes_by_scheme = {**self.pool_classes_by_scheme, "http": _Pool}
        self._abort_limit = min(timeout, _ABORT_LIMIT)
        self._aborting = False
        self._ended = False
        self._pools: list[_Pool] = []
        self.begin()

    def begin(self) -> None:
        """Forget the last attempt."""
        self.trace = Trace()
        self.abort_error: str | None = None
        self.silence = 0.0

    def cut(self) -> None:
        """From another thread: end the request under way, unless it is an abort, and allow none
        but aborts. To be called again until the client's thread has come to its end."""
        self._ended = True
        if self._aborting:
            return
        for pool in self._pools:
            connected = pool.newest.sock if pool.newest else None
            if connected is not None:
                with contextlib.suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, **kw: Any
    ) -> BaseHTTPResponse:
        """One request, as minio-py makes it."""
        if method == "DELETE" and "uploadId=" in url:
            return self._abort(url, **kw)
        if self._ended:
            raise TerminatedError("told to end")
        whole = method == "POST" and "uploadId=" in url
        self._note(committed=whole or (method in _COMMITTING and "uploadId=" not in url))
        try:
            response = self._ask(method, url, redirect=False, **kw)
        except HTTPError as error:
            if self._ended:
                raise TerminatedError("told to end, and cut off while sending") from error
            raise
        self._note_answer(response)
        if whole and response.status == 200 and _holds_error(response.data):
            raise S3Error.fromxml(response)
        return response

    def _ask(self, method: str, url: str, **kw: Any) -> BaseHTTPResponse:
        began = time.monotonic()
        try:
            return super().urlopen(method, url, **kw)
        finally:
            self.silence = max(self.silence, time.monotonic() - began)

    def _new_pool(self, *args: Any, **kw: Any) -> HTTPConnectionPool:
        pool = super()._new_pool(*args, **kw)
        if isinstance(pool, _Pool):
            self._pools.append(pool)
        return pool

    def _note(self, *, committed: bool) -> None:
        self.trace = Trace(self.trace.requests + 1, committed)

    def _note_answer(self, response: BaseHTTPResponse) -> None:
        answer = Answer(response.status, response.headers.get("x-amz-request-id"))
        self.trace = Trace(self.trace.requests, self.trace.committed, answer)

    def _abort(self, url: str, **kw: Any) -> BaseHTTPResponse:
        self._aborting = True
        try:
            response = self._ask("DELETE", url, timeout=self._abort_limit, **kw)
            if response.status not in (200, 204, 404):
                self.abort_error = f"HTTP status {response.status}"
        except HTTPError as error:
            self.abort_error = describe(error)
        finally:
            self._aborting = False
        return HTTPResponse(status=204)


def _holds_error(body: bytes) -> bool:
    try:
        return ElementTree.fromstring(body).tag.rpartition("}")[2] == "Error"  # noqa: S314
    except ElementTree.ParseError:
        return False
