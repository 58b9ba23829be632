"""Single calls: those of the lab's programs, and those that the server recorded."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Audit:
    """What MinIO recorded of one call of its API, without anything secret.

    `time` is when it came to the observer, `ended` when the server was done, as it says itself;
    `rx` and `tx` are the bytes of bodies received and sent, `seconds` what it took. `upload_id`
    and `part` belong to multipart uploads.
    """

    type: ClassVar[str] = "audit"
    time: float
    ended: float
    seconds: float
    api: str
    bucket: str
    object: str
    status: int
    rx: int
    tx: int
    request_id: str
    client: str
    upload_id: str | None = None
    part: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One object read back whole.

    `outcome` is `present`, `absent` (404) or `unavailable` (5xx, time-out, cut connection).
    `writers` lists `[upload, stamp, blocks]`: which upload's (its number) which stamp the 64 KiB
    blocks prove; an object too short to prove one names all that would give the same bytes.
    `foreign` counts blocks that no upload sent, `first_foreign` is the offset of the first.
    An object of a folder's file names no writers: `as_file` says whether it equals the file.
    `listed`: whether LIST named it; `expected`: whether any upload sends such a key.
    """

    type: ClassVar[str] = "read-back"
    time: float
    object: str
    group: str
    started: float
    ended: float
    outcome: str
    bytes: int
    listed: bool
    expected: bool
    writers: list[list[int]]
    foreign: int = 0
    first_foreign: int | None = None
    as_file: bool | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """One DELETE; `outcome` as an Attempt's. `versions` is how many versions were named, 0 for a
    plain one."""

    type: ClassVar[str] = "deletion"
    time: float
    object: str
    group: str
    started: float
    ended: float
    outcome: str
    versions: int = 0
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """One call that a probe tried; `works` where the answer was a success.

    `verb` is one of the task's PROBE_VERBS, `object` the key that it was about, if any.
    """

    type: ClassVar[str] = "probed"
    time: float
    verb: str
    started: float
    ended: float
    works: bool
    bytes: int = 0
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None
    object: str | None = None


@dataclass(frozen=True, slots=True)
class HealthSeen:
    """What a health endpoint (`live`, `ready`, `cluster`, `cluster/read`) answered; None: nothing.

    `server_status` is MinIO's header `x-minio-server-status`, where it has one.
    """

    type: ClassVar[str] = "health"
    time: float
    endpoint: str
    status: int | None
    seconds: float
    server_status: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One put of a wait, to find out whether the bucket takes it (`writable`) or its quota is
    enforced (`quota_armed`). `removed`: one that got in was deleted again."""

    type: ClassVar[str] = "trial"
    time: float
    number: int
    object: str
    bytes: int
    started: float
    ended: float
    outcome: str
    removed: bool
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None
