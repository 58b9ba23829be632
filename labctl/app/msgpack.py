"""MessagePack, as much of it as MinIO's files use. https://msgpack.org gives the format."""

from collections.abc import Mapping

_SIZES = {
    **dict.fromkeys((0xC4, 0xD9), 1),
    **dict.fromkeys((0xC5, 0xDA, 0xDC, 0xDE), 2),
    **dict.fromkeys((0xC6, 0xDB, 0xDD, 0xDF), 4),
}
"""Strings, arrays and maps: how many bytes of length follow the first."""
_NUMBERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_SIGNED = 0xD0
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class Unpacker:
    """Reads value after value. Raises ValueError where the data is cut short or of another kind."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    def read(self) -> object:
        """The next value: None, bool, int, bytes (text too), list or dict."""
        first = self._take(1)[0]
        if first <= 0x7F or first >= 0xE0:
            return first if first <= 0x7F else first - 256
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            raw = self._take(_NUMBERS[first])
            return int.from_bytes(raw, "big", signed=first >= _SIGNED)
        return self._read_sized(first)

    def read_bytes(self) -> bytes:
        """The next value, which is bytes or text."""
        found = self.read()
        if not isinstance(found, bytes):
            raise ValueError(f"no bytes before byte {self.at}")
        return found

    def read_int(self) -> int:
        """The next value, which is an integer."""
        return as_int(self.read())

    def read_map(self) -> dict[bytes, object]:
        """The next value, which is a map."""
        found = self.read()
        if not isinstance(found, dict):
            raise ValueError(f"no map before byte {self.at}")
        return found

    def _read_sized(self, first: int) -> object:
        if first in _SIZES:
            size = int.from_bytes(self._take(_SIZES[first]), "big")
        elif first <= 0xBF:
            size = first & (0x1F if first >= 0xA0 else 0x0F)
        else:
            raise ValueError(f"unknown kind {first:#x}")
        if first <= 0x8F or first in (0xDE, 0xDF):
            return {self.read_bytes(): self.read() for _ in range(size)}
        if first <= 0x9F or first in (0xDC, 0xDD):
            return [self.read() for _ in range(size)]
        return self._take(size)

    def _take(self, size: int) -> bytes:
        start, self.at = self.at, self.at + size
        if self.at > len(self._data):
            raise ValueError("cut short")
        return self._data[start : self.at]


def as_int(value: object) -> int:
    """An integer as it was read. Raises ValueError where it is another value."""
    if not isinstance(value, int):
        raise ValueError(f"{value!r:.40} is no integer")
    return value


def pick_ints(found: Mapping[bytes, object], name: bytes) -> list[int]:
    """A list of integers in a map, empty where there is none. Raises ValueError."""
    values = found.get(name) or []
    if not isinstance(values, list):
        raise ValueError(f"{name!r} is no list")
    return [as_int(value) for value in values]
