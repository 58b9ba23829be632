"""Tar archives as a stream of chunks, so that memory stays flat whatever is in them."""

import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from labctl.engine.base import FileEntry
from labctl.errors import EngineError

_CHUNK = 2**20
_OWNER = 1000


def tar_files(entries: Iterable[FileEntry]) -> Iterator[bytes]:
    """An archive of `entries` and of the folders that they need, all of user 1000."""
    made: set[PurePosixPath] = set()
    for entry in entries:
        path = PurePosixPath(entry.path)
        for folder in reversed(path.parents[:-1]):
            if folder not in made:
                made.add(folder)
                yield _header(str(folder), tarfile.DIRTYPE, 0o755, owner=_OWNER)
        yield from _file(entry.source, str(path), 0o644, owner=_OWNER)
    yield bytes(2 * tarfile.BLOCKSIZE)


def tar_folder(folder: Path) -> Iterator[bytes]:
    """An archive of all that is in `folder`, of root, with the permissions that it has."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(folders + files):
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode & 0o777
            if path.is_symlink():
                target = str(path.readlink())
                yield _header(inside, tarfile.SYMTYPE, mode, owner=0, target=target)
            elif path.is_dir():
                yield _header(inside, tarfile.DIRTYPE, mode, owner=0)
            elif path.is_file():
                yield from _file(path, inside, mode, owner=0)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(  # noqa: PLR0913
    path: str, kind: bytes, mode: int, *, owner: int, size: int = 0, time: int = 0, target: str = ""
) -> bytes:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.size, info.mtime = kind, mode, size, time
    info.uid = info.gid = owner
    info.linkname = target
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _file(source: Path, path: str, mode: int, *, owner: int) -> Iterator[bytes]:
    try:
        with source.open("rb") as content:
            found = os.fstat(content.fileno())
            left = found.st_size
            yield _header(
                path, tarfile.REGTYPE, mode, owner=owner, size=left, time=int(found.st_mtime)
            )
            while left and (chunk := content.read(min(left, _CHUNK))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise EngineError(
            f"{source} cannot be read: {error.strerror}", "see its permissions"
        ) from error
    if left:
        raise EngineError(f"{source} shrank while it was copied", "try again when it rests")
    yield bytes(-found.st_size % tarfile.BLOCKSIZE)
