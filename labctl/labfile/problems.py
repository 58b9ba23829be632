"""What pydantic found wrong with a lab file, in the words of lab files."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from labctl.labfile.lab import VERBS, Step
from labctl.labfile.lab_keys import choices_at, known_keys, model_at
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import EXAMPLES, example_of
from labctl.labfile.yaml_marks import Document, KeyPath, Problem, value_at

_LATER_VERBS = frozenset({"kill", "restart", "pause", "disconnect"})
_LATER_KEYS = frozenset({"nodes", "matrix", "ttl", "build"})
_GROUP_HINT = "write {count: 5, size: 1MiB} or {dir: ./files}"
_EMPTY_FILE = "write for example files: {small: {count: 60, size: 1MiB}}"
_SECRETS = frozenset({("minio", "access_key"), ("minio", "secret_key")})


def explain(error: ValidationError, document: Document) -> list[Problem]:
    """One problem for each thing that is wrong, where it stands."""
    found = [(_path(details["loc"]), details) for details in error.errors()]
    return [_problem(path, details, document) for path, details in found]


def problem_at(document: Document, nonsense: Nonsense) -> Problem:
    """What the models take and cannot be meant, where it stands."""
    path = nonsense.path
    place = document.key_place(path) if nonsense.key else document.value_place(path)
    return Problem(place, _named(document.nearest(path), nonsense.message))


def in_order(problems: Iterable[Problem]) -> tuple[str, ...]:
    """All problems, those of a file in its order, then those of options; each told once."""
    places = ((problem.place, str(problem)) for problem in problems)
    ordered = sorted(places, key=lambda each: (not each[0].line, each[0].line, each[0].column))
    return tuple(dict.fromkeys(told for _, told in ordered))


def wrong_paths(error: ValidationError) -> list[KeyPath]:
    """Where something is wrong."""
    return [_path(details["loc"]) for details in error.errors()]


def _path(loc: KeyPath) -> KeyPath:
    """Where an error stands in the file: pydantic adds the kind of a file group."""
    return loc[:2] + loc[3:] if loc[:1] == ("files",) else loc


def text_paths(error: ValidationError) -> list[KeyPath]:
    """Paths at which text is wanted, or would do, and something else stands."""
    kinds = ("string_type", "model_type")
    return [_path(each["loc"]) for each in error.errors() if each["type"] in kinds]


def _problem(path: KeyPath, details: ErrorDetails, document: Document) -> Problem:
    if details["type"] == "extra_forbidden":
        place, message = document.key_place(path), _unknown_key(path, document)
        return Problem(place, _named(path[:-1], message))
    if details["type"] == "missing":
        message = _missing(path)
        return Problem(document.value_place(path[:-1]), _named(path[:-1], message))
    at_key = details["type"] == "key_error"
    place = document.key_place(path) if at_key else document.value_place(path)
    return Problem(place, _named(document.nearest(path), _words(path, details)))


def _named(path: KeyPath, message: str) -> str:
    return f"{'.'.join(map(str, path))}: {message}" if path else message


def _unknown_key(path: KeyPath, document: Document) -> str:
    name, value = str(path[-1]), value_at(document.data, path[:-1])
    model = model_at(path[:-1], value)
    known = tuple(known_keys(model)) if model else ()
    if model is Step and name in _LATER_VERBS:
        return f"this labctl cannot play {name!r} yet; known verbs: {', '.join(VERBS)}"
    if name in _LATER_KEYS:
        return f"this labctl does not know {name!r} yet; known keys: {', '.join(known)}"
    if isinstance(value, dict) and {"dir", "count"} <= value.keys():
        return f"{name!r} does not go with 'dir'; keep one: {_GROUP_HINT}"
    close = get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown key {name!r}; {meant}known keys: {', '.join(known)}"


def _is_step(path: KeyPath) -> bool:
    return len(path) >= 2 and path[-2] in ("steps", "meanwhile") and isinstance(path[-1], int)


def _missing(path: KeyPath) -> str:
    if path[:1] == ("files",) and len(path) == 3:
        return f"{path[-1]!r} is missing; {_GROUP_HINT}"
    if path == ("files",):
        return "'files' is missing; write for example files: {small: {count: 60, size: 1MiB}}"
    return f"{path[-1]!r} is missing; add it"


def _words(path: KeyPath, details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    kind, value = details["type"], details["input"]
    if kind == "value_error" and "error" not in context:
        return details["msg"]
    if value is None and kind != "key_error":
        return f"is empty; {_when_empty(path)}"
    if kind in ("value_error", "key_error"):
        return str(context.get("error", details["msg"]))
    if kind == "string_type" and path in _SECRETS:
        return "must be a text; put it in quotes"
    shown = _show(value)
    words = _WORDS.get(kind)
    return words(path, shown, context) if words else f"is not understood: {details['msg'].lower()}"


def _when_empty(path: KeyPath) -> str:
    if _is_step(path):
        return example_of("")
    return "give it a value, or remove the line" if path else _EMPTY_FILE


def _show(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | str():
            return _cut(repr(value))
        case list() | tuple():
            return "a list"
    return "a map"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _map_wanted(path: KeyPath, shown: str, _context: Any) -> str:
    if path[:1] == ("files",) and len(path) == 2:
        return f"a group of files is a map, not {shown}; {_GROUP_HINT}"
    if _is_step(path):
        hint = example_of(shown.strip("'"))
        return f"a step is a map, not {shown}; {hint}"
    if _is_step(path[:-1]) and path[-1] in EXAMPLES:
        return f"cannot be {shown}; write {EXAMPLES[str(path[-1])]}"
    model = model_at(path, None)
    if not path:
        return f"a lab file is a map of keys, not {shown}; begin with `files:`"
    if model is None:
        return f"must be a map, not {shown}; write `{{name: value}}`"
    return f"must be a map, not {shown}; known keys: {', '.join(known_keys(model))}"


def _list_wanted(path: KeyPath, shown: str, _context: Any) -> str:
    hint = (
        "put `- ` before each step"
        if path[-1:] in (("steps",), ("meanwhile",))
        else "write for example [one, two]"
    )
    return f"must be a list, not {shown}; {hint}"


def _text_wanted(_path: KeyPath, shown: str, _context: Any) -> str:
    quotes = "write a text" if shown.startswith("a ") else "put it in quotes"
    return f"must be a text, not {shown}; {quotes}"


def _choice_wanted(path: KeyPath, shown: str, _context: Any) -> str:
    known, text = choices_at(path), shown.strip("'")
    holding = [word for word in known if text and text in word]
    close = holding or get_close_matches(text, known, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{shown} is not known here; {meant}write one of: {', '.join(known)}"


_WORDS: dict[str, Callable[[KeyPath, str, Any], str]] = {
    "model_type": _map_wanted,
    "dict_type": _map_wanted,
    "tuple_type": _list_wanted,
    "string_type": _text_wanted,
    "literal_error": _choice_wanted,
    "int_type": lambda _p, shown, _c: f"must be a whole number, not {shown}; write for example 5",
    "bool_type": lambda _p, shown, _c: f"must be true or false, not {shown}; write one of the two",
    "greater_than_equal": lambda _p, shown, c: f"{shown} is too little; write {c['ge']} or more",
    "less_than_equal": lambda _p, shown, c: f"{shown} is too much; write {c['le']} or less",
    "string_too_short": lambda _p, _s, c: (
        f"is too short; write {c['min_length']} or more characters"
    ),
    "string_too_long": lambda _p, _s, c: (
        f"is too long; write {c['max_length']} or fewer characters"
    ),
    "too_short": lambda _p, _s, _c: f"holds no group; {_GROUP_HINT} under a name",
}
