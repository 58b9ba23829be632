"""What a lab file may expect of a run."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Model, SizeOrNone, Whole
from labctl.labfile.reason import Reason
from labctl.units import SIZE_PATTERN


class CountBounds(Model):
    """Bounds of a count, both inclusive; a bare number means exactly that many."""

    min: Whole = Field(0, ge=0)
    """At least so many."""
    max: Whole | None = Field(None, ge=0)
    """At most so many."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare number is both bounds."""
        exact = isinstance(value, int) and not isinstance(value, bool)
        return {"min": value, "max": value} if exact else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare number."""
        return ({"type": "integer", "minimum": 0},)

    @field_validator("max")
    @classmethod
    def _ordered(cls, value: int | None, info: ValidationInfo) -> int | None:
        return _in_order(value, info)


class SizeBounds(Model):
    """Bounds of a number of bytes, both inclusive; a bare size means exactly that."""

    min: SizeOrNone = 0
    """At least so many."""
    max: SizeOrNone | None = None
    """At most so many."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size is both bounds."""
        exact = isinstance(value, int | str) and not isinstance(value, bool)
        return {"min": value, "max": value} if exact else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size."""
        return (
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": f"^{SIZE_PATTERN}$"},
        )

    @field_validator("max")
    @classmethod
    def _ordered(cls, value: int | None, info: ValidationInfo) -> int | None:
        return _in_order(value, info)


def _in_order(most: int | None, info: ValidationInfo) -> int | None:
    least = info.data.get("min", 0)
    if most is not None and most < least:
        raise ValueError(f"{most} is less than min, {least}; swap the two")
    return most


class Refused(Model):
    """What must have been refused, at least once; each key that is given must match."""

    reason: Reason | None = None
    """Why, as labctl classifies it."""
    status: Whole | None = Field(None, ge=100, le=599)
    """HTTP status."""
    code: str | None = Field(None, min_length=1)
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
    exit_code: Whole | None = Field(None, ge=0, le=255)
    """Exit code of the client."""
