"""What the uploader is told: one JSON document as its only argument. It holds no secret.

Endpoint and keys come from the environment, under the names that S3 clients share:
AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """A group of files: `count` generated ones of `size` bytes, or those of a folder."""

    name: str
    count: int = 0
    size: int = 0
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class UploadTask:
    """One upload. Sizes in bytes, durations in seconds.

    `make_bucket`: whether the uploader makes the bucket where it is missing.
    `ready_timeout`: how long it waits for `/minio/health/cluster` before it begins.
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

    def to_json(self) -> str:
        """The task as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "UploadTask":
        """The task that `to_json` wrote. Raises ValueError, KeyError or TypeError otherwise."""
        fields: dict[str, Any] = json.loads(text)
        fields["groups"] = tuple(Group(**group) for group in fields["groups"])
        return cls(**fields)
