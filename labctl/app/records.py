"""What the lab's containers say, one JSON line each on standard output.

Times are epoch seconds in Python and UTC with microseconds in JSON; sizes are bytes.
"""

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

TIMES = frozenset({"time", "started", "ended"})


def show_time(seconds: float) -> str:
    """`seconds` since the epoch as `2026-01-31T12:00:00.000000Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: object) -> float:
    """Epoch seconds of a time that `show_time` wrote. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("not a time")
    return datetime.fromisoformat(text).timestamp()


@dataclass(frozen=True, slots=True)
class UploadStarted:
    """The uploader has reached the server and begins. Durations in seconds."""

    type: ClassVar[str] = "upload-started"
    time: float
    client: str
    bucket: str
    objects: int
    bytes: int
    part_size: int
    parallel: int
    pace: float
    on_error: str
    attempts: int
    timeout: float
    seed: int
    step: int = 1
    overwrite: int = 1
    resend: str | None = None
    parts: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at sending one object.

    `operation` numbers the objects of this upload from 1, `attempt` the tries at one of them.
    `outcome` is `ok` (acknowledged), `fail` (certainly without effect) or `info` (in doubt).
    `parts` is 1 for a single put. `status`, `code`, `message` and `request_id` are the server's
    answer where one came; `error` is the client's own exception where none did. `number` is the
    object's own within its group, from 1. `stamp` is the number in the bytes that were sent, unique
    for this object within the upload, and `of` the upload that sent them where that was another.
    `silence` is the longest time, in seconds, that one of its requests went without an answer.
    """

    type: ClassVar[str] = "attempt"
    time: float
    operation: int
    attempt: int
    object: str
    group: str
    bytes: int
    parts: int
    started: float
    ended: float
    outcome: str
    last: bool
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None
    number: int = 0
    stamp: int = 1
    of: int | None = None
    silence: float = 0.0


def is_left(attempt: Attempt) -> bool:
    """Whether an attempt of an upload with `parts: leave` got all its parts accepted: not refused,
    and not committed, which a later Complete may do."""
    accepted = attempt.status is not None and 200 <= attempt.status < 300
    return attempt.outcome == "info" and accepted and not (attempt.error or attempt.code)


NOTHING_LISTED = "nothing unfinished is listed"
NO_PARTS = "the unfinished upload has no parts"


def is_unsent(attempt: Attempt) -> bool:
    """Whether an upload with `parts: complete` found nothing that it could have completed, and sent
    nothing: that is no refusal."""
    return attempt.outcome == "fail" and attempt.error in (NOTHING_LISTED, NO_PARTS)


@dataclass(frozen=True, slots=True)
class Aborted:
    """An abort of a multipart upload that an earlier step left unfinished; `outcome` as an
    Attempt's."""

    type: ClassVar[str] = "aborted"
    time: float
    object: str
    group: str
    started: float
    ended: float
    outcome: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """The uploader's own sum. `reason` is `done`, `stopped` (on_error: stop), `terminated`
    (SIGTERM) or `unreachable` (the server never answered).

    Where unfinished uploads are at stake: an object that `parts: leave` sent whole is neither
    acknowledged nor refused; with `complete` and `abort` `objects` counts the uploads that were
    found (and keys where none was to be completed), `acknowledged` those that were completed,
    `refused` those of which the newest answer was no success. Aborts are no `attempts`.
    """

    type: ClassVar[str] = "upload-ended"
    time: float
    reason: str
    objects: int
    acknowledged: int
    refused: int
    attempts: int
    bytes_acknowledged: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class DriveSample:
    """`statvfs` of one drive."""

    type: ClassVar[str] = "drive"
    time: float
    drive: str
    size: int
    free: int
    inodes: int
    inodes_free: int


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
class Gap:
    """The record may lack something."""

    type: ClassVar[str] = "gap"
    time: float
    what: str


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A program other than the uploader begins: `verifier`, `prober`, `deleter`, `waiter`."""

    type: ClassVar[str] = "task-started"
    time: float
    program: str
    client: str
    bucket: str


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """That program's own sum: how many objects or calls it tried, and how many went well.

    `reason` is `done`, `late` (the time limit of a wait), `terminated` or `unreachable`.
    """

    type: ClassVar[str] = "task-ended"
    time: float
    program: str
    reason: str
    tried: int
    done: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class Shards:
    """One object on the drives, looked at before anything was read through S3.

    `drives` is how many drives there are, `complete` how many hold all that the object needs
    there. An object of several versions counts as complete only with all of them.
    """

    type: ClassVar[str] = "shards"
    time: float
    object: str
    drives: int
    complete: int


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
class DriveContents:
    """What lies on one drive, in bytes of its file system.

    `objects` is all under buckets, `unfinished` the parts of the `uploads` that were begun and
    neither completed nor aborted, `trash` what was deleted and waits, `temporary` other of MinIO's
    unfinished work, `system` the rest of MinIO's own, `foreign` what is not MinIO's (ballast).
    """

    type: ClassVar[str] = "drive-contents"
    time: float
    drive: str
    size: int
    free: int
    objects: int
    unfinished: int
    uploads: int
    trash: int
    temporary: int
    system: int
    foreign: int


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

    `verb` is one of PROBE_VERBS, `object` the key that it was about, if any.
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


@dataclass(frozen=True, slots=True)
class DriveChanged:
    """A hand on a drive did its work: `what` is `ballast` or `grow`.

    `before` and `after` are the ballast's bytes, or the drive's size; `free` is what was free then.
    """

    type: ClassVar[str] = "drive-changed"
    time: float
    drive: str
    what: str
    before: int
    after: int
    size: int
    free: int


PROBE_VERBS = (
    "get", "get-range", "head", "list", "overwrite", "put-small", "put-large", "multipart-start",
    "multipart-part", "multipart-complete", "multipart-abort", "copy", "delete", "make-bucket",
    "tag",
)  # fmt: skip

AppRecord = (
    UploadStarted | Attempt | Aborted | UploadEnded | DriveSample | Audit | Gap | TaskStarted
    | TaskEnded | Shards | ReadBack | DriveContents | Deletion | Probed | HealthSeen | Trial
    | DriveChanged
)  # fmt: skip


def encode(record: Any) -> str:
    """A record as one JSON line, without the line's end."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    for name in TIMES & fields.keys():
        fields[name] = show_time(fields[name])
    return json.dumps({"type": record.type} | fields, separators=(",", ":"))


def decode_fields(line: str) -> dict[str, Any]:
    """The fields of a JSON line, times as epoch seconds. Raises ValueError where it is none."""
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    for name in TIMES & fields.keys():
        fields[name] = read_time(fields[name])
    return fields
