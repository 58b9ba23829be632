"""`upload`: send files, one container for each such step."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Duration, Model, Whole

OnError = Literal["stop", "continue", "retry"]
Resend = Literal["refused", "unacknowledged"]


class Upload(Model):
    """Send files, one container for each such step."""

    groups: tuple[str, ...] = ()
    """Names of file groups; all where left out."""
    parallel: Whole | None = Field(None, ge=1, le=64)
    """Objects sent at the same time, in place of the client's."""
    pace: Duration | None = None
    """Least time between the starts of two puts, in place of the client's."""
    on_error: OnError | None = None
    """What an error does, in place of the client's."""
    resend: Resend | None = None
    """Send again only what earlier uploads were refused, or did not get acknowledged."""
    overwrite: Whole | None = Field(None, ge=1, le=1_000_000)
    """Send the same keys so often, round after round, each time with other bytes."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """`all`, a group's name, or a list of names."""
        if isinstance(value, str):
            return {"groups": () if value == "all" else (value,)}
        if isinstance(value, list | tuple):
            return {"groups": tuple(value)}
        if isinstance(value, dict) and isinstance(value.get("groups"), str):
            return value | cls.spell_out(value["groups"])
        return value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """Names of groups."""
        return ({"type": "string"}, {"type": "array", "items": {"type": "string"}})

    @field_validator("overwrite")
    @classmethod
    def _new_only(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("resend"):
            raise ValueError("resend and overwrite exclude each other; keep one")
        return value
