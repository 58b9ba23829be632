"""On how many drives each object lies, in MinIO's format: BUCKET/KEY/xl.meta, and beside it
BUCKET/KEY/DATA-DIR/part.N where the data does not lie within xl.meta itself."""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labctl.app.records import Shards
from labctl.app.versions import read_versions

_DATA_DIR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FOLDER_OBJECT = "__XLDIR__"
"""What MinIO appends to the name of an object whose key ends with a slash."""

Part = tuple[str, str, int]
"""A data directory, a part's name, and its size."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What one drive holds of an object."""

    versions: tuple[bytes, ...]
    parts: frozenset[Part]


def count_shards(drives: Mapping[str, str], bucket: str) -> Iterator[Shards]:
    """One record for each object that any drive holds. Raises OSError where a drive cannot be read;
    what vanishes meanwhile does not count."""
    for paths in group_drives(drives):
        yield from _walk([f"{path}/{bucket}" for path in paths], "")


def group_drives(drives: Mapping[str, str]) -> list[list[str]]:
    """Paths of drives, those of one erasure set together: an object lies in one set only."""
    sets: dict[object, list[str]] = {}
    for path in drives.values():
        sets.setdefault(_find_set(path), []).append(path)
    return list(sets.values())


def _find_set(path: str) -> tuple[str, ...]:
    try:
        layout = json.loads(Path(path, ".minio.sys", "format.json").read_bytes())["xl"]
        return next(tuple(drives) for drives in layout["sets"] if layout["this"] in drives)
    except (FileNotFoundError, ValueError, KeyError, TypeError, StopIteration):
        return ()


def _walk(paths: list[str], key: str) -> Iterator[Shards]:
    folders: set[str] = set()
    held = [_look(path, folders) for path in paths]
    complete = count_complete(held)
    if complete:
        yield Shards(time.time(), _name(key), len(paths), complete)
    for folder in sorted(folders):
        below = f"{key}/{folder}" if key else folder
        yield from _walk([f"{path}/{folder}" for path in paths], below)


def count_complete(held: list[_Held | None]) -> int:
    """How many drives hold what most of those hold that hold anything; of equals, the most."""
    counts = Counter(one for one in held if one is not None)
    if not counts:
        return 0
    return counts[max(counts, key=lambda one: (counts[one], len(one.parts)))]


def _look(path: str, folders: set[str]) -> _Held | None:
    """What lies at a key on one drive; names of folders that lead to further keys are added."""
    versions: tuple[bytes, ...] | None = None
    parts: set[Part] = set()
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
        for entry in entries:
            if entry.name == "xl.meta":
                with suppress(FileNotFoundError):
                    versions = read_versions(entry.path)
            elif not entry.is_dir(follow_symlinks=False):
                continue
            elif _DATA_DIR.fullmatch(entry.name) and (found := _list_parts(entry)):
                parts |= found
            else:
                folders.add(entry.name)
    return None if versions is None else _Held(versions, frozenset(parts))


def _list_parts(folder: os.DirEntry[str]) -> set[Part]:
    parts: set[Part] = set()
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder.path) as entries:
        for entry in entries:
            if entry.name.startswith("part.") and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    size = entry.stat(follow_symlinks=False).st_size
                    parts.add((folder.name, entry.name, size))
    return parts


def _name(key: str) -> str:
    return key.removesuffix(_FOLDER_OBJECT) + "/" if key.endswith(_FOLDER_OBJECT) else key
