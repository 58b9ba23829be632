"""The folder of this machine where recipes work, and what keeps two labctl apart in it."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from labctl.images.source import Work


def cache_folder() -> Path:
    """labctl's folder for what can be made again: in XDG_CACHE_HOME, else in ~/.cache."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return base / "labctl"


@contextmanager
def locked(name: str, work: Work) -> Iterator[None]:
    """Hold a name among the labctl of this machine; waits while another holds it."""
    folder = cache_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / re.sub(r"[^A-Za-z0-9._-]", "-", name)).open("w") as lock:
        if not _take(lock):
            work.say("another labctl makes it; waiting for that")
            while not _take(lock):
                work.programs.pause(0.2)
        yield


@contextmanager
def work_folder(purpose: str) -> Iterator[Path]:
    """A folder for one build, removed afterwards; those of killed builds are removed before."""
    base = cache_folder() / "work"
    base.mkdir(parents=True, exist_ok=True)
    with (base / "guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        _remove_abandoned(base)
        folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=base))
        lock = _lock_of(folder).open("w")
        _take(lock)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def _remove_abandoned(base: Path) -> None:
    for folder in filter(Path.is_dir, base.iterdir()):
        with _lock_of(folder).open("w") as lock:
            if _take(lock):
                shutil.rmtree(folder, ignore_errors=True)
                _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.lock"


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
