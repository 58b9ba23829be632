"""`quota`: the bucket's hard quota, set with mc inside MinIO's container."""

from typing import Any

from pydantic import field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import SIZE_SCHEMAS, Model, Size
from labctl.units import show_size


class Quota(Model):
    """Set the bucket's hard quota and read it back; `none` takes it away."""

    size: Size | None
    """The quota; null for none."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size, or the word none."""
        if value == "none":
            return {"size": None}
        return value if isinstance(value, dict) else {"size": value}

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size, or the word none."""
        return ({"const": "none"}, *SIZE_SCHEMAS)

    @field_validator("size", mode="before")
    @classmethod
    def _some(cls, value: Any) -> Any:
        if value in (0, "0"):
            raise ValueError("to MinIO a quota of 0 is none; write `quota: none`, or a size")
        return value

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        return "none" if self.size is None else show_size(self.size)
