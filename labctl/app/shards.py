"""On how many drives each object lies whole, in MinIO's format: BUCKET/KEY/xl.meta, and beside it
BUCKET/KEY/DATA-DIR/part.N where the data does not lie within xl.meta itself.

Names and sizes alone are looked at: a flipped byte is found by reading the object back. An object
of which no drive has an xl.meta is not named here.
"""

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
from labctl.app.versions import Meta, Part, read_meta

_DATA_DIR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FOLDER_OBJECT = "__XLDIR__"
"""What MinIO appends to the name of an object whose key ends with a slash."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What one drive holds of an object. `meta` None: an xl.meta that cannot be read."""

    meta: Meta | None
    parts: frozenset[Part]

    @property
    def named(self) -> tuple[tuple[bytes, ...], frozenset[Part]]:
        """What xl.meta says that should be the same on every drive."""
        return (self.meta.versions, self.meta.parts) if self.meta is not None else ((), frozenset())

    @property
    def is_whole(self) -> bool:
        """Whether all is there that xl.meta names."""
        return self.meta is not None and self.meta.inline and self.meta.parts <= self.parts


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
    if any(held):
        yield Shards(time.time(), _name(key), len(paths), count_complete(held))
    for folder in sorted(folders):
        below = f"{key}/{folder}" if key else folder
        yield from _walk([f"{path}/{folder}" for path in paths], below)


def count_complete(held: list[_Held | None]) -> int:
    """How many drives hold, whole, what most drives name; of equals, the most."""
    known = [one for one in held if one is not None]
    named = Counter(one.named for one in known)
    whole = Counter(one.named for one in known if one.is_whole)
    return max(((named[what], whole[what]) for what in named), default=(0, 0))[1]


def _look(path: str, folders: set[str]) -> _Held | None:
    """What lies at a key on one drive; names of folders that lead to further keys are added."""
    held, meta = False, None
    parts: set[Part] = set()
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
        for entry in entries:
            if entry.name == "xl.meta":
                with suppress(FileNotFoundError):
                    meta, held = read_meta(entry.path), True
            elif not entry.is_dir(follow_symlinks=False):
                continue
            elif _DATA_DIR.fullmatch(entry.name) and (found := _list_parts(entry)):
                parts |= found
            else:
                folders.add(entry.name)
    return _Held(meta, frozenset(parts)) if held else None


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
