"""What a drive of MinIO's is filled with, in bytes that its file system gave out."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress

from labctl.app.records import DriveContents

SYSTEM = ".minio.sys"
_TEMPORARY = ("tmp", "tmp-old")
"""Where MinIO works; `tmp-old` is what an earlier process left there."""
_BLOCK = 512
"""What `st_blocks` counts in, whatever the file system."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def measure_contents(drive: str, path: str) -> DriveContents:
    """Add up a drive. Raises OSError; what vanishes meanwhile does not count."""
    system = f"{path}/{SYSTEM}"
    trash = _used(f"{system}/{_TEMPORARY[0]}/.trash")
    waiting = sum(_used(f"{system}/{folder}") for folder in _TEMPORARY)
    unfinished = _used(f"{system}/multipart")
    objects = foreign = 0
    for entry in _entries(path):
        if entry.name != SYSTEM:
            is_bucket = _BUCKET.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            objects += _used(entry.path) if is_bucket else 0
            foreign += 0 if is_bucket else _used(entry.path)
    seen = os.statvfs(path)
    return DriveContents(
        time=time.time(),
        drive=drive,
        size=seen.f_blocks * seen.f_frsize,
        free=seen.f_bavail * seen.f_frsize,
        objects=objects,
        unfinished=unfinished,
        uploads=sum(1 for _ in _list_uploads(f"{system}/multipart")),
        trash=trash,
        temporary=max(0, waiting - trash),
        system=max(0, _used(system) - waiting - unfinished),
        foreign=foreign,
    )


def _used(path: str) -> int:
    """Bytes of all that lies at and under a path."""
    used = 0
    with suppress(FileNotFoundError, NotADirectoryError):
        used = os.lstat(path).st_blocks * _BLOCK
    folders = [path] if os.path.isdir(path) and not os.path.islink(path) else []
    while folders:
        for entry in _entries(folders.pop()):
            with suppress(FileNotFoundError):
                used += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return used


def _list_uploads(path: str) -> Iterator[str]:
    """Paths of multipart uploads that were begun: multipart/HASH/UPLOAD/xl.meta."""
    for key in _entries(path):
        for upload in _entries(key.path):
            if os.path.exists(f"{upload.path}/xl.meta"):
                yield upload.path


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder; nothing where there is none any more."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
        yield from entries
