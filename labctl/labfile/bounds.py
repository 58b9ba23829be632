"""Bounds that a lab file may set: {min, max}, both inclusive, or a bare value."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import (
    DURATION_SCHEMAS,
    SIZE_OR_SHARE_SCHEMAS,
    Duration,
    Model,
    Share,
    SizeOrNone,
    SizeOrShare,
    Whole,
)
from labctl.units import SIZE_PATTERN, show_size


def _exactly(value: Any) -> Any:
    """A bare whole number or text is both bounds."""
    bare = isinstance(value, int | str) and not isinstance(value, bool)
    return {"min": value, "max": value} if bare else value


def _in_order(most: float | None, info: ValidationInfo) -> None:
    least = info.data.get("min", 0)
    if most is not None and most < least:
        raise ValueError(f"{most} is less than min, {least}; swap the two")


class CountBounds(Model):
    """Bounds of a count, both inclusive; a bare number means exactly that many."""

    min: Whole = Field(0, ge=0)
    """At least so many."""
    max: Whole | None = Field(None, ge=0)
    """At most so many."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare number is both bounds."""
        return value if isinstance(value, str) else _exactly(value)

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare number."""
        return ({"type": "integer", "minimum": 0},)

    @field_validator("max")
    @classmethod
    def _ordered(cls, value: int | None, info: ValidationInfo) -> int | None:
        _in_order(value, info)
        return value


class SizeBounds(Model):
    """Bounds of a number of bytes, both inclusive; a bare size means exactly that."""

    min: SizeOrNone = 0
    """At least so many."""
    max: SizeOrNone | None = None
    """At most so many."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size is both bounds."""
        return _exactly(value)

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
        _in_order(value, info)
        return value


class ShareBounds(Model):
    """Bounds of a number of bytes, each a size or a percentage of all drives together."""

    min: SizeOrShare = 0
    """At least so many."""
    max: SizeOrShare | None = None
    """At most so many."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size or percentage is both bounds."""
        return _exactly(value)

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size or percentage."""
        return SIZE_OR_SHARE_SCHEMAS

    @property
    def shared(self) -> bool:
        """Whether the size of the drives decides."""
        return isinstance(self.min, Share) or isinstance(self.max, Share)

    def of(self, drives: int) -> SizeBounds:
        """The bounds in bytes on drives of so many bytes together."""
        most = None if self.max is None else _bytes(self.max, drives)
        return SizeBounds.model_construct(min=_bytes(self.min, drives), max=most)

    def exceeds(self, other: "ShareBounds") -> bool:
        """Whether `min` is more than the other's `max`, as far as it can be told without drives."""
        return _more(self.min, other.max)

    @field_validator("max")
    @classmethod
    def _ordered(cls, value: int | Share | None, info: ValidationInfo) -> int | Share | None:
        least = info.data.get("min", 0)
        if _more(least, value):
            raise ValueError(f"{value} is less than min, {least}; swap the two")
        return value


def show_side(side: int | Share) -> str:
    """A bound of a ShareBounds for people."""
    return str(side) if isinstance(side, Share) else show_size(side)


def _bytes(side: int | Share, drives: int) -> int:
    return side.of(drives) if isinstance(side, Share) else side


def _more(one: int | Share, other: int | Share | None) -> bool:
    match one, other:
        case Share(part=least), Share(part=most):
            return least > most
        case int(), int():
            return one > other
    return False


class DurationBounds(Model):
    """Bounds of a time, both inclusive; a bare duration is the longest."""

    min: Duration = 0.0
    """At least so long."""
    max: Duration | None = None
    """At most so long."""
    within: Duration | None = None
    """The same as max."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare duration is the longest."""
        bare = isinstance(value, int | float | str) and not isinstance(value, bool)
        return {"max": value} if bare else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare duration."""
        return DURATION_SCHEMAS

    @property
    def longest(self) -> float | None:
        """At most so long, whichever way it was written."""
        return self.max if self.within is None else self.within

    @field_validator("max", "within")
    @classmethod
    def _ordered(cls, value: float | None, info: ValidationInfo) -> float | None:
        if info.field_name == "within" and value is not None and info.data.get("max") is not None:
            raise ValueError("max and within mean the same; keep one")
        _in_order(value, info)
        return value
