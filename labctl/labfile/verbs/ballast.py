"""`ballast`: a neighbour fills the drive, outside of MinIO's objects."""

from typing import Any

from pydantic import field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import SIZE_OR_SHARE_SCHEMAS, Flag, Given, Share, SizeOrShare
from labctl.units import show_size


class Ballast(Given):
    """A file that is not MinIO's takes room on the drives. A size is the file's own, and 0 takes it
    away; a percentage is how much of the drive is used with it, whatever MinIO has there."""

    size: SizeOrShare
    """Bytes, or a percentage of the drive."""
    keep: Flag = False
    """Take what is freed as well, page by page, as a busy neighbour does; for as long as `for`
    says."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size or percentage."""
        return value if isinstance(value, dict) else {"size": value}

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size or percentage."""
        return SIZE_OR_SHARE_SCHEMAS

    @field_validator("size", mode="before")
    @classmethod
    def _no_word(cls, value: Any) -> Any:
        if value == "none":
            raise ValueError("'none' is no size; write `ballast: 0` to take it away")
        return value

    @property
    def fixed(self) -> int | None:
        """Bytes of the file, where it was given so."""
        return None if isinstance(self.size, Share) else self.size

    @property
    def share(self) -> float | None:
        """Part of the drive that is to be used, 0 to 1, where it was given so."""
        return self.size.part if isinstance(self.size, Share) else None

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        size = show_size(self.size) if isinstance(self.size, int) else f"until {self.size} is used"
        return f"{size}, and whatever is freed" if self.keep else size
