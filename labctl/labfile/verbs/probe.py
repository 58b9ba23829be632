"""`probe`: try every kind of call once."""

from typing import Any

from pydantic import field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Given, Size

_LARGEST_PUT = 5 * 2**30
"""What S3 takes in one request."""


class Probe(Given):
    """Try every kind of call once; `probe: all` takes the usual sizes."""

    small: Size = 1024
    """Size of the small put, the overwrite and the copy's source where there is none."""
    large: Size = 10 * 2**20
    """Size of the large put, sent in one request."""

    @field_validator("small", "large")
    @classmethod
    def _one_put(cls, value: int) -> int:
        if value > _LARGEST_PUT:
            raise ValueError("is more than one put can hold; write 5GiB or less")
        return value

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """The word all."""
        return {} if value == "all" else value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """The word all."""
        return ({"const": "all"},)

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        return "all"
