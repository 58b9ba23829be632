"""Which versions an xl.meta names, so far as tells the drives of one object apart.

MinIO's format, from release 2022 on:

    "XL2 ", major and minor version (2 bytes each, little endian)
    0xc6 and 4 bytes, big endian: the length of what follows
    MessagePack: header version, metadata version, count, and for each version
        a byte string, its header: an array of version id, time of writing, signature, ...
        a byte string, its metadata, which differ from drive to drive
"""

from pathlib import Path

_MAGIC = b"XL2 "
_START = 13
_HEADER = 28
"""An array's first byte, 18 bytes of version id, 9 bytes of time."""
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
"""MessagePack's byte strings: how many bytes of length follow the first."""
_INTEGERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}


def read_versions(path: str) -> tuple[bytes, ...]:
    """Version id and time of writing of each version, as they stand in the file; none where the
    format is another. Raises OSError."""
    with Path(path).open("rb", buffering=0) as file:
        data = file.read(4096)
        if len(data) >= _START and data[8] == 0xC6:
            length = _START + int.from_bytes(data[9:_START], "big")
            data += file.read(max(0, length - len(data)))
    return parse_versions(data)


def parse_versions(data: bytes) -> tuple[bytes, ...]:
    """As `read_versions`, of the file's beginning."""
    if not data.startswith(_MAGIC):
        return ()
    try:
        return _parse(data)
    except IndexError:
        return ()


def _parse(data: bytes) -> tuple[bytes, ...]:
    at = _START
    for _ in range(2):
        _, at = _integer(data, at)
    count, at = _integer(data, at)
    versions: list[bytes] = []
    for _ in range(count):
        header, at = _string(data, at)
        _, at = _string(data, at)
        versions.append(header[:_HEADER])
    return tuple(versions)


def _integer(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first not in _INTEGERS:
        raise IndexError("not an integer")
    end = at + 1 + _INTEGERS[first]
    return int.from_bytes(data[at + 1 : end], "big"), end


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    if data[at] not in _BYTES:
        raise IndexError("not a byte string")
    start = at + 1 + _BYTES[data[at]]
    end = start + int.from_bytes(data[at + 1 : start], "big")
    if end > len(data):
        raise IndexError("cut short")
    return data[start:end], end
