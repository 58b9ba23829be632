"""`--set PATH=VALUE`: values of the command line in place of the lab file's."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from labctl.labfile.lab import Minio
from labctl.labfile.lab_keys import model_at, wants_list
from labctl.labfile.yaml_marks import Document, KeyPath, Place, Problem, parse_yaml, value_at

_OPEN_KEYS = Minio.model_fields.keys() - {"access_key", "secret_key", "env"}
_EXAMPLE = "write for example --set minio.size=100m"


def override(
    document: Document, overrides: tuple[str, ...]
) -> tuple[Document, tuple[Problem, ...]]:
    """A document with `overrides` put in, in their order, and what was wrong with them.

    Places name the override where it gave the value. Values are YAML; maps on the way are made.
    """
    changed = replace(
        document,
        data={} if overrides and document.data is None else deepcopy(document.data),
        values=dict(document.values),
        keys=dict(document.keys),
        texts=dict(document.texts),
        filled=set(document.filled),
    )
    problems = [problem for text in overrides for problem in _put(changed, text)]
    return changed, tuple(problems)


def show_override(text: str) -> str:
    """The option as it was typed, without what may be a secret."""
    path, equals, _ = text.partition("=")
    first, second, *_ = (*path.split("."), "")
    hidden = equals and first.strip() == "minio" and second not in _OPEN_KEYS
    return f"--set {path}=***" if hidden else f"--set {text}"


def _put(document: Document, text: str) -> tuple[Problem, ...]:
    name, equals, value = text.partition("=")
    shown = Place(show_override(text))
    if not equals or not all(name.split(".")):
        return (Problem(shown, f"is no PATH=VALUE; {_EXAMPLE}"),)
    given, problems = parse_yaml(value, shown.source, None, with_lines=False)
    if given is None or problems:
        return problems
    try:
        path = _reach(document, name.split("."), shown)
    except ValueError as error:
        return (Problem(shown, str(error)),)
    _forget(document, path)
    _assign(document.data, path, given.data)
    document.values.update({path + below: shown for below in given.values})
    document.keys.update({path + below: shown for below in (*given.keys, ())})
    document.texts.update({path + below: each for below, each in given.texts.items()})
    document.filled.update(path + below for below in given.texts)
    return ()


def _reach(document: Document, parts: list[str], shown: Place) -> KeyPath:
    """The path that `parts` name; maps and lists on the way are made, shorthands spelled out."""
    path: KeyPath = ()
    while parts:
        parent = _open(document, path, shown)
        part, parts = _next_part(parent, parts)
        path = (*path, part)
    return path


def _open(document: Document, path: KeyPath, shown: Place) -> dict[str, Any] | list[Any]:
    """The map or list at `path`, made where there is none."""
    value: Any = value_at(document.data, path)
    model = model_at(path, value)
    opened: Any = model.spell_out(value) if model and value is not None else value
    if opened is None:
        opened = [] if wants_list(path) else {}
        document.values[path] = shown
        document.keys[path] = shown
    if isinstance(opened, dict | list):
        if opened is not value:
            _assign(document.data, path, opened)
        return opened
    where = ".".join(map(str, path)) or "the lab file"
    raise ValueError(f"{where} is no map, so nothing in it can be set; set {where} itself")


def _next_part(parent: dict[str, Any] | list[Any], parts: list[str]) -> tuple[Any, list[str]]:
    """The next step into `parent`: the longest key that it has, else one part; and the rest."""
    if isinstance(parent, list):
        index = int(parts[0]) if parts[0].isdecimal() and len(parts[0]) < 6 else -1
        if not 0 <= index <= len(parent):
            raise ValueError(f"{parts[0]!r} is no place in a list of {len(parent)}; count from 0")
        return index, parts[1:]
    for count in range(len(parts), 1, -1):
        name = ".".join(parts[:count])
        if name in parent:
            return name, parts[count:]
    return parts[0], parts[1:]


def _assign(data: Any, path: KeyPath, value: Any) -> None:
    parent = value_at(data, path[:-1])
    if isinstance(parent, list) and path[-1] == len(parent):
        parent.append(value)
    else:
        parent[path[-1]] = value


def _forget(document: Document, path: KeyPath) -> None:
    """Drop what is known of `path` and all below it."""
    for table in (document.values, document.keys, document.texts):
        for known in [known for known in table if known[: len(path)] == path]:
            del table[known]
    document.filled.difference_update(
        {known for known in document.filled if known[: len(path)] == path}
    )
