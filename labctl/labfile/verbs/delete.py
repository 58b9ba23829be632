"""`delete`: delete objects through S3."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Flag, Given, Whole


class Delete(Given):
    """Delete objects through S3; `delete: all` deletes all that the bucket lists."""

    count: Whole | None = Field(None, ge=1)
    """So many, the first in the order of their names."""
    group: str | None = None
    """Those of a file group."""
    versions: Flag = False
    """Every version by its id, in place of a plain DELETE, which in a bucket with versions only
    writes a marker."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """The word all."""
        return {} if value == "all" else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The word all."""
        return ({"const": "all"},)

    @field_validator("group")
    @classmethod
    def _one_choice(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("count") is not None:
            raise ValueError("count and group exclude each other; keep one")
        return value

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        some = f"{self.count} objects" if self.count else self.group
        return (some or "all") + (", every version" if self.versions else "")
