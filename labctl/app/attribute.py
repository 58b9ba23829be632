"""Who wrote an object: each of its blocks is held against what every upload may have sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from labctl.app.content import BLOCK, STAMP, Generator
from labctl.app.outcome import describe
from labctl.app.task import Writer

Origin = tuple[int, int]
"""An upload's number, and the stamp that it gave."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An upload that may have written a block."""

    upload: int
    stamps: int
    generator: Generator


def list_suspects(writers: Sequence[Writer]) -> tuple[Suspect, ...]:
    """The uploads of a task, the newest first."""
    suspects = (Suspect(w.upload, w.stamps, Generator(w.seed)) for w in writers)
    return tuple(sorted(suspects, key=lambda suspect: -suspect.upload))


class Judgement(Protocol):
    """What takes an object's bytes, block after block, the last of them cut short or not."""

    size: int
    foreign: int
    first_foreign: int | None
    as_file: bool | None
    error: str | None

    def add(self, data: bytes) -> None:
        """The next block."""

    def finish(self) -> None:
        """There are no more."""

    def close(self) -> None:
        """Let go of what is held."""

    def list_writers(self) -> list[list[int]]:
        """`[upload, stamp, blocks]` of all that were proved."""


class Attribution:
    """Tells the writers of one generated object.

    A block's stamp names its writer and the rest of the block must be that writer's. A block too
    short for a whole stamp is the previous block's writer's, if it may be; else it belongs to all
    of those already found whose bytes would be the same, else to all uploads' attempts of which
    that is true. An empty object counts as one empty block.
    """

    as_file: bool | None = None
    error: str | None = None

    def __init__(self, suspects: Sequence[Suspect], key: str) -> None:
        self._suspects = suspects
        self._key = key
        self._last: tuple[Suspect, int] | None = None
        self._found: dict[Origin, int] = {}
        self._generators = {suspect.upload: suspect.generator for suspect in suspects}
        self.size = 0
        self.foreign = 0
        self.first_foreign: int | None = None

    def add(self, data: bytes) -> None:
        """The next block: 64 KiB, or what the object ends with."""
        if self._last is None or not self._wrote(*self._last, data):
            self._search(data)
        else:
            self._count((self._last[0].upload, self._last[1]))
        self.size += len(data)

    def finish(self) -> None:
        """There are no more blocks."""
        if not self.size:
            self.add(b"")

    def close(self) -> None:
        """Nothing is held."""

    def list_writers(self) -> list[list[int]]:
        """`[upload, stamp, blocks]` of every writer."""
        return [[*origin, blocks] for origin, blocks in sorted(self._found.items())]

    def _search(self, data: bytes) -> None:
        self._last = None
        origins = self._find_short(data) if len(data) < STAMP else self._find(data)
        for origin in origins:
            self._count(origin)
        if not origins:
            self.first_foreign = self.size if self.foreign == 0 else self.first_foreign
            self.foreign += 1

    def _find(self, data: bytes) -> list[Origin]:
        for suspect in self._suspects:
            stamp = suspect.generator.find_attempt(self._key, self.size // BLOCK, data) or 0
            if 1 <= stamp <= suspect.stamps and self._wrote(suspect, stamp, data):
                self._last = suspect, stamp
                return [(suspect.upload, stamp)]
        return []

    def _find_short(self, data: bytes) -> list[Origin]:
        return self._match(data, self._found) or self._match(data, self._all_origins())

    def _match(self, data: bytes, origins: Iterable[Origin]) -> list[Origin]:
        return [origin for origin in origins if self._stamp(origin).startswith(data)]

    def _stamp(self, origin: Origin) -> bytes:
        upload, stamp = origin
        return self._generators[upload].stamp(self._key, stamp, self.size // BLOCK)

    def _all_origins(self) -> Iterator[Origin]:
        for suspect in self._suspects:
            for stamp in range(1, suspect.stamps + 1):
                yield suspect.upload, stamp

    def _wrote(self, suspect: Suspect, stamp: int, data: bytes) -> bool:
        return suspect.generator.block(self._key, stamp, self.size, len(data)) == data

    def _count(self, origin: Origin) -> None:
        self._found[origin] = self._found.get(origin, 0) + 1


class Comparison:
    """Holds an object against the file that it was sent from; `error` says why that cannot be."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self.foreign = 0
        self.first_foreign: int | None = None
        self.as_file: bool | None = None
        self.error: str | None = None
        self._file: FileIO | None = None
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            self.error = describe(error)

    def add(self, data: bytes) -> None:
        """The next block."""
        same = self._read(len(data)) == data
        if not same and self.error is None:
            self.first_foreign = self.size if self.foreign == 0 else self.first_foreign
            self.foreign += 1
        self.size += len(data)

    def finish(self) -> None:
        """There are no more blocks: the file must have come to its end as well."""
        ended = not self._read(1)
        if self.error is None:
            self.as_file = ended and self.foreign == 0

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def list_writers(self) -> list[list[int]]:
        """None: a file's bytes do not tell who sent them."""
        return []

    def _read(self, size: int) -> bytes:
        if self._file is None or self.error is not None:
            return b""
        try:
            return self._file.read(size) or b""
        except OSError as error:
            self.error = describe(error)
            return b""
