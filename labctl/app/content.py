"""Bytes of generated objects: made from (seed, key, attempt), at any offset, at memory speed.

An object is cut into blocks of 64 KiB. Each begins with a stamp of up to 32 bytes:

    bytes  0-15   BLAKE2b (16 bytes) over seed, key, attempt and block number
    bytes 16-19   attempt, big endian
    bytes 20-27   block number, big endian
    bytes 28-31   "LAB1"

and goes on with a window of a pseudo-random pool that the seed alone gives; where the window lies
depends on seed, key and attempt, so that two attempts differ all over. A block that was read back
names its attempt, and the digest proves it for that key. A block shorter than the stamp holds the
stamp's beginning: 16 bytes still prove an attempt, a few bytes only tell attempts apart by chance.
"""

import hashlib
import io
import struct
from functools import cached_property

BLOCK = 64 * 1024
STAMP = 32
_MARK = b"LAB1"
_TAIL = struct.Struct(">IQ4s")
_POOL = 4 * 2**20 + 4099


class Generator:
    """The bytes of every generated object of one seed. Holds about 4 MiB once it has made any;
    safe for threads."""

    def __init__(self, seed: int) -> None:
        self._seed = b"%d\0" % seed

    @cached_property
    def _pool(self) -> memoryview:
        pool = hashlib.shake_256(b"labctl pool " + self._seed).digest(_POOL)
        return memoryview(pool + pool[:BLOCK])

    def block(self, key: str, attempt: int, offset: int, length: int) -> bytes:
        """`length` bytes from `offset` on of the endless object that `attempt` at `key` sends."""
        if length <= 0:
            return b""
        first, skip = divmod(offset, BLOCK)
        blocks = -(-(skip + length) // BLOCK)
        writer = self._writer(key, attempt)
        start = int.from_bytes(writer.digest()[:8], "big")
        pieces: list[bytes | memoryview] = []
        for number in range(first, first + blocks):
            pieces.append(_stamp(writer, attempt, number))
            at = (start + number * BLOCK) % _POOL
            pieces.append(self._pool[at : at + BLOCK - STAMP])
        _trim(pieces, skip, blocks * BLOCK - skip - length)
        return b"".join(pieces)

    def find_attempt(self, key: str, number: int, data: bytes) -> int | None:
        """The attempt at `key` that wrote block `number`, told by the first 32 bytes of it.

        None where no attempt at this key wrote them there.
        """
        if len(data) < STAMP:
            return None
        attempt, _, _ = _TAIL.unpack_from(data, 16)
        return attempt if self.stamp(key, attempt, number) == data[:STAMP] else None

    def stamp(self, key: str, attempt: int, number: int) -> bytes:
        """The first 32 bytes of block `number`, as `attempt` at `key` sends them."""
        return _stamp(self._writer(key, attempt), attempt, number)

    def _writer(self, key: str, attempt: int) -> "hashlib.blake2b":
        name = key.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(self._seed + b"%d\0" % attempt + name, digest_size=16)


def _stamp(writer: "hashlib.blake2b", attempt: int, number: int) -> bytes:
    tail = _TAIL.pack(attempt, number, _MARK)
    digest = writer.copy()
    digest.update(b"\0" + tail)
    return digest.digest() + tail


def _trim(pieces: list[bytes | memoryview], skip: int, surplus: int) -> None:
    """Take `skip` bytes off the front and `surplus` bytes off the end, both within one block."""
    while skip >= len(pieces[0]):
        skip -= len(pieces.pop(0))
    pieces[0] = pieces[0][skip:]
    while surplus >= len(pieces[-1]):
        surplus -= len(pieces.pop())
    pieces[-1] = pieces[-1][: len(pieces[-1]) - surplus]


class Content(io.RawIOBase):
    """One attempt's bytes as a file: `read` gives all that was asked for, in one piece."""

    def __init__(self, generator: Generator, key: str, attempt: int, size: int) -> None:
        self._generator = generator
        self._key = key
        self._attempt = attempt
        self._size = size
        self._offset = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, or what is left."""
        left = max(self._size - self._offset, 0)
        count = left if size < 0 else min(size, left)
        data = self._generator.block(self._key, self._attempt, self._offset, count)
        self._offset += count
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset; the new one, counted from the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative offset {base + offset}")
        self._offset = base + offset
        return self._offset

    def tell(self) -> int:
        """The offset of the next byte."""
        return self._offset
