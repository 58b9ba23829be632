"""What the lab file's models are made of: their base, sizes, durations, and errors at a place."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    Strict,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from labctl.units import DURATION_PATTERN, SIZE_PATTERN, parse_duration, parse_size


class Model(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """The long form of a shorthand; whatever is none stays as it is."""
        return value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """JSON schemas of the shorthands."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return cls.spell_out(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        for name, text in attribute_docstrings(cls).items():
            schema["properties"][name]["description"] = text
        if not cls.shorthands():
            return schema
        about = {"description": schema.pop("description")} if "description" in schema else {}
        return {"anyOf": [*cls.shorthands(), schema], **about}


def attribute_docstrings(model: type) -> dict[str, str]:
    """The texts below a class's annotated attributes.

    pydantic can read them too, but would do so at every start of labctl, for 40 ms.
    """
    [defined] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(defined, ast.ClassDef)  # noqa: S101 - what `getsource` of a class gives
    return {
        attribute.target.id: inspect.cleandoc(str(text.value.value))
        for attribute, text in pairwise(defined.body)
        if isinstance(attribute, ast.AnnAssign)
        and isinstance(attribute.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def at(place: tuple[str | int, ...], message: str) -> InitErrorDetails:
    """A problem with a value further inside of what a validator was given."""
    kind = PydanticCustomError("value_error", "{message}", {"message": message})
    return InitErrorDetails(type=kind, loc=place, input=None)


def at_key(name: str, message: str) -> InitErrorDetails:
    """A problem with a key of the map that a validator was given."""
    kind = PydanticCustomError("key_error", "{message}", {"message": message})
    return InitErrorDetails(type=kind, loc=(name,), input=None)


def refuse(problems: list[InitErrorDetails]) -> None:
    """Raise all `problems` at once, if there are any; for validators."""
    if problems:
        raise ValidationError.from_exception_data("lab", problems)


def _positive(size: int) -> int:
    if size <= 0:
        raise ValueError("must be more than 0 bytes; write for example 200m or 30MiB")
    return size


def _no_debt(size: int) -> int:
    if size < 0:
        raise ValueError("must not be negative; write for example 0 or 30MiB")
    return size


def _never_negative(value: float) -> float:
    if value < 0:
        raise ValueError("must not be negative; write for example 10s or 100ms")
    return value


def _size_schema(*, least: int) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": least},
                {"type": "string", "pattern": f"^{SIZE_PATTERN}$"},
            ],
            "description": "bytes, or 200m = 200Mi = 200MiB (2^20) or 200MB (10^6)",
        }
    )


_DURATION_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": f"^{DURATION_PATTERN}$"},
        ],
        "description": "seconds, or 100ms, 10s, 3m, 1h",
    }
)
Size = Annotated[int, AfterValidator(_positive), BeforeValidator(parse_size), _size_schema(least=1)]
"""Bytes, more than none."""
SizeOrNone = Annotated[
    int, AfterValidator(_no_debt), BeforeValidator(parse_size), _size_schema(least=0)
]
"""Bytes, none among them."""
Duration = Annotated[
    float, AfterValidator(_never_negative), BeforeValidator(parse_duration), _DURATION_SCHEMA
]
"""Seconds."""
Whole = Annotated[int, Strict()]
"""A whole number, and nothing that could be read as one."""
Flag = Annotated[bool, Strict()]
"""true or false, and nothing that could be read as one."""
