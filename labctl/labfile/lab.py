"""The lab file as frozen models. Unknown keys are refused; sizes are bytes, durations seconds."""

import re
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.expect import CountBounds, Expect, Refused, SizeBounds
from labctl.labfile.fields import Duration, Flag, Model, Size, Whole, at_key, refuse
from labctl.labfile.server import DEFAULT_IMAGE, MIN_DRIVE, Bucket, Minio, Ports
from labctl.labfile.step import VERBS, KeyPath, Step
from labctl.labfile.verbs.upload import OnError, Upload

__all__ = [
    "DEFAULT_IMAGE", "MIN_DRIVE", "MIN_PART", "NAME_PATTERN", "VERBS", "Bucket", "Client",
    "CountBounds", "Expect", "Folder", "Generated", "Lab", "Minio", "Ports", "Refused",
    "Retry", "SizeBounds", "Step", "Upload",
]  # fmt: skip

MIN_PART = 5 * 2**20
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_NAME = re.compile(NAME_PATTERN)
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}")
_USER = re.compile(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?")


class Retry(Model):
    """How often and how patiently `on_error: retry` tries again."""

    attempts: Whole = Field(5, ge=1, le=1000)
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
    user: str = "1000:1000"
    """User of your own image."""
    writable: Flag = False
    """Whether your own image may write to its root file system."""
    part_size: Size = MIN_PART
    """Objects larger than this are sent as a multipart upload in parts of this size."""
    parallel: Whole = Field(1, ge=1, le=64)
    """Objects sent at the same time."""
    pace: Duration = 0.0
    """Least time between the starts of two puts."""
    on_error: OnError = "continue"
    """`stop`: an error ends the client with exit code 1. `continue`: go on with the next object.
    `retry`: try again, then go on."""
    retry: Retry = Retry.model_construct()
    """For `on_error: retry`."""
    timeout: Duration = 60.0
    """Time limit of one request on a silent connection."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A text is the recipe."""
        return {"recipe": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The recipe alone."""
        return ({"enum": ["minio-py"]},)

    @field_validator("image")
    @classmethod
    def _one_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("recipe"):
            raise ValueError("recipe and image exclude each other; keep one")
        return value

    @field_validator("command")
    @classmethod
    def _for_an_image(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and info.data.get("image", "") is None:
            raise ValueError("goes with an image of your own; add image, or remove it")
        return value

    @field_validator("user")
    @classmethod
    def _a_user(cls, value: str) -> str:
        if not _USER.fullmatch(value):
            raise ValueError(f"{value!r} is no user; write for example 1000:1000")
        return value

    @field_validator("part_size")
    @classmethod
    def _part(cls, value: int) -> int:
        if not MIN_PART <= value <= 5 * 2**30:
            raise ValueError("S3 wants parts of 5MiB to 5GiB; write for example 5MiB")
        return value

    @field_validator("timeout")
    @classmethod
    def _some_time(cls, value: float) -> float:
        if value == 0:
            raise ValueError("must be more than 0 seconds; write for example 60s")
        return value


class Generated(Model):
    """Files made from the lab's seed while they are sent."""

    count: Whole = Field(ge=1, le=10_000_000)
    """How many."""
    size: Size
    """Size of each."""


class Folder(Model):
    """Files of your own."""

    dir: str = Field(min_length=1)
    """A folder, relative to the lab file; every file in it is sent under its relative path."""


def _kind_of_group(value: Any) -> str:
    return "dir" if isinstance(value, Folder) or "dir" in _keys(value) else "count"


def _keys(value: Any) -> frozenset[Any]:
    return frozenset(value) if isinstance(value, dict) else frozenset()


Group = Annotated[
    Annotated[Generated, Tag("count")] | Annotated[Folder, Tag("dir")],
    Discriminator(_kind_of_group),
]


class Lab(Model):
    """A lab file."""

    name: str | None = None
    """Name of the lab; the file's stem where left out."""
    minio: Minio = Minio.model_construct()
    bucket: Bucket = Bucket.model_construct()
    client: Client = Client.model_construct()
    files: dict[str, Group] = Field(min_length=1)
    """Named groups, `{count, size}` or `{dir}`, sent in this order."""
    seed: Whole = Field(1, ge=0, le=2**63 - 1)
    """From which the bytes of generated files are made."""
    steps: tuple[Step, ...] = ()
    """What is done, in order; one upload of all files where left out."""
    expect: Expect = Expect.model_construct()

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        if value is not None and not _NAME.fullmatch(value):
            raise ValueError(
                f"{value!r} is no lab name; write up to 40 lower-case letters, digits and '-'"
            )
        return value

    @field_validator("files")
    @classmethod
    def _group_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        hint = "is no group name; write letters, digits, '-' and '_', but not `all`"
        refuse(
            [at_key(name, hint) for name in value if not _GROUP.fullmatch(name) or name == "all"]
        )
        return value

    def on_error_of(self, upload: Upload) -> OnError:
        """What an error does in one upload."""
        return upload.on_error or self.client.on_error

    def numbered(self) -> dict[int, tuple[KeyPath, Step]]:
        """Every step with its path, those played meanwhile too, numbered depth first from 1.

        A lab without steps has one: an upload of all files.
        """
        walked = (
            found
            for index, step in enumerate(steps_of(self))
            for found in step.walk(("steps", index))
        )
        return dict(enumerate(walked, 1))


def steps_of(lab: Lab) -> tuple[Step, ...]:
    """The steps of a lab; one upload of all files where it names none."""
    return lab.steps or (Step.model_construct(upload=Upload.model_construct()),)
