import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labctl.app import shards
from labctl.app.shards import count_shards
from labctl.app.versions import parse_meta, read_meta
from tests.unit.app.fake_drive import (
    BLOCK,
    OTHER_DIR,
    make_drives,
    pack,
    pack_marker,
    pack_meta,
    shard_size,
    store,
)

INLINE = b"\x01" + pack({"null": b"x" * shard_size(4)})
"""How an xl.meta ends that holds four bytes."""


def count(drives: dict[str, str]) -> dict[str, tuple[int, int]]:
    found = list(count_shards(drives, "files"))
    assert len({record.object for record in found}) == len(found)
    return {record.object: (record.complete, record.drives) for record in found}


def place(drives: dict[str, str], number: int) -> Path:
    return Path(drives[f"minio/data{number}"])


def store_all(drives: dict[str, str], key: str, *parts: int, **more: Any) -> None:
    for path in drives.values():
        store(Path(path), key, parts, **more)


def cut(path: Path) -> None:
    """Take the last byte from a file."""
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("number", [1, 4])
def test_whole_objects_are_complete_on_every_drive(tmp_path: Path, number: int) -> None:
    drives = make_drives(tmp_path, number)
    store_all(drives, "empty")
    store_all(drives, "large-0001", 100, BLOCK, 7 * BLOCK + 1, 1)
    store_all(drives, "small-0001", inline=b"data")
    for path in drives.values():
        (Path(path) / "files" / "deleted").mkdir()
        (Path(path) / "files" / "deleted" / "xl.meta").write_bytes(pack_marker())
    names = ["deleted", "empty", "large-0001", "small-0001"]
    assert count(drives) == dict.fromkeys(names, (number, number))


def test_what_xl_meta_names_must_be_on_every_drive(tmp_path: Path) -> None:
    """Though no drive differs from another."""
    for number in (1, 4):
        drives = make_drives(tmp_path / str(number), number)
        for key in ("part", "short", "no-parts", "meta", "other"):
            store_all(drives, key, 3000, 100)
        store_all(drives, "inline", inline=b"data")
        for path in drives.values():
            files = Path(path) / "files"
            next(files.glob("part/*/part.2")).unlink()
            cut(next(files.glob("short/*/part.1")))
            shutil.rmtree(next(files.glob("no-parts/*-*")))
            (files / "meta" / "xl.meta").write_bytes(b"")
            cut(files / "inline" / "xl.meta")
            next(files.glob("other/*-*")).rename(files / "other" / OTHER_DIR)
        names = ["inline", "meta", "no-parts", "other", "part", "short"]
        assert count(drives) == dict.fromkeys(names, (0, number))


def test_data_that_the_file_itself_lacks(tmp_path: Path) -> None:
    drives = make_drives(tmp_path, 1)
    path = store(place(drives, 1), "k", inline=b"data") / "xl.meta"
    for at_end in (b"", b"\x01\x80", b"\x01\x81\xa4null\xc4\x01x", b"\x01\x81\xa4null\x07"):
        path.write_bytes(pack_meta((1,), b"data")[: -len(INLINE)] + at_end)
        assert count(drives) == {"k": (0, 1)}
    path.write_bytes(pack_meta((1,), b"data")[: -len(INLINE)] + INLINE)
    assert count(drives) == {"k": (1, 1)}


def test_more_than_is_needed_does_no_harm(tmp_path: Path) -> None:
    drives = make_drives(tmp_path, 1)
    store(place(drives, 1), "k", (5,), folder=OTHER_DIR)
    store(place(drives, 1), "k", (100, 100))
    assert count(drives) == {"k": (1, 1)}


def test_a_drive_that_lacks_something_is_incomplete(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    for key in ("folder", "meta", "part", "short", "no-parts"):
        store_all(drives, key, 100, 100)
    files = place(drives, 2) / "files"
    shutil.rmtree(files / "folder")
    (files / "meta" / "xl.meta").unlink()
    next(files.glob("part/*/part.2")).unlink()
    cut(next(files.glob("short/*/part.1")))
    shutil.rmtree(next(files.glob("no-parts/*-*")))
    assert count(drives) == dict.fromkeys(("folder", "meta", "no-parts", "part", "short"), (3, 4))


def test_an_object_on_one_drive_alone_is_named(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    store(place(drives, 3), "left", (5,))
    assert count(drives) == {"left": (1, 4)}


def test_a_drive_with_an_older_object_is_incomplete(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    store_all(drives, "large", 100, times=(2,))
    shutil.rmtree(place(drives, 1) / "files" / "large")
    store(place(drives, 1), "large", (100,), times=(2,), folder=OTHER_DIR)
    store_all(drives, "small", times=(2,), inline=b"data")
    store(place(drives, 4), "small", times=(1,), inline=b"data")
    assert count(drives) == {"large": (3, 4), "small": (3, 4)}


def test_a_drive_that_lacks_a_version_is_incomplete(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    store_all(drives, "k", times=(1, 2, 3), inline=b"data")
    store(place(drives, 2), "k", times=(1, 2), inline=b"data")
    assert count(drives) == {"k": (3, 4)}


def test_each_drive_is_judged_by_itself(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    store_all(drives, "k", 10, 10)
    for number in (1, 2):
        next((place(drives, number) / "files").glob("k/*/part.2")).unlink()
    next((place(drives, 3) / "files").glob("k/*/part.1")).unlink()
    assert count(drives) == {"k": (1, 4)}


def test_of_two_equal_halves_the_one_with_more_whole_drives_counts(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    store_all(drives, "k", 10, times=(2,))
    for number in (3, 4):
        store(place(drives, number), "k", (10,))
    next((place(drives, 1) / "files").glob("k/*/part.1")).unlink()
    assert count(drives) == {"k": (2, 4)}


def test_keys_with_slashes_and_keys_below_keys(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    for key in ("a", "a/b", "a/b/c", "folder__XLDIR__", "own/" + OTHER_DIR):
        store_all(drives, key, 10)
    assert list(count(drives)) == ["a", "a/b", "a/b/c", "folder/", "own/" + OTHER_DIR]


def test_what_is_no_object_is_not_named(tmp_path: Path) -> None:
    drives = make_drives(tmp_path, 1)
    (place(drives, 1) / "files" / "empty" / "below").mkdir(parents=True)
    (place(drives, 1) / ".labctl-ballast").write_bytes(b"x")
    (place(drives, 1) / "files" / "stray").write_bytes(b"x")
    assert count(drives) == {}


def test_a_bucket_that_is_not_there_has_no_objects(tmp_path: Path) -> None:
    assert list(count_shards(make_drives(tmp_path), "other")) == []


def test_objects_lie_in_one_erasure_set(tmp_path: Path) -> None:
    drives = make_drives(tmp_path)
    for number in range(1, 5):
        xl = {"this": f"id{number}", "sets": [["id1", "id2"], ["id3", "id4"]]}
        text = json.dumps({"xl": xl})
        (place(drives, number) / ".minio.sys" / "format.json").write_text(text, encoding="ascii")
    for number in (1, 2, 4):
        store(place(drives, number), f"k{(number + 1) // 2}", (5,))
    assert count(drives) == {"k1": (2, 2), "k2": (1, 2)}


@pytest.mark.parametrize("gone", ["files", "k", "xl.meta", "part.1"])
def test_what_vanishes_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """As if it went between the look into its folder and the look at it."""
    drives = make_drives(tmp_path, 1)
    path = store(place(drives, 1), "k", (5,))
    entries = shards.os.scandir

    class Vanishing:
        def __init__(self, path: str) -> None:
            self._entries = entries(path)
            self._path = path

        def __enter__(self) -> Iterator[Any]:
            found = list(self._entries)
            if any(entry.name == gone for entry in found):
                victim = Path(self._path, gone)
                shutil.rmtree(victim) if victim.is_dir() else victim.unlink()
            return iter(found)

        def __exit__(self, *args: object) -> None:
            self._entries.close()

    monkeypatch.setattr(shards.os, "scandir", Vanishing)
    if gone == "files":
        shutil.rmtree(path.parent)
    found = list(count_shards(drives, "files"))
    assert len(found) == (1 if gone == "part.1" else 0)


def test_versions_are_read_from_a_long_and_a_short_file(tmp_path: Path) -> None:
    path = tmp_path / "xl.meta"
    for times in ((1,), tuple(range(100))):
        path.write_bytes(pack_meta(times, b"inline" * 10_000))
        meta = read_meta(str(path))
        assert meta is not None
        assert len(set(meta.versions)) == len(meta.versions) == len(times)


@pytest.mark.parametrize("size", [0, 3, 8, 12, 13, 15, 20, 100, 400])
def test_a_file_cut_short_is_not_read(size: int) -> None:
    assert parse_meta(pack_meta((1, 2))[:size]) is None


@pytest.mark.parametrize(
    "data", [b"XL1 \x01\x00", b"rubbish" * 10, b"XL2 " + b"\xff" * 50, b"XL2 0000" + b"\x91" * 9000]
)
def test_another_format_is_not_read(data: bytes) -> None:
    assert parse_meta(data) is None
