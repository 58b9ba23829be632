"""Waits for the server, and for the bucket to be there."""

import http.client
import time
from collections.abc import Callable
from threading import Event
from urllib.parse import SplitResult

from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from labctl.app.outcome import TerminatedError, describe

HEALTH = "/minio/health/cluster"
_POLL = 0.02
_ANSWER_LIMIT = 2.0
_OWNED = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


class UnreadyError(Exception):
    """The server, or the bucket on it, was not to be had in time."""


class RefusedError(Exception):
    """The server will not make the bucket."""


def wait_healthy(endpoint: SplitResult, deadline: float, stop: Event) -> None:
    """Return once the server can serve. `deadline` is on the monotonic clock.

    Raises UnreadyError past it and TerminatedError when `stop` is set.
    """
    _wait(lambda: _ask_health(endpoint), deadline, stop)


def ensure_bucket(client: Minio, bucket: str, deadline: float, stop: Event) -> None:
    """Make the bucket unless it is there; trouble of the server's is waited out.

    Raises UnreadyError past `deadline`, RefusedError on a 4xx, TerminatedError when `stop` is set.
    """
    _wait(lambda: _make(client, bucket), deadline, stop)


def _wait(step: Callable[[], str | None], deadline: float, stop: Event) -> None:
    """Repeat `step` until it has no complaint any more."""
    while complaint := step():
        if time.monotonic() >= deadline:
            raise UnreadyError(complaint)
        if stop.wait(_POLL):
            raise TerminatedError("told to end")


def _ask_health(endpoint: SplitResult) -> str | None:
    kind = http.client.HTTPSConnection if endpoint.scheme == "https" else http.client.HTTPConnection
    connection = kind(endpoint.hostname or "", endpoint.port, timeout=_ANSWER_LIMIT)
    try:
        connection.request("GET", HEALTH)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return describe(error)
    finally:
        connection.close()
    return None if status == http.client.OK else f"{HEALTH} answers {status}"


def _make(client: Minio, bucket: str) -> str | None:
    try:
        client.make_bucket(bucket)
    except S3Error as error:
        if error.code in _OWNED:
            return None
        if error.response.status < http.client.INTERNAL_SERVER_ERROR:
            raise RefusedError(f"{error.response.status} {error.code}: {error.message}") from error
        return f"{error.response.status} {error.code}: {error.message}"
    except (MinioException, HTTPError) as error:
        return describe(error)
    return None
