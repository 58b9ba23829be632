"""The JSON schema of lab files, from their models: `python -m labctl.labfile.schema` prints it."""

import json
import sys
from typing import Any

from labctl.labfile.lab import Lab

_VARIABLE = {
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
    "description": "${VAR} or ${VAR:-default}, filled in from the environment",
}
_TO_VARIABLE = {"$ref": "#/$defs/Variable"}
_SCALARS = frozenset({"integer", "number", "boolean", "string"})
_ABOUT = ("description", "default")
_NARROW = frozenset({"pattern", "minLength", "maxLength", "enum", "const"})


def lab_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) that takes what the loader takes, as far as a schema can tell."""
    schema: dict[str, Any] = _with_variables(Lab.model_json_schema())
    schema["$defs"]["Variable"] = _VARIABLE
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "labctl lab file"}
    return head | schema


def schema_text() -> str:
    """The schema as it stands in labs/lab.schema.json."""
    return json.dumps(lab_schema(), indent=2, ensure_ascii=False) + "\n"


def _with_variables(schema: Any) -> Any:
    """`schema` with `${VAR}` in the place of every number, switch and fixed word, and no titles."""
    if isinstance(schema, list):
        return [_with_variables(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _below(key, value) for key, value in schema.items() if not _is_title(key, value)}
    if "anyOf" in inner:
        return inner | {"anyOf": _flat(inner["anyOf"])}
    if not _may_be_variable(schema):
        return inner
    about = {key: inner.pop(key) for key in _ABOUT if key in inner}
    return about | {"anyOf": [inner, _TO_VARIABLE]}


def _flat(options: list[Any]) -> list[Any]:
    """Options without alternatives inside of alternatives; the variable once, at the end."""
    flat = [
        inner
        for option in options
        for inner in (option["anyOf"] if option.keys() == {"anyOf"} else [option])
    ]
    variable = [_TO_VARIABLE] if _TO_VARIABLE in flat else []
    return [option for option in flat if option != _TO_VARIABLE] + variable


def _below(key: str, value: Any) -> Any:
    """What stands under a schema's keyword; names of properties are no keywords."""
    if key in ("properties", "$defs"):
        return {name: _with_variables(each) for name, each in value.items()}
    return value if key in ("default", "enum", "const", "required") else _with_variables(value)


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)


def _may_be_variable(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    if kind == "string" or kind is None:
        return not _NARROW.isdisjoint(schema)
    return isinstance(kind, str) and kind in _SCALARS


if __name__ == "__main__":
    sys.stdout.write(schema_text())
