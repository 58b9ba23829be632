"""`verify`: read every object back and hold its bytes against what was sent."""

from typing import Any, Literal

from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Given


class Verify(Given):
    """Count the shards of every object, then read every object back."""

    what: Literal["all", "acknowledged"] = "all"
    """`all`: every object that was ever sent, and all that is listed. `acknowledged`: only those
    that the server said it has."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A word says which."""
        return {"what": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A word."""
        return ({"enum": ["all", "acknowledged"]},)

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        return self.what
