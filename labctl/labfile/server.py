"""The server's part of the lab file: MinIO with its drives and ports, and the bucket."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Flag, Model, Size, Whole, at, at_key, refuse

DEFAULT_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
"""The last image that MinIO published."""
MIN_DRIVE = 2**20
"""MinIO starts on 16 KiB already, but up to 128 KiB it refuses even a first object of 64 KiB."""
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|(?<![.-])\.(?![.-])){1,61}[a-z0-9]")
_DRIVE = re.compile(r"minio1?/data([1-9][0-9]?)")
_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_VARIABLE = re.compile(r"_?(MINIO|GO)[A-Za-z0-9_]*")

PortNumber = Annotated[Whole, Field(ge=1, le=65535)]


class Ports(Model):
    """`auto`, or ports on the host's loopback; a free one is picked for each that is left out."""

    api: PortNumber | None = None
    """S3 API."""
    console: PortNumber | None = None
    """MinIO's console, a web page."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """`auto` leaves both out."""
        return {} if value == "auto" else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The word auto."""
        return ({"const": "auto"},)

    @field_validator("console")
    @classmethod
    def _apart(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and value == info.data.get("api"):
            raise ValueError(f"{value} is the port of the api already; write another one")
        return value


def _drive_size(size: int) -> int:
    if size < MIN_DRIVE:
        raise ValueError("MinIO takes next to nothing on so small a drive; write 1m or more")
    return size


VariableText = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text of a variable; in a lab file numbers and switches are taken as they are written."""


class Minio(Model):
    """The server and its drives."""

    image: str = Field(DEFAULT_IMAGE, min_length=1, max_length=255)
    """Image of the server; it must hold `minio` and `mc`."""
    drives: Whole = Field(1, ge=1, le=16)
    """Drives, each a tmpfs volume of `size`."""
    size: Size = 200 * 2**20
    """Size of each drive."""
    inodes: Whole | None = Field(None, ge=64)
    """Inodes of each drive; the kernel's default where left out."""
    override: dict[str, Size] = Field({})
    """Sizes of single drives: `{minio/data2: 50m}`."""
    parity: Whole | None = Field(None, ge=0, le=8)
    """Parity shards of an object; MinIO's default where left out."""
    ports: Ports = Ports.model_construct()
    """`auto` (the default), or `{api: 9000, console: 9001}`, on the host's loopback."""
    access_key: str = Field("labctl-access", min_length=3, max_length=128)
    """Login (root user) of the lab's MinIO."""
    secret_key: str = Field("labctl-secret", min_length=8, max_length=256, repr=False)
    """Password of the lab's MinIO."""
    scanner: Literal["default", "fast"] = "default"
    """`fast`: MinIO looks at usage (quotas) as often as it can."""
    env: dict[str, VariableText] = Field({}, repr=False)
    """Further `MINIO_...` variables of the server."""

    @field_validator("access_key", "secret_key")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must not hold control characters; use printable ones")
        if value != value.strip():
            raise ValueError("must not begin or end with a space; remove it")
        return value

    @field_validator("access_key")
    @classmethod
    def _signable(cls, value: str) -> str:
        if "," in value or not value.isascii():
            raise ValueError("S3 clients cannot sign with it; write ASCII characters, and no ','")
        return value

    @field_validator("size")
    @classmethod
    def _usable(cls, value: int) -> int:
        return _drive_size(value)

    @field_validator("override")
    @classmethod
    def _drives_there(cls, value: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        drives = info.data.get("drives", 16)
        known = "minio/data1" + (f" to minio/data{drives}" if drives > 1 else "")
        problems = []
        for drive, size in value.items():
            match = _DRIVE.fullmatch(drive)
            if match is None or int(match[1]) > drives:
                problems.append(at_key(drive, f"there is no such drive; write {known}"))
            elif size < MIN_DRIVE:
                problems.append(at((drive,), "is too small for MinIO; write 1m or more"))
        refuse(problems)
        return value

    @field_validator("parity")
    @classmethod
    def _half_at_most(cls, value: int | None, info: ValidationInfo) -> int | None:
        drives = info.data.get("drives", 16)
        if value is not None and value > drives // 2:
            shown = f"{drives} drives" if drives > 1 else "1 drive"
            raise ValueError(f"{value} is more than half of {shown}; write {drives // 2} or less")
        return value

    @field_validator("env")
    @classmethod
    def _minio_only(cls, value: dict[str, str]) -> dict[str, str]:
        refuse([at_key(name, told) for name in value if (told := _refuse_variable(name))])
        return value

    def drive_sizes(self) -> dict[str, int]:
        """Bytes of each drive, by its name (`minio/data1`)."""
        names = {f"minio/data{number}": self.size for number in range(1, self.drives + 1)}
        given = {drive.replace("minio1/", "minio/"): size for drive, size in self.override.items()}
        return names | given


def _refuse_variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        return "is no variable of MinIO; write one that begins with MINIO_"
    if name in ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"):
        return "comes from access_key and secret_key; set those instead"
    return ""


class Bucket(Model):
    """The bucket that the client fills."""

    name: str = "files"
    """Name of the bucket."""
    quota: Size | None = None
    """Hard quota, set with mc inside MinIO's container and read back."""
    versioning: Flag = False
    """Whether old versions of an object are kept."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A text is the name."""
        return {"name": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The name alone."""
        return ({"type": "string"},)

    @field_validator("name")
    @classmethod
    def _valid(cls, value: str) -> str:
        if not 3 <= len(value) <= 63:
            raise ValueError(f"{value!r}: a bucket's name has 3 to 63 characters")
        if not _BUCKET.fullmatch(value) or _IPV4.fullmatch(value):
            raise ValueError(
                f"{value!r}: write a bucket's name in lower-case letters, digits, '-' and '.', "
                "with a letter or digit at both ends and around each '.', and no IP address"
            )
        if value == "minio" or value.startswith("xn--") or value.endswith(("-s3alias", "--ol-s3")):
            raise ValueError(f"{value!r} is reserved in S3 or MinIO; write another bucket's name")
        return value
