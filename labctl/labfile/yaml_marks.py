"""YAML text into plain data, with the place of every key and value.

Scalars are read as YAML 1.2 reads them (`yes`, `0200` and dates are not special), and `${VAR}` is
filled in after parsing, so that columns stay true.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from labctl.labfile.variables import fill
from labctl.labfile.yaml_words import broken_at, plain_words

KeyPath = tuple[str | int, ...]
MAX_NODES = 20_000
MAX_DEPTH = 40
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}|0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file with line and column from 1, or an option (line 0)."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to write instead."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data and where it stands.

    `values` and `keys` give places by path; `texts` the text of scalars that may be a number or a
    switch, and `filled` names those that `${VAR}` or an option gave. These are read as if they
    stood unquoted: within `{ }` YAML wants `${VAR}` in quotes.
    """

    data: Any
    values: dict[KeyPath, Place]
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    filled: set[KeyPath] = field(default_factory=set)

    def nearest(self, path: KeyPath) -> KeyPath:
        """`path`, or as much of it as the document has."""
        while path and path not in self.values:
            path = path[:-1]
        return path

    def value_place(self, path: KeyPath) -> Place:
        """Where the value stands, or what it would be part of."""
        return self.values[self.nearest(path)]

    def key_place(self, path: KeyPath) -> Place:
        """Where the key stands, or what it would be part of."""
        return self.keys.get(path) or self.value_place(path)

    def rooted(self, root: KeyPath) -> "Document":
        """The same as part of a larger document, in which it stands at `root`."""
        above = {root[:depth]: self.values[()] for depth in range(len(root))}
        data = self.data
        for part in reversed(root):
            data = [data] if isinstance(part, int) else {part: data}
        return Document(
            data,
            above | {root + path: place for path, place in self.values.items()},
            {root + path: place for path, place in self.keys.items()},
            {root + path: text for path, text in self.texts.items()},
            {root + path for path in self.filled},
        )


def value_at(data: Any, path: KeyPath) -> Any:
    """What stands at `path` in plain data, or None."""
    for part in path:
        if isinstance(data, list) and isinstance(part, int):
            data = data[part] if part < len(data) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


def read_plain(text: str) -> bool | int | float | str | None:
    """What an unquoted scalar means in YAML 1.2."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS or text == "FALSE":
        return _BOOLEANS.get(text, False)
    if _INTEGER.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


def parse_yaml(
    text: str, source: str, environ: Mapping[str, str] | None, *, with_lines: bool
) -> tuple[Document | None, tuple[Problem, ...]]:
    """Data of one YAML document and the problems found; no Document where the syntax is broken.

    `source` stands before line and column, or alone without `with_lines`. Without `environ`
    `${VAR}` is left as it is.
    """
    builder = _Builder(source, environ, with_lines=with_lines)
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        told = "a character that YAML refuses stands here; remove it"
        return None, (Problem(_odd_place(text, error.position, builder), told),)
    try:
        node = loader.get_single_node()
        builder.problems += [
            Problem(builder.place(mark), "tags are not read here; remove it, or put text in quotes")
            for mark in loader.tags
        ]
        data = builder.build(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        return None, (Problem(builder.place(broken_at(error)), plain_words(error)),)
    finally:
        loader.dispose()
    top = Place(source, 1, 1) if with_lines else Place(source)
    document = Document(
        data, {(): top} | builder.values, builder.keys, builder.texts, builder.filled
    )
    return document, tuple(builder.problems)


def _odd_place(text: str, position: int, builder: "_Builder") -> Place:
    before = text[:position]
    line, column = before.count("\n"), position - before.rfind("\n") - 1
    return builder.place(yaml.Mark("", position, line, column, None, 0))


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses nesting that is too deep and notes where tags stand."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.tags: list[yaml.Mark] = []

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            self.tags.append(event.start_mark)
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(None, None, "nested too deeply", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Builder:
    """Builds plain data from nodes and keeps their places."""

    def __init__(self, source: str, environ: Mapping[str, str] | None, *, with_lines: bool) -> None:
        self.source = source
        self.environ = environ
        self.with_lines = with_lines
        self.values: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self.texts: dict[KeyPath, str] = {}
        self.filled: set[KeyPath] = set()
        self.problems: list[Problem] = []
        self.nodes = 0

    def place(self, mark: Any) -> Place:
        """The place of a PyYAML mark."""
        if not self.with_lines or mark is None:
            return Place(self.source)
        return Place(self.source, mark.line + 1, mark.column + 1)

    def build(self, node: Node, path: KeyPath) -> Any:
        """The data of `node`, which stands at `path`."""
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(None, None, "too large", node.start_mark)
        self.values[path] = self.place(node.start_mark)
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: Any, path: KeyPath) -> Any:
        text, quoted = str(node.value), node.style is not None
        if self.environ is not None and "$" in text:
            text, problems = fill(text, self.environ)
            self.problems += [Problem(self.values[path], message) for message in problems]
        if text != node.value:
            self.filled.add(path)
        if quoted and (path not in self.filled or text in _NULLS):
            return text
        self.texts[path] = text
        return read_plain(text)

    def _map(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        own = [pair for pair in node.value if not _is_merge(pair[0])]
        for merged in (pair[1] for pair in node.value if _is_merge(pair[0])):
            data = self._merged(merged, path) | data
        for name in data.keys() & {key.value for key, _ in own if isinstance(key, ScalarNode)}:
            del data[name]
        for key, value in own:
            fresh = self._key(key, path, data)
            if fresh is not None:
                data[fresh] = self.build(value, (*path, fresh))
        return data

    def _merged(self, node: Node, path: KeyPath) -> dict[str, Any]:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        data: dict[str, Any] = {}
        for each in reversed(sources):
            if not isinstance(each, MappingNode):
                raise yaml.MarkedYAMLError(None, None, "merge of no map", each.start_mark)
            data |= self.build(each, path)
        self.values[path] = self.place(node.start_mark)
        return data

    def _key(self, key: Node, path: KeyPath, data: dict[str, Any]) -> str | None:
        place = self.place(key.start_mark)
        if not isinstance(key, ScalarNode) or (key.style is None and key.value in _NULLS):
            self.problems.append(Problem(place, "a key must be plain text; write a word"))
            return None
        name = str(key.value)
        if name in data:
            first = self.keys[(*path, name)]
            where = f"first in line {first.line}" if first.line else "twice"
            self.problems.append(
                Problem(place, f"{name!r} is given again ({where}); remove one of the two")
            )
            return None
        self.keys[(*path, name)] = place
        return name


def _is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.style is None and key.value == "<<"
