"""A folder of files to send: `labctl files make DIR --total 220MiB --size 1MiB..30MiB --seed 1`."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from labctl.errors import Unavailable, UsageError
from labctl.units import show_size

MAX_FILES = 100_000
_BLOCK = 2**20
_POOL = 4 * _BLOCK


def make_files(folder: Path, total: int, smallest: int, largest: int, seed: int) -> tuple[int, int]:
    """Fill a new or empty folder with files of `total` bytes together; how many, and their bytes.

    Sizes are drawn from `smallest` to `largest` bytes so that the sum is exact; names and bytes
    come from `seed` alone. Raises UsageError where that cannot be, Unavailable where the disk
    refuses; what was written is removed then.
    """
    sizes = draw_sizes(total, smallest, largest, seed)
    _refuse_used(folder)
    _refuse_large(folder, total)
    pool = random.Random(seed).randbytes(_POOL)  # noqa: S311
    digits = max(4, len(str(len(sizes))))
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, size in enumerate(sizes, start=1):
            made.append(folder / f"file-{number:0{digits}}.bin")
            _write(made[-1], size, pool, random.Random(f"{seed}/{number}"))  # noqa: S311
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise Unavailable(
            f"{error.filename or folder}: cannot be written ({error.strerror})",
            "name another folder, or make room",
        ) from None
    return len(sizes), total


def draw_sizes(total: int, smallest: int, largest: int, seed: int) -> list[int]:
    """Sizes from `smallest` to `largest` bytes with the sum `total`, the same for the same seed.

    Raises UsageError where no such sizes exist.
    """
    least, most = -(-total // largest), total // smallest
    if not 1 <= least <= most:
        raise UsageError(
            f"no number of files of {show_size(smallest)} to {show_size(largest)} has "
            f"{show_size(total)} together",
            "widen --size, or change --total",
        )
    count = min(max(least, round(2 * total / (smallest + largest))), most)
    if count > MAX_FILES:
        raise UsageError(f"{count} files are more than {MAX_FILES}", "write larger files: --size")
    chance = random.Random(seed)  # noqa: S311
    sizes = list(_draw(total, count, (smallest, largest), chance))
    chance.shuffle(sizes)
    return sizes


def _draw(total: int, count: int, bounds: tuple[int, int], chance: random.Random) -> Iterator[int]:
    """Draw sizes one by one, each within what leaves the rest possible."""
    smallest, largest = bounds
    for after in range(count - 1, -1, -1):
        low, high = max(smallest, total - after * largest), min(largest, total - after * smallest)
        size = chance.randint(low, high)
        total -= size
        yield size


def _refuse_used(folder: Path) -> None:
    try:
        used = folder.exists() and next(folder.iterdir(), None) is not None
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be used ({error.strerror})", "name a new or an empty folder"
        ) from None
    if used:
        raise UsageError(f"{folder}: is not empty", "name a new or an empty folder")


def _refuse_large(folder: Path, total: int) -> None:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if total > free:
        raise Unavailable(
            f"{folder}: {show_size(total)} do not fit, {show_size(free)} are free there",
            "name a folder on another disk, or a smaller --total",
        )


def _write(path: Path, size: int, pool: bytes, chance: random.Random) -> None:
    """Write blocks that begin anywhere in `pool`: as fast as the disk, and unlike other files."""
    ring = memoryview(pool + pool[:_BLOCK])
    with path.open("xb") as file:
        for start in range(0, size, _BLOCK):
            offset = chance.randrange(_POOL)
            file.write(ring[offset : offset + min(_BLOCK, size - start)])
