"""What the lab file's models are made of: their base, sizes, durations, and errors at a place."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from labctl.units import (
    DURATION_PATTERN,
    SHARE_PATTERN,
    SIZE_PATTERN,
    parse_duration,
    parse_share,
    parse_size,
)


class Model(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    takes_null: ClassVar[bool] = True
    """Whether a key that may be left out may be written without a value, too."""

    @classmethod
    def spell_out(cls, value: Any) -> Any:
        """The long form of a shorthand; whatever is none stays as it is."""
        return value

    @classmethod
    def shorthands(cls) -> tuple[JsonSchemaValue, ...]:
        """JSON schemas of the shorthands."""
        return ()

    @classmethod
    def narrow(cls, schema: JsonSchemaValue) -> JsonSchemaValue:
        """The JSON schema with what no single key tells."""
        return schema

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return cls.spell_out(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        if not cls.takes_null:
            schema["properties"] = {
                name: _given(each) for name, each in schema["properties"].items()
            }
        keys = {name: field.alias or name for name, field in cls.model_fields.items()}
        for name, text in attribute_docstrings(cls).items():
            schema["properties"][keys[name]]["description"] = text
        if not cls.shorthands():
            return cls.narrow(schema)
        about = {"description": schema.pop("description")} if "description" in schema else {}
        return {"anyOf": [*cls.shorthands(), cls.narrow(schema)], **about}


class Given(Model):
    """As Model, and a key that is written has a value: an empty one can mean much or nothing."""

    takes_null: ClassVar[bool] = False

    @classmethod
    def when_empty(cls, _name: str) -> str:
        """What to do about a key without a value."""
        return "give it a value, or remove the line"

    @field_validator("*", mode="before")
    @classmethod
    def _not_empty(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None:
            refuse([at((), f"is empty; {cls.when_empty(str(info.field_name))}")])
        if isinstance(value, list | tuple) and not value:
            refuse([at((), f"is an empty list; {cls.when_empty(str(info.field_name))}")])
        return value


def _given(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a property that may be left out, but neither be null nor an empty list."""
    about = {key: each for key, each in schema.items() if key != "anyOf"}
    if about.get("default") in (None, []):
        about.pop("default", None)
    options: list[JsonSchemaValue]
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        return options[0] | about
    return {"anyOf": options} | about if options else about


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


def _sizes(*, least: int) -> tuple[JsonSchemaValue, ...]:
    return (
        {"type": "integer", "minimum": least},
        {"type": "string", "pattern": f"^{SIZE_PATTERN}$"},
    )


def _size_schema(*, least: int) -> WithJsonSchema:
    about = "bytes, or 200m = 200Mi = 200MiB (2^20) or 200MB (10^6)"
    return WithJsonSchema({"anyOf": list(_sizes(least=least)), "description": about})


SIZE_SCHEMAS = _sizes(least=1)
"""How a size may be written."""
DURATION_SCHEMAS: tuple[JsonSchemaValue, ...] = (
    {"type": "number", "minimum": 0},
    {"type": "string", "pattern": f"^{DURATION_PATTERN}$"},
)
"""How a duration may be written."""
_DURATION_SCHEMA = WithJsonSchema(
    {"anyOf": list(DURATION_SCHEMAS), "description": "seconds, or 100ms, 10s, 3m, 1h"}
)
Size = Annotated[int, AfterValidator(_positive), BeforeValidator(parse_size), _size_schema(least=1)]
"""Bytes, more than none."""
SizeOrNone = Annotated[
    int, AfterValidator(_no_debt), BeforeValidator(parse_size), _size_schema(least=0)
]
"""Bytes, none among them."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a drive, 0 to 1."""

    part: float

    def of(self, size: int) -> int:
        """Bytes of that part of `size`."""
        return round(self.part * size)

    def __str__(self) -> str:
        """Exactly, so that what is read from it is the same."""
        return f"{(Decimal(repr(self.part)) * 100).normalize():f}%"


def parse_size_or_share(value: "str | int | Share") -> "int | Share":
    """Bytes, or a Share where a percentage is written. Raises ValueError for anything else."""
    if isinstance(value, Share):
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        return Share(parse_share(value))
    return _no_debt(parse_size(value))


SIZE_OR_SHARE_SCHEMAS: tuple[JsonSchemaValue, ...] = (
    *_sizes(least=0),
    {"type": "string", "pattern": f"^{SHARE_PATTERN}$"},
)
"""How a size, or a percentage of a drive, may be written."""
ShareOnly = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(lambda part: str(Share(part))),
    WithJsonSchema({"type": "string", "pattern": f"^{SHARE_PATTERN}$", "description": "95%"}),
]
"""A percentage, as 0 to 1."""
SizeOrShare = Annotated[
    Any,
    AfterValidator(parse_size_or_share),
    PlainSerializer(lambda value: value if isinstance(value, int) else str(value)),
    WithJsonSchema(
        {
            "anyOf": list(SIZE_OR_SHARE_SCHEMAS),
            "description": "bytes, 200m = 200MiB, or a percentage of the drive such as 95%",
        }
    ),
]
"""Bytes (int), or a Share."""
Duration = Annotated[
    float, AfterValidator(_never_negative), BeforeValidator(parse_duration), _DURATION_SCHEMA
]
"""Seconds."""
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""One name, or a list of some."""
Whole = Annotated[int, Strict()]
"""A whole number, and nothing that could be read as one."""
Flag = Annotated[bool, Strict()]
"""true or false, and nothing that could be read as one."""
