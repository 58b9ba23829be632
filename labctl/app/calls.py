"""Every call of S3 that a probe tries, each of them one request."""

import io
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import ParseError

from minio.commonconfig import CopySource, Tags
from minio.datatypes import Part
from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from labctl.app.outcome import Outcome, accept, judge
from labctl.app.program import Access
from labctl.app.wire import Wire

_PIECE = 2**20
_LEAST_PART = 5 * 2**20
_RANGE = 16
_VERSIONLESS = (None, "", "null")


class PlainWire(Wire):
    """Nothing is forgiven: an abort is a call like any other, and a 200 to a put (as a copy is)
    with an error in its body is that error."""

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, **kw: Any
    ) -> BaseHTTPResponse:
        """One request, as minio-py makes it."""
        response = super().urlopen(method, url, **kw)
        if method == "PUT" and response.status == 200 and response.data:
            _raise_error(response)
        return response

    def _abort(self, url: str, **kw: Any) -> BaseHTTPResponse:
        self._note(committed=True)
        response = self._ask("DELETE", url, redirect=False, **kw)
        self._note_answer(response)
        return response


def _raise_error(response: BaseHTTPResponse) -> None:
    try:
        error = S3Error.fromxml(response)
    except ParseError:
        return
    if error.code:
        raise error


class Calls:
    """The calls on one bucket, for one thread. A method raises whatever its call ends with."""

    def __init__(self, access: Access, bucket: str, timeout: float) -> None:
        self._client, self.wire = access.connect(timeout, PlainWire)
        self._bucket = bucket

    def judge(self, call: Callable[[], str]) -> tuple[Outcome, str]:
        """Make one call: what came of it, and what it gave (nothing where it failed)."""
        self.wire.begin()
        try:
            given = call()
        except Exception as error:
            return judge(error, self.wire.trace), ""
        return accept(self.wire.trace), given

    def get(self, key: str) -> str:
        """Read the whole object."""
        return self._read(self._client.get_object(self._bucket, key))

    def get_range(self, key: str) -> str:
        """Read the object's first bytes."""
        return self._read(self._client.get_object(self._bucket, key, length=_RANGE))

    def head(self, key: str) -> str:
        """Ask for the object's size."""
        self._client.stat_object(self._bucket, key)
        return ""

    def list(self) -> str:
        """List the first page of the bucket."""
        next(iter(self._client.list_objects(self._bucket)), None)
        return ""

    def put(self, key: str, data: bytes) -> str:
        """Store an object in one request; the version's id, where it has one."""
        size = len(data)
        part_size = max(size, _LEAST_PART)
        stored = self._client.put_object(
            self._bucket, key, io.BytesIO(data), size, part_size=part_size
        )
        return stored.version_id or ""

    def copy(self, source: str, target: str) -> str:
        """Copy an object on the server's side."""
        headers: Any = CopySource(self._bucket, source).gen_copy_headers()
        self._client._execute("PUT", self._bucket, target, headers=headers)
        return ""

    def tag(self, key: str) -> str:
        """Give the object a tag."""
        tags = Tags.new_object_tags()
        tags["labctl"] = "probe"
        self._client.set_object_tags(self._bucket, key, tags)
        return ""

    def delete(self, key: str, version: str | None = None) -> str:
        """Delete an object, or one version of it."""
        version_id = None if version in _VERSIONLESS else version
        self._client.remove_object(self._bucket, key, version_id)
        return ""

    def start_upload(self, key: str) -> str:
        """Start a multipart upload; its id."""
        return self._client._create_multipart_upload(self._bucket, key, {})

    def put_part(self, key: str, upload: str, data: bytes) -> str:
        """Send the only part; its ETag."""
        return self._client._upload_part(self._bucket, key, data, None, upload, 1)

    def complete_upload(self, key: str, upload: str, etag: str) -> str:
        """Complete an upload of one part."""
        self._client._complete_multipart_upload(self._bucket, key, upload, [Part(1, etag)])
        return ""

    def abort_upload(self, key: str, upload: str) -> str:
        """Abort an upload."""
        self._client._abort_multipart_upload(self._bucket, key, upload)
        return ""

    def make_bucket(self, name: str) -> str:
        """Make another bucket."""
        self._client.make_bucket(name)
        return ""

    def remove_bucket(self, name: str) -> str:
        """Remove it again."""
        self._client.remove_bucket(name)
        return ""

    def list_versions(self, prefix: str) -> tuple[tuple[str, str | None], ...]:
        """Keys and version ids of all that is stored under `prefix`."""
        found = self._client.list_objects(self._bucket, prefix=prefix, include_version=True)
        return tuple((item.object_name or "", item.version_id) for item in found)

    def _read(self, response: BaseHTTPResponse) -> str:
        try:
            for _ in response.stream(_PIECE):
                pass
        finally:
            response.close()
            response.release_conn()
        return ""
