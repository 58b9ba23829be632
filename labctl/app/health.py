"""What MinIO's health endpoints say while something else goes on."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import SplitResult

from labctl.app.records import HealthSeen

ENDPOINTS = ("live", "ready", "cluster", "cluster/read")
_PERIOD = 0.2
_ANSWER_LIMIT = 2.0


class HealthWatch:
    """Asks every endpoint at the beginning, again and again in a thread, and at the end."""

    def __init__(self, server: SplitResult, write: Callable[[HealthSeen], None]) -> None:
        self._server = server
        self._write = write
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="health", daemon=True)

    def __enter__(self) -> None:
        self._ask_all()
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is None:
            self._ask_all()

    def _repeat(self) -> None:
        endpoints = itertools.cycle(ENDPOINTS)
        while not self._over.wait(_PERIOD / len(ENDPOINTS)):
            self._write(ask_health(self._server, next(endpoints)))

    def _ask_all(self) -> None:
        for endpoint in ENDPOINTS:
            self._write(ask_health(self._server, endpoint))


def ask_health(server: SplitResult, endpoint: str) -> HealthSeen:
    """What `/minio/health/ENDPOINT` answers now."""
    secure = server.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(server.hostname or "", server.port, timeout=_ANSWER_LIMIT)
    began, started = time.time(), time.monotonic()
    status = server_status = None
    try:
        connection.request("GET", f"/minio/health/{endpoint}")
        answer = connection.getresponse()
        status, server_status = answer.status, answer.getheader("x-minio-server-status")
    except (OSError, http.client.HTTPException):
        status = None
    finally:
        connection.close()
    return HealthSeen(began, endpoint, status, time.monotonic() - started, server_status)
