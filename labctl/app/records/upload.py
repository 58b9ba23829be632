"""What an upload says."""

from dataclasses import dataclass
from typing import ClassVar


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
