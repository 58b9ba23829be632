"""MinIO's audit records, and what is kept of them: named fields, nothing else.

A record of MinIO's holds the Authorization header, the query with its signature, and claims; none
of that is kept.
"""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from labctl.app.records import Audit, Gap


def read_audits(body: bytes | bytearray) -> Iterator[Audit | Gap]:
    """What the body of one request of MinIO's tells: one record, one on each line, or an array.

    What makes no sense is a Gap.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        yield from _read_lines(body)
        return
    for fields in found if isinstance(found, list) else (found,):
        yield _read_audit(fields)


def _read_lines(body: bytes | bytearray) -> Iterator[Audit | Gap]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    for line in lines or [b""]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            yield make_gap("a record of the server's makes no sense: it is no JSON")
        else:
            yield _read_audit(found)


def make_gap(what: str) -> Gap:
    """A gap in the server's record, now."""
    return Gap(time.time(), f"audit: {what}")


def _read_audit(found: Any) -> Audit | Gap:
    try:
        return _as_audit(found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        return make_gap(f"a record of the server's makes no sense: {what}")


def _as_audit(found: Any) -> Audit:
    """MinIO notes `time` when it is done with a call; what it does by itself has no status."""
    api, query = found["api"], found.get("requestQuery") or {}
    part = query.get("partNumber")
    return Audit(
        time=time.time(),
        ended=datetime.fromisoformat(found["time"]).timestamp(),
        seconds=int(api.get("timeToResponse", "0ns").removesuffix("ns")) / 1e9,
        api=_text(api.get("name", "")),
        bucket=_text(api.get("bucket", "")),
        object=_text(api.get("object", "")),
        status=_number(api.get("statusCode", 0)),
        rx=_number(api.get("rx", 0)),
        tx=_number(api.get("tx", 0)),
        request_id=_text(found.get("requestID", "")),
        client=_text(found.get("userAgent", "")),
        upload_id=_text(query.get("uploadId", "")) or None,
        part=int(part) if isinstance(part, str) and part.isdecimal() else None,
        error=_text(found.get("error", "")) or None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} in place of a text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} in place of a number")
    return value
