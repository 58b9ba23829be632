"""`grow`: a drive becomes larger while the server runs."""

from typing import Any

from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import SIZE_SCHEMAS, Given, Size
from labctl.units import show_size


class Grow(Given):
    """Mount the drives anew with a larger size, while the server runs. A helper with the capability
    SYS_ADMIN does it: the only container with any, and made only for this step."""

    size: Size
    """Size of each drive from now on."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A bare size."""
        return value if isinstance(value, dict) else {"size": value}

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A bare size."""
        return SIZE_SCHEMAS

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        return f"to {show_size(self.size)}"
