"""LIST: every page of it, each tried again where the server is in trouble."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from threading import Event
from typing import TypeVar
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.error import InvalidResponseError, S3Error, ServerError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_exponential,
)
from tenacity.nap import sleep_using_event
from urllib3.exceptions import HTTPError

from labctl.app.outcome import describe

_PAGE = 1000
_TRIES = 5
_WAIT = 0.2
_MAX_WAIT = 2.0
_TROUBLE = (InvalidResponseError, ServerError, HTTPError, ParseError)
"""No answer, or none that is S3's."""
T = TypeVar("T")


class ListError(Exception):
    """The server did not list the bucket."""


class Listing:
    """The keys of one bucket; a bucket that is not there has none.

    Raises ListError where a page is not to be had, TerminatedError where the program is to end.
    """

    def __init__(self, client: Minio, bucket: str, stop: Event) -> None:
        self._client = client
        self._bucket = bucket
        self._stop = stop

    def list_keys(self) -> Iterator[str]:
        """The keys of objects, in the order of their names."""
        after: str | None = None
        while page := self._retry(partial(self._page, after)):
            yield from page
            after = page[-1]

    def list_marked_keys(self) -> list[str]:
        """The keys that have any version, be it a delete marker, in the order of their names."""
        return self._retry(lambda: sorted({key for key, _ in self._versions("")}))

    def list_versions(self, key: str) -> list[str]:
        """Ids of all versions of one key, delete markers among them."""
        return self._retry(lambda: [found for name, found in self._versions(key) if name == key])

    def _page(self, after: str | None) -> list[str]:
        found = self._client.list_objects(self._bucket, recursive=True, start_after=after)
        return [entry.object_name or "" for entry in islice(found, _PAGE)]

    def _versions(self, prefix: str) -> Iterator[tuple[str, str]]:
        found = self._client.list_objects(
            self._bucket, prefix, recursive=True, include_version=True
        )
        for entry in found:
            yield entry.object_name or "", entry.version_id or "null"

    def _retry(self, ask: Callable[[], list[T]]) -> list[T]:
        patience = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_any(stop_after_attempt(_TRIES), stop_when_event_set(self._stop)),
            wait=wait_exponential(multiplier=_WAIT, max=_MAX_WAIT),
            sleep=sleep_using_event(self._stop),
            reraise=True,
        )
        try:
            return patience(ask)
        except S3Error as error:
            if error.code == "NoSuchBucket":
                return []
            raise ListError(f"{error.response.status} {error.code}: {error.message}") from error
        except _TROUBLE as error:
            raise ListError(describe(error)) from error


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, S3Error):
        return error.response.status >= 500
    return isinstance(error, _TROUBLE)
