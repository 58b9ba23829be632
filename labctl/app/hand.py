"""Works on drives by hand, outside of MinIO: `hand TASK_JSON...`.

A ballast is a file beside MinIO's that takes space away and gives it back. To grow a drive is to
remount its tmpfs, which needs root with CAP_SYS_ADMIN. Exit codes: 0 done, 2 the task makes no
sense, 4 a drive is left as it was (standard error says why).
"""

import ctypes
import errno
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from labctl.app.output import Output
from labctl.app.records import DriveChanged
from labctl.app.task import HandTask

BALLAST = ".labctl-ballast"
_BLOCK = 512
"""What `st_blocks` counts in, whatever the file system."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_TRIES = 50
"""How often a share is reckoned anew on a drive that others write to."""
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_PAGE = 4096
_MIB = 2**20
_MS_REMOUNT = 32
_KEPT = os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_SYNCHRONOUS | os.ST_MANDLOCK
"""Flags that a remount clears unless they are given again; the value in `statvfs` is mount's."""


class RefusedError(Exception):
    """The drive is left as it was."""


@dataclass(frozen=True, slots=True)
class Space:
    """What a drive holds, in bytes; `free` and `files` are what may still be written and made."""

    size: int
    used: int
    free: int
    files: int


def read_task(arguments: Sequence[str]) -> HandTask:
    """The task on the command line. Raises ValueError, KeyError, TypeError or AttributeError."""
    task = HandTask.from_arguments(tuple(arguments))
    if not task.drives or not all(task.drives.values()):
        raise ValueError("drives: give a path by each drive's name")
    if (task.size is None) == (task.share is None):
        raise ValueError("give size or share, one of the two")
    if task.what not in ("ballast", "grow") or (task.what == "grow" and task.size is None):
        raise ValueError("what: write ballast, or grow with a size")
    if task.keep is not None and (task.what != "ballast" or task.keep < 0):
        raise ValueError("keep: goes with a ballast, for a number of seconds")
    if (task.size or 0) < 0 or not 0 <= (task.share or 0) <= 1:
        raise ValueError("size must not be negative, share lies between 0 and 1")
    return task


def measure(root: str) -> Space:
    """What `statvfs` says now."""
    seen = os.statvfs(root)
    unit = seen.f_frsize
    used = (seen.f_blocks - seen.f_bfree) * unit
    return Space(seen.f_blocks * unit, used, seen.f_bavail * unit, seen.f_favail)


def set_ballast(drive: str, root: str, task: HandTask) -> DriveChanged:
    """Make the ballast as large as the task says. Raises RefusedError where there is no room."""
    tries = 1 if task.share is None else _TRIES
    for _ in range(tries - 1):
        try:
            return _set_once(drive, root, task)
        except RefusedError:
            # What others wrote meanwhile is part of the share that is to be used.
            continue
    return _set_once(drive, root, task)


def _set_once(drive: str, root: str, task: HandTask) -> DriveChanged:
    path = Path(root) / BALLAST
    before, taken = _look(path)
    space = measure(root)
    size = _aim(task, space, taken)
    if size > space.free + taken:
        raise RefusedError(_explain_room(drive, size, space, taken))
    try:
        _resize(path, before, size)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise RefusedError(_explain_room(drive, size, measure(root), taken)) from error
    space = measure(root)
    return DriveChanged(time.time(), drive, "ballast", before, size, space.size, space.free)


def keep_full(roots: Iterable[str], seconds: float) -> None:
    """Take every page that is freed on drives, as fast as it goes, by their ballast."""
    files = [os.open(Path(root) / BALLAST, _APPEND, 0o600) for root in roots]
    until = time.monotonic() + seconds
    page = bytes(_PAGE)
    try:
        while time.monotonic() < until:
            for file in files:
                with suppress(OSError):
                    os.write(file, page)
    finally:
        for file in files:
            os.close(file)


def _look(path: Path) -> tuple[int, int]:
    """How long the file is, and what it takes of the drive."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_blocks * _BLOCK


def _aim(task: HandTask, space: Space, taken: int) -> int:
    """Bytes of the ballast that is wanted."""
    if task.size is not None:
        return task.size
    others = space.used - taken
    return max(0, math.ceil((task.share or 0) * space.size) - others)


def _resize(path: Path, before: int, size: int) -> None:
    """Give the file `size` bytes that are all taken from the drive; as it was where that fails."""
    if size == 0:
        path.unlink(missing_ok=True)
        return
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(file, 0, size)
        os.ftruncate(file, size)
    except OSError:
        os.ftruncate(file, before)
        if before == 0:
            path.unlink()
        raise
    finally:
        os.close(file)


def _explain_room(drive: str, size: int, space: Space, taken: int) -> str:
    room = f"there is room for {_show(space.free + taken)} in {space.files} new files"
    return f"{drive}: no room for a ballast of {_show(size)}, {room}"


def _show(size: int) -> str:
    return f"{size / _MIB:.1f} MiB"


def grow(drive: str, root: str, task: HandTask) -> DriveChanged:
    """Remount the drive as large as the task says. Raises RefusedError where it cannot be."""
    before, size = measure(root), task.size or 0
    if size < before.size:
        now = _show(before.size)
        raise RefusedError(f"{drive}: {_show(size)} is less than it has now, {now}")
    if find_type(root) != "tmpfs":
        raise RefusedError(f"{drive}: no tmpfs is mounted at {root}, and only that can grow")
    if size > before.size:
        check_memory(drive, size - before.size)
        _remount(drive, root, size)
    after = measure(root)
    return DriveChanged(time.time(), drive, "grow", before.size, after.size, after.size, after.free)


def check_memory(drive: str, more: int, table: str = "/proc/meminfo") -> None:
    """Raises RefusedError where the machine's memory has less left than the drive would get."""
    fields = dict(line.split(":", 1) for line in Path(table).read_text("ascii").splitlines())
    left = int(fields["MemAvailable"].split()[0]) * 1024
    if more > left:
        room = f"{_show(left)} of memory are left"
        raise RefusedError(f"{drive}: it would get {_show(more)} more, and {room}")


def find_type(root: str, table: str = "/proc/self/mountinfo") -> str | None:
    """The type of the file system that is mounted at `root`; None where none is."""
    found = None
    for line in Path(table).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        mount, _, system = line.partition(" - ")
        if mount.split()[4] == os.path.realpath(root):
            found = system.split()[0]
    return found


def _remount(drive: str, root: str, size: int) -> None:
    """The superblock's size alone changes: inodes, owner and mode stay where no option names them,
    and the times of access where no flag does. A read-only mount must not make the drive so."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = ctypes.c_ulong(_MS_REMOUNT | (os.statvfs(root).f_flag & _KEPT))
    target, options = os.fsencode(root), b"size=%d" % size
    if libc.mount(b"tmpfs", target, b"tmpfs", flags, options) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise RefusedError(f"{drive}: cannot be remounted (root with CAP_SYS_ADMIN can): {reason}")


def work(task: HandTask, output: Output) -> int:
    """Change every drive that can be, and give the exit code."""
    change: Callable[[str, str, HandTask], DriveChanged]
    change = set_ballast if task.what == "ballast" else grow
    refused = False
    for drive, root in task.drives.items():
        try:
            output.write(change(drive, root, task))
        except (RefusedError, OSError) as error:
            refused = True
            output.complain(str(error) if isinstance(error, RefusedError) else f"{drive}: {error}")
    if task.keep and not refused:
        keep_full(task.drives.values(), task.keep)
    return 4 if refused else 0


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def main() -> NoReturn:
    """Do the task that the command line gives."""
    signal.signal(signal.SIGTERM, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    output = Output(sys.stdout.buffer, sys.stderr.buffer)
    try:
        task = read_task(sys.argv[1:])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        output.complain(f"hand: no sense in this task: {type(error).__name__}: {error}")
        sys.exit(2)
    sys.exit(work(task, output))


if __name__ == "__main__":
    main()
