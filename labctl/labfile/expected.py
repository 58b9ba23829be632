"""The parts of what a lab file may expect: refusals, overshoot, what probes and health say."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from labctl.app.task import PROBE_VERBS
from labctl.labfile.bounds import CountBounds, DurationBounds, SizeBounds
from labctl.labfile.fields import Model, Whole, at_key, refuse
from labctl.labfile.reason import Reason

QUOTA_CODE = "XMinioAdminBucketQuotaExceeded"
"""What MinIO answers where a quota is exceeded, with status 400, and for nothing else."""
ENDPOINTS = ("live", "ready", "cluster", "cluster/read")
"""MinIO's health endpoints, below `/minio/health/`."""
_QUOTA_STATUS = 400
_INSIDE = 200
"""An answer that has begun well may hold an error all the same."""
_STATUS_OF = {
    QUOTA_CODE: (400,),
    "XMinioStorageFull": (507, _INSIDE),
    "SlowDownWrite": (503, _INSIDE),
}
"""The statuses that a code comes with."""
_FULL = ("drive-full", "inodes")
_CODE = re.compile(r"[A-Z][A-Za-z0-9]*")
_BOUNDS = frozenset({"min", "max"})

Status = Annotated[Whole, Field(ge=100, le=599)]
"""An HTTP status."""


class Refused(Model):
    """What must have been refused, at least once; each key that is given must match."""

    reason: Reason | None = None
    """Why, as labctl classifies it."""
    status: Status | None = None
    """HTTP status."""
    code: str | None = Field(None, min_length=1)
    """S3 error code."""
    group: str | None = None
    """Only objects of this file group."""
    count: CountBounds = CountBounds.model_construct(min=1)
    """How many such refusals."""

    @field_validator("status")
    @classmethod
    def _status_of(cls, value: int | None, info: ValidationInfo) -> int | None:
        if info.data.get("reason") == "quota" and value not in (None, _QUOTA_STATUS):
            raise ValueError(
                f"{value} contradicts reason quota: MinIO answers {_QUOTA_STATUS} there"
            )
        reason = info.data.get("reason")
        if reason in _FULL and value is not None and value not in (_INSIDE, *range(500, 600)):
            raise ValueError(f"{value} contradicts reason {reason}: MinIO answers 507 or 500 there")
        return value

    @field_validator("code")
    @classmethod
    def _code_of(cls, value: str | None, info: ValidationInfo) -> str | None:
        reason, status = info.data.get("reason"), info.data.get("status")
        if reason == "quota" and value not in (None, QUOTA_CODE):
            raise ValueError(f"{value!r} contradicts reason quota: MinIO answers {QUOTA_CODE}")
        if value == QUOTA_CODE and reason not in (None, "quota"):
            raise ValueError(f"contradicts reason {reason}: MinIO answers so for a quota alone")
        statuses = _STATUS_OF.get(value or "")
        if statuses and status not in (None, *statuses):
            raise ValueError(f"contradicts status {status}: it comes with {statuses[0]}")
        return value

    @property
    def kind(self) -> dict[str, str | int]:
        """What is given of reason, status, code and group."""
        given = {"reason": self.reason, "status": self.status, "code": self.code,
                 "group": self.group}  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    @property
    def by_quota(self) -> bool:
        """Whether only a bucket's quota can cause such refusals."""
        return self.reason == "quota" or self.code == QUOTA_CODE


class _Parts(Model):
    """Keys of which one at least is given."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError(f"expects nothing; write one of: {', '.join(type(self).model_fields)}")
        return self


class Overshoot(_Parts):
    """How late a quota is enforced; bounds alone are those of the bytes."""

    bytes: SizeBounds | None = None
    """Bytes accepted beyond the quota before its first refusal."""
    after_crossing: DurationBounds | None = None
    """From crossing the quota to its first refusal."""
    after_first_put: DurationBounds | None = None
    """From the first put under the quota to its first refusal."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size, or bounds."""
        if isinstance(value, dict):
            return {"bytes": value} if value and value.keys() <= _BOUNDS else value
        return {"bytes": value} if isinstance(value, int | str) else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size, or bounds."""
        return (SizeBounds.model_json_schema(),)


class Redundancy(Model):
    """Objects that lack a shard on some drive; the word complete stands for none."""

    incomplete: CountBounds
    """How many objects lie on fewer drives than they should."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """The word complete."""
        if isinstance(value, str) and value != "complete":
            raise ValueError(f"{value!r} is not known here; write complete, or {{incomplete: 1}}")
        return {"incomplete": 0} if value == "complete" else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The word complete."""
        return ({"const": "complete"},)


class Leftovers(_Parts):
    """What lies on the drives beside the objects, when they were read back."""

    uploads: CountBounds | None = None
    """Multipart uploads that were neither completed nor aborted."""
    unfinished: SizeBounds | None = None
    """Bytes of their parts, on all drives."""
    trash: SizeBounds | None = None
    """Bytes that were deleted and wait to be removed, on all drives."""
    beyond: SizeBounds | None = None
    """Bytes used on all drives that are neither objects nor ballast."""


def _call_result(value: Any) -> Any:
    match value:
        case "works" | "refused":
            return value
        case str() if _CODE.fullmatch(value):
            return value
        case int() if value is not True and 100 <= value <= 599:
            return value
    hint = "write works, refused, an HTTP status or an S3 error code"
    raise ValueError(f"{value!r} is nothing that a call can come to; {hint}")


_RESULT_SCHEMA = {
    "anyOf": [
        {"enum": ["works", "refused"]},
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": f"^{_CODE.pattern}$"},
    ],
}
_STATUS_SCHEMA = {"type": "integer", "minimum": 100, "maximum": 599}


def _names_schema(names: Collection[str], value: JsonSchemaValue, what: str) -> WithJsonSchema:
    """A map of some of `names`, which editors can then offer."""
    known = {name: value | {"description": f"{what} {name}"} for name in names}
    return WithJsonSchema(
        {"type": "object", "properties": known, "additionalProperties": False, "minProperties": 1}
    )


Calls = Annotated[
    dict[str, Annotated[int | str, BeforeValidator(_call_result)]],
    _names_schema(PROBE_VERBS, _RESULT_SCHEMA, "what becomes of the call"),
]
"""What calls that a probe tries come to."""
Statuses = Annotated[
    dict[str, Status], _names_schema(ENDPOINTS, _STATUS_SCHEMA, "HTTP status of the endpoint")
]
"""What health endpoints answer."""
Resent = Literal["all", "none"] | CountBounds
"""How many refused objects are acknowledged when they are sent again."""


def check_names(given: dict[Any, Any], known: Collection[str], what: str) -> None:
    """Refuse keys that are not among `known` names of `what`."""
    refuse([at_key(name, _unknown(str(name), known, what)) for name in given if name not in known])
    if not given:
        raise ValueError(f"names no {what}; write one of: {', '.join(known)}")


def _unknown(name: str, known: Collection[str], what: str) -> str:
    close = get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"there is no {what} {name!r}; {meant}write one of: {', '.join(known)}"
