"""The lab file as frozen models. Unknown keys are refused; sizes are bytes, durations seconds."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from labctl.units import parse_duration, parse_size

DEFAULT_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
"""The last image that MinIO published."""
MIN_DRIVE = 16 * 2**20
MIN_PART = 5 * 2**20
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_NAME = re.compile(NAME_PATTERN)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}")
_DRIVE = re.compile(r"minio(\d*)/data(\d+)")
_IPV4 = re.compile(r"\d+\.\d+\.\d+\.\d+")


def _positive(size: int) -> int:
    if size <= 0:
        raise ValueError("must be more than 0 bytes; write for example 200m or 30MiB")
    return size


def _never_negative(value: float) -> float:
    if value < 0:
        raise ValueError("must not be negative; write for example 10s or 100ms")
    return value


_SIZE_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*([kKmMgGtT]([iI]?[bB]|[iI])?|[bB])?\s*$"},
        ],
        "description": "bytes, or 200m = 200Mi = 200MiB (2^20) or 200MB (10^6)",
    }
)
_DURATION_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)?\s*$"},
        ],
        "description": "seconds, or 100ms, 10s, 3m, 1h",
    }
)
Size = Annotated[int, AfterValidator(_positive), BeforeValidator(parse_size), _SIZE_SCHEMA]
Duration = Annotated[
    float, AfterValidator(_never_negative), BeforeValidator(parse_duration), _DURATION_SCHEMA
]


class Model(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class CountBounds(Model):
    """Bounds of a count, both inclusive; a bare number means exactly that many."""

    min: int = 0
    max: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, value: Any) -> Any:
        exact = isinstance(value, int) and not isinstance(value, bool)
        return {"min": value, "max": value} if exact else value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max {self.max} is less than min {self.min}; swap them")
        return self


class SizeBounds(Model):
    """Bounds of a number of bytes, both inclusive; a bare size means exactly that."""

    min: Annotated[int, BeforeValidator(parse_size), _SIZE_SCHEMA] = 0
    max: Annotated[int, BeforeValidator(parse_size), _SIZE_SCHEMA] | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, value: Any) -> Any:
        exact = isinstance(value, int | str) and not isinstance(value, bool)
        return {"min": value, "max": value} if exact else value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError("max is less than min; swap them")
        return self


PortNumber = Annotated[int, Field(ge=1, le=65535)]


class Ports(Model):
    """Ports on the host's loopback; a free one is picked for each that is left out."""

    api: PortNumber | None = None
    """S3 API."""
    console: PortNumber | None = None
    """MinIO's console, a web page."""

    @model_validator(mode="before")
    @classmethod
    def _auto(cls, value: Any) -> Any:
        return {} if value == "auto" else value

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.api is not None and self.api == self.console:
            raise ValueError("api and console need a port each; change one")
        return self


PortsOrAuto = Annotated[
    Ports,
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "api": {"type": "integer", "minimum": 1, "maximum": 65535},
                        "console": {"type": "integer", "minimum": 1, "maximum": 65535},
                    },
                },
            ],
            "description": "auto, or ports on the host's loopback",
        }
    ),
]


class Minio(Model):
    """The server and its drives."""

    image: str = Field(DEFAULT_IMAGE, min_length=1, max_length=255)
    """Image of the server; it must hold `minio` and `mc`."""
    drives: int = Field(1, ge=1, le=16)
    """Drives, each a tmpfs volume of `size`."""
    size: Size = 200 * 2**20
    """Size of each drive."""
    inodes: int | None = Field(None, ge=64)
    """Inodes of each drive; the kernel's default where left out."""
    override: dict[str, Size] = {}
    """Sizes of single drives: `{minio/data2: 50m}`."""
    parity: int | None = Field(None, ge=0, le=8)
    """Parity shards of an object; MinIO's default where left out."""
    ports: PortsOrAuto = Ports()
    """`auto` (the default), or `{api: 9000, console: 9001}`, on the host's loopback."""
    access_key: str = Field("labctl-access", min_length=3, max_length=128)
    """Login (root user) of the lab's MinIO."""
    secret_key: str = Field("labctl-secret", min_length=8, max_length=256, repr=False)
    """Password of the lab's MinIO."""
    scanner: Literal["default", "fast"] = "default"
    """`fast`: MinIO looks at usage (quotas) as often as it can."""
    env: dict[str, str] = {}
    """Further `MINIO_...` variables of the server."""

    @field_validator("access_key", "secret_key")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(ord(letter) < 32 for letter in value):
            raise ValueError("must not hold control characters; use printable ones")
        if value != value.strip():
            raise ValueError("must not begin or end with a space; remove it")
        return value

    @field_validator("access_key")
    @classmethod
    def _no_equals(cls, value: str) -> str:
        if set(value) & set("=,"):
            raise ValueError("MinIO refuses '=' and ',' in an access key; use other characters")
        return value

    @field_validator("size")
    @classmethod
    def _usable(cls, value: int) -> int:
        if value < MIN_DRIVE:
            raise ValueError("MinIO does not start on so small a drive; write 16m or more")
        return value

    @field_validator("env")
    @classmethod
    def _minio_only(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not re.fullmatch(r"(MINIO|GO|_MINIO)[A-Z0-9_]*", name):
                raise ValueError(f"{name!r} is no variable of MinIO; they begin with MINIO_")
            if name in ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"):
                raise ValueError(f"{name} comes from access_key and secret_key; set those")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for drive in self.override:
            match = _DRIVE.fullmatch(drive)
            if match is None or not 1 <= int(match[2]) <= self.drives or match[1] not in ("", "1"):
                raise ValueError(
                    f"override: there is no drive {drive!r}; write minio/data1"
                    + (f" to minio/data{self.drives}" if self.drives > 1 else "")
                )
        if self.parity is not None and self.parity > self.drives // 2:
            raise ValueError(
                f"parity: {self.parity} is more than half of {self.drives} drives; "
                f"write {self.drives // 2} or less"
            )
        return self

    def drive_sizes(self) -> dict[str, int]:
        """Bytes of each drive, by its name (`minio/data1`)."""
        names = {f"minio/data{number}": self.size for number in range(1, self.drives + 1)}
        given = {drive.replace("minio1/", "minio/"): size for drive, size in self.override.items()}
        return names | given


class Bucket(Model):
    """The bucket that the client fills."""

    name: str = "files"
    """Name of the bucket."""
    quota: Size | None = None
    """Hard quota, set with mc inside MinIO's container and read back."""
    versioning: bool = False
    """Whether old versions of an object are kept."""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _valid(cls, value: str) -> str:
        if not 3 <= len(value) <= 63:
            raise ValueError(f"{value!r}: S3 wants 3 to 63 characters in a bucket's name")
        if not _BUCKET.fullmatch(value) or ".." in value or _IPV4.fullmatch(value):
            raise ValueError(
                f"{value!r}: S3 wants lower-case letters, digits, '-' and '.' in a bucket's name, "
                "a letter or digit at both ends, and no IP address"
            )
        return value


class Retry(Model):
    """How often and how patiently `on_error: retry` tries again."""

    attempts: int = Field(5, ge=1, le=1000)
    """Attempts at one object, the first included."""
    wait: Duration = 0.2
    """Wait before the second attempt; it doubles from one to the next."""
    max_wait: Duration = 5.0
    """The longest wait between two attempts."""
    give_up: Duration = 60.0
    """No further attempt once an object has taken so long."""


class Client(Model):
    """The S3 client that fills the bucket."""

    recipe: Literal["minio-py"] | None = None
    """A client that labctl brings along; `minio-py` unless an `image` is given."""
    image: str | None = Field(None, min_length=1, max_length=255)
    """An image of your own; it finds endpoint, keys and bucket in its environment."""
    command: tuple[str, ...] = ()
    """Arguments for your own image."""
    user: str = Field("1000:1000", pattern=r"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$")
    """User of your own image."""
    writable: bool = False
    """Whether your own image may write to its root file system."""
    part_size: Size = MIN_PART
    """Objects larger than this are sent as a multipart upload in parts of this size."""
    parallel: int = Field(1, ge=1, le=64)
    """Objects sent at the same time."""
    pace: Duration = 0.0
    """Least time between the starts of two puts."""
    on_error: Literal["stop", "continue", "retry"] = "continue"
    """`stop`: an error ends the client with exit code 1. `continue`: go on with the next object.
    `retry`: try again, then go on."""
    retry: Retry = Retry()
    """For `on_error: retry`."""
    timeout: Duration = 60.0
    """Time limit of one request on a silent connection."""

    @model_validator(mode="before")
    @classmethod
    def _recipe_alone(cls, value: Any) -> Any:
        return {"recipe": value} if isinstance(value, str) else value

    @field_validator("part_size")
    @classmethod
    def _part(cls, value: int) -> int:
        if not MIN_PART <= value <= 5 * 2**30:
            raise ValueError("S3 wants parts of 5MiB to 5GiB; write for example 5MiB")
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.recipe and self.image:
            raise ValueError("recipe and image exclude each other; keep one")
        if self.command and not self.image:
            raise ValueError("command goes with an image of your own; add image, or remove it")
        return self


class Generated(Model):
    """Files made from the lab's seed while they are sent."""

    count: int = Field(ge=1, le=10_000_000)
    """How many."""
    size: Size
    """Size of each."""


class Folder(Model):
    """Files of your own."""

    dir: str = Field(min_length=1)
    """A folder, relative to the lab file; every file in it is sent under its relative path."""


class Upload(Model):
    """Send files, one container for each such step."""

    groups: tuple[str, ...] = ()
    """Names of file groups; all where left out."""
    parallel: int | None = Field(None, ge=1, le=64)
    pace: Duration | None = None
    on_error: Literal["stop", "continue", "retry"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _groups_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"groups": () if value == "all" else (value,)}
        return value


class Step(Model):
    """One verb, and what may go with it."""

    upload: Upload
    """Send files: `all`, a group's name, or `{groups, parallel, pace, on_error}`."""
    within: Duration | None = None
    """Time limit of the step."""


Reason = Literal[
    "drive-full", "inodes", "quota", "size-unknown", "quorum-lost", "full-blocks-start",
    "starting", "client-cut", "fault", "transport", "server-error", "lab-error", "unknown",
]  # fmt: skip


class Refused(Model):
    """What must have been refused, at least once; each key that is given must match."""

    reason: Reason | None = None
    """Why, as labctl classifies it."""
    status: int | None = Field(None, ge=100, le=599)
    """HTTP status."""
    code: str | None = None
    """S3 error code."""
    count: CountBounds = CountBounds(min=1)
    """How many such refusals."""


class Expect(Model):
    """What must hold for the verdict `pass`."""

    refused: Refused | None = None
    """Objects refused; `{count: 0}` for none."""
    accepted: SizeBounds | None = None
    """Bytes acknowledged."""
    accepted_before_refusal: SizeBounds | None = None
    """Bytes acknowledged before the first refusal."""
    log: str | None = Field(None, min_length=1)
    """A text that MinIO's log must hold."""
    exit_code: int | None = Field(None, ge=0, le=255)
    """Exit code of the client."""


class Lab(Model):
    """A lab file."""

    name: str | None = None
    """Name of the lab; the file's stem where left out."""
    minio: Minio = Minio()
    bucket: Bucket = Bucket()
    client: Client = Client()
    files: dict[str, Generated | Folder] = Field(min_length=1)
    """Named groups, `{count, size}` or `{dir}`, sent in this order."""
    seed: int = Field(1, ge=0, le=2**63 - 1)
    """From which the bytes of generated files are made."""
    steps: tuple[Step, ...] = ()
    """What is done, in order; one upload of all files where left out."""
    expect: Expect = Expect()

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        if value is not None and not _NAME.fullmatch(value):
            raise ValueError(
                f"{value!r} is no lab name; use up to 40 lower-case letters, digits and '-'"
            )
        return value

    @field_validator("files")
    @classmethod
    def _group_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not _GROUP.fullmatch(name) or name == "all":
                raise ValueError(f"{name!r} is no group name; use letters, digits, '-' and '_'")
        return value
