import os
from pathlib import Path

import pytest

from labctl.app.contents import measure_contents
from tests.unit.app.fake_drive import DATA_DIR, make_drives, pack_meta, store


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return Path(make_drives(tmp_path, 1)["minio/data1"])


def used(*paths: Path) -> int:
    """What `du` would say."""
    found = [one for path in paths for one in (path, *path.rglob("*"))]
    return sum(path.lstat().st_blocks * 512 for path in found)


def write(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def test_everything_on_a_drive_is_counted_once(drive: Path) -> None:
    system = drive / ".minio.sys"
    store(drive, "large", (300_000, 70_000))
    store(drive, "a/b/small", inline=b"x" * 9000)
    write(drive / "other-bucket" / "k" / "xl.meta", 500)
    begun = system / "multipart" / "hash" / "upload1"
    write(begun / DATA_DIR / "part.1", 50_000)
    (begun / "xl.meta").write_bytes(pack_meta((1,)))
    write(system / "multipart" / "hash" / "upload2" / "xl.meta", 400)
    write(system / "multipart" / "hash" / "ended" / DATA_DIR / "part.1", 400)
    write(system / "tmp" / ".trash" / "old" / "part.1", 200_000)
    write(system / "tmp" / "new" / "part.1", 30_000)
    write(system / "tmp-old" / "left", 10_000)
    write(system / "config" / "config.json" / "xl.meta", 5000)
    write(drive / ".labctl-ballast", 123_456)
    write(drive / "lost+found" / "thing", 100)
    seen = measure_contents("minio/data1", str(drive))
    assert (seen.drive, seen.uploads) == ("minio/data1", 2)
    assert seen.objects == used(drive / "files", drive / "other-bucket")
    assert seen.unfinished == used(system / "multipart")
    assert seen.trash == used(system / "tmp" / ".trash")
    assert seen.temporary == used(system / "tmp", system / "tmp-old") - seen.trash
    assert seen.foreign == used(drive / ".labctl-ballast", drive / "lost+found")
    parts = seen.objects, seen.unfinished, seen.trash, seen.temporary, seen.system, seen.foreign
    assert min(parts) > 0
    assert sum(parts) + drive.lstat().st_blocks * 512 == used(drive)


def test_an_empty_drive(tmp_path: Path) -> None:
    seen = measure_contents("d", str(tmp_path))
    found = os.statvfs(tmp_path)
    assert seen.size == found.f_blocks * found.f_frsize
    assert 0 < seen.free <= seen.size
    assert (seen.objects, seen.unfinished, seen.uploads, seen.trash) == (0, 0, 0, 0)
    assert (seen.temporary, seen.system, seen.foreign) == (0, 0, 0)


def test_links_are_not_followed(drive: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "large", 500_000)
    (drive / "files" / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    (drive / "linked").symlink_to(tmp_path / "outside", target_is_directory=True)
    seen = measure_contents("d", str(drive))
    assert seen.objects + seen.foreign < 100_000


def test_a_drive_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        measure_contents("d", str(tmp_path / "nowhere"))
