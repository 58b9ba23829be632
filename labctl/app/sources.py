"""The objects of a task, one at a time: ten million of them take no memory."""

import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labctl.app.task import Group

_File = tuple[int, str, int, Path]


@dataclass(frozen=True, slots=True)
class Source:
    """One object to send. `path` is its file, or None where its bytes are generated; `number` is
    its own within the group, from 1, and `round` tells how often its key comes up, from 1."""

    operation: int
    key: str
    group: str
    size: int
    path: Path | None = None
    number: int = 1
    round: int = 1


def check_groups(groups: tuple[Group, ...]) -> None:
    """Raises ValueError where groups make no sense."""
    if any(min(group.count, group.size) < 0 for group in groups):
        raise ValueError("counts and sizes must not be negative")
    pairs = (pair for group in groups for pair in group.only or ())
    if any(not 1 <= first <= last for first, last in pairs):
        raise ValueError("only: give pairs of numbers from 1 on, the lower first")


def list_sources(groups: tuple[Group, ...], rounds: int = 1) -> Iterator[Source]:
    """The objects of all groups in order, round after round, numbered from 1.

    Raises OSError where a folder fails.
    """
    numbers = itertools.count(1)
    for turn in range(1, rounds + 1):
        for group in groups:
            for number, key, size, path in _objects(group):
                yield Source(next(numbers), key, group.name, size, path, number, turn)


def count_sources(groups: tuple[Group, ...]) -> tuple[int, int]:
    """How many objects the groups hold, and their bytes together."""
    objects = size = 0
    for group in groups:
        if group.folder is None:
            count = sum(len(numbers) for numbers in pick_numbers(group, group.count))
            objects += count
            size += count * group.size
        else:
            for _, _, length, _ in _objects(group):
                objects += 1
                size += length
    return objects, size


def name_object(group: Group, number: int) -> str:
    """The key of a generated object, counted from 1: `small-0001`."""
    width = max(4, len(str(group.count)))
    return f"{group.name}-{number:0{width}}"


def pick_numbers(group: Group, count: int) -> list[range]:
    """The numbers that a group of `count` objects has after `only`: rising, none of them twice."""
    picked: list[range] = []
    after = 1
    for first, last in sorted(((1, count),) if group.only is None else group.only):
        numbers = range(max(first, after), min(last, count) + 1)
        if numbers:
            picked.append(numbers)
            after = numbers.stop
    return picked


def _objects(group: Group) -> Iterator[tuple[int, str, int, Path | None]]:
    """Number in the group, key, size, and the file where there is one."""
    if group.folder is None:
        return _generated(group)
    found = enumerate(_files(Path(group.folder)), 1)
    files = ((number, key, size, path) for number, (key, size, path) in found)
    if group.only is None:
        return files
    return _pick(files, pick_numbers(group, sys.maxsize - 1))


def _pick(files: Iterator[_File], picked: list[range]) -> Iterator[_File]:
    done = 0
    for numbers in picked:
        yield from itertools.islice(files, numbers.start - 1 - done, numbers.stop - 1 - done)
        done = numbers.stop - 1


def _generated(group: Group) -> Iterator[tuple[int, str, int, None]]:
    for number in itertools.chain.from_iterable(pick_numbers(group, group.count)):
        yield number, name_object(group, number), group.size, None


def _files(folder: Path, prefix: str = "") -> Iterator[tuple[str, int, Path]]:
    """Files under `folder` in the order of their names; folders that are links are left out."""
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry.stat().st_size, Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)
