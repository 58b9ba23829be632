"""`upload`: send files, one container for each such step."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import Duration, Given, Names, Whole

OnError = Literal["stop", "continue", "retry"]
Resend = Literal["refused", "unacknowledged"]
Parts = Literal["leave", "complete", "abort"]


class Upload(Given):
    """Send files, one container for each such step."""

    groups: Names = ()
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
    parts: Parts | None = None
    """`leave`: send the parts of each object and leave its multipart upload unfinished. `complete`
    or `abort`: do that to the uploads which earlier steps left."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """`all`, a group's name, or a list of names."""
        named = {"groups": value} if isinstance(value, str | list | tuple) else value
        if isinstance(named, dict) and named.get("groups") == "all":
            return {key: each for key, each in named.items() if key != "groups"}
        return named

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """Names of groups."""
        names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        return ({"type": "string"}, names)

    @field_validator("overwrite", "parts")
    @classmethod
    def _new_only(cls, value: int | str | None, info: ValidationInfo) -> int | str | None:
        for other in ("resend", "overwrite"):
            if value is not None and info.data.get(other):
                raise ValueError(f"{other} and {info.field_name} exclude each other; keep one")
        return value

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        groups = ", ".join(self.groups) or "all"
        again = f", resend {self.resend}" if self.resend else ""
        parts = f", {self.parts} parts" if self.parts else ""
        times = f", {self.overwrite} times" if (self.overwrite or 1) > 1 else ""
        return f"{groups}{again}{parts}{times}"
