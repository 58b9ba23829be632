"""`ballast`: a neighbour fills the drive, outside of MinIO's objects."""

from typing import Any

from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Model, SizeOrShare, Share


class Ballast(Model):
    """A file that is not MinIO's takes room on the drives. A size is the file's own, and 0 takes it
    away; a percentage is how much of the drive is used with it, whatever MinIO has there."""

    size: SizeOrShare
    """Bytes, or a percentage of the drive."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size or percentage."""
        return value if isinstance(value, dict) else {"size": value}

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size or percentage."""
        return SIZE_OR_SHARE_SCHEMAS

    def bytes_of(self, drive: int) -> int:
        """Bytes that it takes, or that are used with it, on a drive of `drive` bytes."""
        return self.size.of(drive) if isinstance(self.size, Share) else self.size
