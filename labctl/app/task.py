"""What a program of the lab is told: one JSON document as its arguments. It holds no secret.

A document too long for one argument is cut into several, which are put together again.

Endpoint and keys come from the environment, under the names that S3 clients share:
AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

PROBE_VERBS = (
    "get", "get-range", "head", "list", "overwrite", "put-small", "put-large", "multipart-start",
    "multipart-part", "multipart-complete", "multipart-abort", "copy", "delete", "make-bucket",
    "tag",
)  # fmt: skip
"""The calls that a probe tries."""
_LONGEST_ARGUMENT = 100_000
"""A kernel takes up to 128 KiB in one argument."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of files: `count` generated ones of `size` bytes, or those of a folder.

    `only` picks those from the first to the last number of each pair, counted from 1 in the
    group's order; None: all.
    """

    name: str
    count: int = 0
    size: int = 0
    folder: str | None = None
    only: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """An upload that may have written what is read back: its number, its seed, and the largest
    stamp that it may have given an object."""

    upload: int
    seed: int
    stamps: int


class Task:
    """What all tasks share: the way there and back as arguments."""

    __slots__ = ()

    def to_arguments(self) -> tuple[str, ...]:
        """The task as one line of JSON, in as few arguments as it takes."""
        fields: Any = asdict(self)  # type: ignore[call-overload]
        text = json.dumps(fields, separators=(",", ":"), ensure_ascii=True)
        starts = range(0, len(text), _LONGEST_ARGUMENT)
        return tuple(text[start : start + _LONGEST_ARGUMENT] for start in starts)

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...] | list[str]) -> Self:
        """The task of `to_arguments`. Raises ValueError, KeyError or TypeError otherwise."""
        if not arguments:
            raise ValueError("give the task as JSON")
        fields: dict[str, Any] = json.loads("".join(arguments))
        if "groups" in fields:
            fields["groups"] = tuple(_group(group) for group in fields["groups"])
        if "writers" in fields:
            fields["writers"] = tuple(Writer(**writer) for writer in fields["writers"])
        return cls(**fields)


def _group(fields: dict[str, Any]) -> Group:
    only = fields.get("only")
    picked = None if only is None else tuple((int(first), int(last)) for first, last in only)
    return Group(**fields | {"only": picked})


@dataclass(frozen=True, slots=True)
class UploadTask(Task):
    """One upload. Sizes in bytes, durations in seconds.

    `make_bucket`: whether the uploader makes the bucket where it is missing.
    `ready_timeout`: how long it waits for `/minio/health/cluster` before it begins.
    `overwrite`: how often each object is sent, round after round. `resend` only tells why this
    upload has the objects that it has (`refused`, `unacknowledged`). `step` is its number.
    `parts` says what becomes of multipart uploads, where it is not the usual: `leave` sends the
    parts and leaves the upload unfinished, `complete` completes and `abort` aborts those that
    earlier steps left. `writers` are the uploads that may have left them, for `complete`.
    """

    bucket: str
    groups: tuple[Group, ...]
    part_size: int
    parallel: int
    pace: float
    on_error: str
    attempts: int
    wait: float
    max_wait: float
    give_up: float
    timeout: float
    seed: int
    make_bucket: bool
    ready_timeout: float
    step: int = 1
    overwrite: int = 1
    resend: str | None = None
    parts: str | None = None
    writers: tuple[Writer, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyTask(Task):
    """Read objects back: those of `groups`, and with `listed` those that LIST alone names.

    `drives` maps names of drives to the paths where they are mounted for reading.
    """

    bucket: str
    groups: tuple[Group, ...]
    writers: tuple[Writer, ...]
    drives: dict[str, str]
    listed: bool
    timeout: float
    ready_timeout: float


@dataclass(frozen=True, slots=True)
class DeleteTask(Task):
    """Delete objects: those of `groups`, or of all that LIST names the first `count` (None: all)
    where there are no groups. `versions`: every version by its id, in place of a plain DELETE."""

    bucket: str
    groups: tuple[Group, ...]
    count: int | None
    versions: bool
    timeout: float
    ready_timeout: float


@dataclass(frozen=True, slots=True)
class ProbeTask(Task):
    """Try every call once. `existing` is an object that is stored, if any is known: reads, the
    overwrite, the copy, tags. `small` and `large` are bytes of puts, `part_size` of parts."""

    bucket: str
    existing: str | None
    small: int
    large: int
    part_size: int
    timeout: float
    ready_timeout: float


@dataclass(frozen=True, slots=True)
class WaitTask(Task):
    """Put objects of `size` bytes until one is accepted (`until` is `writable`) or refused for the
    bucket's quota (`quota-armed`), for at most `within` seconds, `every` so many seconds."""

    bucket: str
    until: str
    size: int
    every: float
    within: float
    timeout: float
    ready_timeout: float


@dataclass(frozen=True, slots=True)
class HandTask(Task):
    """Work on drives by hand, outside of MinIO. `what` is `ballast` or `grow`; `drives` maps their
    names to the paths where they are mounted; `size` in bytes is the ballast's or the drive's, or
    for a ballast `share` (0 to 1) is how much of the drive is to be used in the end. With `keep` it
    grows for so many seconds by whatever is freed."""

    what: str
    drives: dict[str, str]
    size: int | None = None
    share: float | None = None
    keep: float | None = None
