"""`wait`: until something has come about."""

import re
from typing import Any

from pydantic import Field, model_validator
from pydantic.json_schema import JsonSchemaValue

from labctl.labfile.fields import DURATION_SCHEMAS, Duration, Flag, Given, ShareOnly, Size
from labctl.units import DURATION_PATTERN, show_duration, show_size

_KINDS = "10s, quota_armed, {writable: 1MiB}, {drive_used: 95%} or {log: TEXT}"
_DURATION = re.compile(DURATION_PATTERN)


class Wait(Given):
    """Wait for one thing: `10s`, `{writable: 1MiB}`, `quota_armed`, `{drive_used: 95%}` or
    `{log: TEXT}`."""

    seconds: Duration | None = None
    """So long."""
    writable: Size | None = None
    """Until a put of this size is acknowledged; it is deleted again."""
    quota_armed: Flag = False
    """Until a put of the next object's size is refused for the quota."""
    drive_used: ShareOnly | None = None
    """Until at least so much of a drive is used; of any, unless `at` names one."""
    log: str | None = Field(None, min_length=1)
    """Until MinIO's log holds this text, from whenever it was started."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """A duration, or the words quota_armed."""
        if value == "quota_armed":
            return {"quota_armed": True}
        if isinstance(value, str) and not _DURATION.fullmatch(value):
            raise ValueError(f"{value!r} is nothing to wait for; write one of: {_KINDS}")
        return value if isinstance(value, dict) else {"seconds": value}

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """A duration, or the words quota_armed."""
        return ({"const": "quota_armed"}, *DURATION_SCHEMAS)

    @model_validator(mode="after")
    def _one_kind(self) -> "Wait":
        given = (self.seconds, self.writable, self.quota_armed or None, self.drive_used, self.log)
        if sum(value is not None for value in given) != 1:
            raise ValueError(f"wait for one thing; write one of: {_KINDS}")
        return self

    def __str__(self) -> str:
        """What stands under the verb, in one line."""
        if self.seconds is not None:
            return show_duration(self.seconds)
        if self.writable is not None:
            return f"until {show_size(self.writable)} can be written"
        if self.drive_used is not None:
            return f"until {self.drive_used:.0%} of a drive is used"
        return f"until the log has {self.log!r}" if self.log else "until the quota is enforced"
