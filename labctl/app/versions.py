"""Which versions an xl.meta names, and which files of what size they need on its drive.

MinIO's format, from release 2022 on:

    "XL2 ", major and minor version (2 bytes each, little endian)
    0xc6 and 4 bytes, big endian: the length of what follows
    MessagePack: header version, metadata version, count, and for each version
        a byte string, its header: an array of version id, time of writing, signature, ...
        a byte string, its metadata: a map, whose V2Obj tells the parts
    a checksum of that, and where data lies in the file itself: one byte, and a map of them by
    version id
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from labctl.app.msgpack import Unpacker, as_int, pick_ints

_MAGIC = b"XL2 "
_START = 8
_HEADER = 28
"""An array's first byte, 18 bytes of version id, 9 bytes of time."""
_INLINE = b"x-minio-internal-inline-data"
_HASH = 32
"""Bytes of the checksum that stands before each block of a shard."""

Part = tuple[str, str, int]
"""A data directory, a part's name, and its size."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What an xl.meta says.

    `versions`: id and time of writing of each version, as they stand in the file. `parts`: the
    files that must lie beside it. `inline`: whether all data that must lie within it is there.
    """

    versions: tuple[bytes, ...]
    parts: frozenset[Part]
    inline: bool


def read_meta(path: str) -> Meta | None:
    """None where the file is cut short or of another format. Raises OSError."""
    return parse_meta(Path(path).read_bytes())


def parse_meta(data: bytes) -> Meta | None:
    """As `read_meta`, of the file's bytes."""
    if not data.startswith(_MAGIC):
        return None
    try:
        return _parse(data)
    except (ValueError, ZeroDivisionError, RecursionError):
        return None


def _parse(data: bytes) -> Meta:
    file = Unpacker(data, _START)
    body = Unpacker(file.read_bytes())
    body.read_int()
    body.read_int()
    found = [(body.read_bytes(), body.read_bytes()) for _ in range(body.read_int())]
    file.read_int()
    lengths = _read_inline(data, file.at)
    objects = [version for _, meta in found if (version := _find_object(meta)) is not None]
    parts = frozenset(part for version in objects for part in _list_parts(version))
    inline = all(_has_inline(version, lengths) for version in objects)
    return Meta(tuple(header[:_HEADER] for header, _ in found), parts, inline)


def _read_inline(data: bytes, at: int) -> dict[bytes, int]:
    """How many bytes lie in the file itself, by version id; those alone that are whole."""
    lengths: dict[bytes, int] = {}
    if at >= len(data):
        return lengths
    for name, value in Unpacker(data, at + 1).read_map().items():
        lengths[name] = len(value) if isinstance(value, bytes) else 0
    return lengths


def _find_object(meta: bytes) -> Mapping[bytes, object] | None:
    """What tells of a version's data; None of a delete marker, which has none."""
    found = Unpacker(meta).read_map().get(b"V2Obj")
    return found if isinstance(found, dict) else None


def _is_inline(version: Mapping[bytes, object]) -> bool:
    system = version.get(b"MetaSys")
    return isinstance(system, dict) and _INLINE in system


def _list_parts(version: Mapping[bytes, object]) -> list[Part]:
    """The files that a version needs beside xl.meta; MinIO makes none for no bytes."""
    if _is_inline(version):
        return []
    folder = str(UUID(bytes=_pick_bytes(version, b"DDir")))
    numbers = pick_ints(version, b"PartNums")
    sizes = pick_ints(version, b"PartSizes")
    named = zip(numbers, sizes, strict=True)
    return [
        (folder, f"part.{number}", _shard_size(version, size)) for number, size in named if size
    ]


def _has_inline(version: Mapping[bytes, object], lengths: Mapping[bytes, int]) -> bool:
    if not _is_inline(version):
        return True
    identity = UUID(bytes=_pick_bytes(version, b"ID"))
    name = str(identity) if identity.int else "null"
    wanted = sum(_shard_size(version, size) for size in pick_ints(version, b"PartSizes"))
    return lengths.get(name.encode("ascii"), 0) == wanted


def _shard_size(version: Mapping[bytes, object], size: int) -> int:
    """Bytes that one drive holds of a part of `size` bytes, in which a checksum stands before
    each block."""
    block, drives = as_int(version.get(b"EcBSize")), as_int(version.get(b"EcM"))
    whole, rest = divmod(size, block)
    shard = _divide_up(block, drives)
    data = whole * shard + _divide_up(rest, drives)
    return data + _divide_up(data, shard) * _HASH


def _divide_up(number: int, by: int) -> int:
    return -(-number // by)


def _pick_bytes(version: Mapping[bytes, object], name: bytes) -> bytes:
    found = version.get(name)
    if not isinstance(found, bytes):
        raise ValueError(f"{name!r} is no bytes")
    return found
