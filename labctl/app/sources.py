"""The objects of a task, one at a time: ten million of them take no memory."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labctl.app.task import Group


@dataclass(frozen=True, slots=True)
class Source:
    """One object to send. `path` is its file, or None where its bytes are generated."""

    operation: int
    key: str
    group: str
    size: int
    path: Path | None = None


def list_sources(groups: tuple[Group, ...]) -> Iterator[Source]:
    """The objects of all groups in order, numbered from 1. Raises OSError where a folder fails."""
    operation = 0
    for group in groups:
        found = _generated(group) if group.folder is None else _files(Path(group.folder))
        for key, size, path in found:
            operation += 1
            yield Source(operation, key, group.name, size, path)


def count_sources(groups: tuple[Group, ...]) -> tuple[int, int]:
    """How many objects the groups hold, and their bytes together."""
    objects = size = 0
    for group in groups:
        if group.folder is None:
            objects += group.count
            size += group.count * group.size
        else:
            for _, length, _ in _files(Path(group.folder)):
                objects += 1
                size += length
    return objects, size


def _generated(group: Group) -> Iterator[tuple[str, int, None]]:
    width = max(4, len(str(group.count)))
    for number in range(1, group.count + 1):
        yield f"{group.name}-{number:0{width}}", group.size, None


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
