"""Which keys a task's groups give, and which of them LIST named: a byte for each, not a string."""

from collections.abc import Iterator
from dataclasses import replace

from labctl.app.sources import Source, count_sources, list_sources, name_object
from labctl.app.task import Group

_Span = tuple[Group, int]
"""A group, and the place of its first object."""


class Expected:
    """The keys of the groups, whatever `only` says. Raises OSError where a folder fails."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self._generated: dict[str, _Span] = {}
        self._files: dict[str, int] = {}
        self._others: list[str] = []
        place = 0
        for group in (replace(group, only=None) for group in groups):
            if group.folder is None:
                self._generated[group.name] = group, place
            else:
                keys = (source.key for source in list_sources((group,)))
                self._files |= {key: place + number for number, key in enumerate(keys)}
            place += count_sources((group,))[0]
        self._listed = bytearray(place)

    def note(self, key: str) -> None:
        """LIST named `key`."""
        place = self._find(key)
        if place is None:
            self._others.append(key)
        else:
            self._listed[place] = 1

    def is_listed(self, key: str) -> bool:
        """Whether LIST named a key of the groups."""
        place = self._find(key)
        return place is not None and self._listed[place] == 1

    def list_others(self) -> Iterator[Source]:
        """What LIST named and no group gives, in its order."""
        for key in self._others:
            yield Source(0, key, "", 0)

    def _find(self, key: str) -> int | None:
        """The place of a key over all groups."""
        name, _, digits = key.rpartition("-")
        span = self._generated.get(name)
        if span and digits.isascii() and digits.isdecimal():
            group, place = span
            number = int(digits)
            if 1 <= number <= group.count and name_object(group, number) == key:
                return place + number - 1
        return self._files.get(key)
