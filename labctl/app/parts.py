"""Multipart uploads that are left unfinished, and those that are found so."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import RawIOBase

from minio import Minio
from minio.datatypes import Part

from labctl.app.attribute import Origin, Suspect
from labctl.app.outcome import FAIL, INFO, Outcome
from labctl.app.send import Sender
from labctl.app.sources import Source


class Leaver(Sender):
    """Sends an object in parts, and neither completes nor aborts its upload, whatever comes.

    What was begun with a part is in doubt, because a later Complete may commit it; before that
    nothing can.
    """

    def _try(self, source: Source, stamp: int) -> Outcome:
        outcome = super()._try(source, stamp)
        return replace(outcome, outcome=INFO if self._wire.trace.requests > 1 else FAIL)

    def _put(self, source: Source, content: RawIOBase) -> None:
        client, bucket, key = self._client, self._bucket, source.key
        reading = self._reading(content)
        upload = client._create_multipart_upload(bucket, key, {})
        for number in range(1, max(1, math.ceil(source.size / self._part_size)) + 1):
            left = source.size - (number - 1) * self._part_size
            data = reading.read(min(left, self._part_size))
            client._upload_part(bucket, key, data, None, upload, number)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The unfinished uploads of one bucket. Methods raise what minio-py and its wire raise."""

    client: Minio
    bucket: str

    def list(self, key: str) -> tuple[str, ...]:
        """The ids of a key's uploads, up to a thousand: MinIO lists them by the whole key only."""
        found = self.client._list_multipart_uploads(self.bucket, prefix=key).uploads
        return tuple(one.upload_id or "" for one in found if one.object_name == key)

    def list_parts(self, key: str, upload: str) -> tuple[Part, ...]:
        """All parts that an upload holds, in the order of their numbers."""
        found: list[Part] = []
        more = True
        while more:
            after = str(found[-1].part_number) if found else None
            page = self.client._list_parts(self.bucket, key, upload, part_number_marker=after)
            found += page.parts
            more = page.is_truncated and bool(page.parts)
        return tuple(found)

    def complete(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Complete an upload with these parts."""
        self.client._complete_multipart_upload(self.bucket, key, upload, list(parts))

    def abort(self, key: str, upload: str) -> None:
        """Abort an upload."""
        self.client._abort_multipart_upload(self.bucket, key, upload)


def find_origin(suspects: Sequence[Suspect], key: str, parts: Sequence[Part]) -> Origin | None:
    """The upload and the stamp that give the bytes of all `parts`, as their ETags (MD5) prove."""
    for suspect in suspects:
        for stamp in range(1, suspect.stamps + 1):
            if _gives(suspect, key, stamp, parts):
                return suspect.upload, stamp
    return None


def _gives(suspect: Suspect, key: str, stamp: int, parts: Sequence[Part]) -> bool:
    offset = 0
    for part in parts:
        data = suspect.generator.block(key, stamp, offset, part.size or 0)
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != part.etag:
            return False
        offset += len(data)
    return True
