import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labctl.app import hand
from labctl.app.hand import BALLAST, RefusedError, find_type, grow, read_task, set_ballast
from labctl.app.records import DriveChanged
from labctl.app.task import HandTask
from labctl.events import parse_record
from tests.unit.app.fake_s3 import Program

PAGE = 4096
TOTAL = 100 * PAGE


class Drive:
    """A folder that counts as a drive of 100 pages, of which MinIO's data takes 40."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.others = 40 * PAGE
        self.inodes = 7

    @property
    def ballast(self) -> Path:
        return self.root / BALLAST

    def statvfs(self, path: str) -> Any:
        assert path == str(self.root)
        taken = self.ballast.stat().st_blocks * 512 if self.ballast.exists() else 0
        free = (TOTAL - self.others - taken) // PAGE
        return SimpleNamespace(
            f_frsize=PAGE, f_blocks=TOTAL // PAGE, f_bfree=free, f_bavail=free, f_favail=self.inodes
        )

    def set(self, size: int | None = None, share: float | None = None) -> DriveChanged:
        task = HandTask("ballast", {"d": str(self.root)}, size, share)
        return set_ballast("d", str(self.root), task)


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    made = Drive(tmp_path)
    monkeypatch.setattr(hand.os, "statvfs", made.statvfs)
    return made


def test_a_ballast_takes_its_bytes(drive: Drive) -> None:
    changed = drive.set(10 * PAGE)
    assert (changed.drive, changed.what) == ("d", "ballast")
    assert (changed.before, changed.after) == (0, 10 * PAGE)
    assert (changed.size, changed.free) == (TOTAL, 50 * PAGE)
    found = drive.ballast.stat()
    assert found.st_size == 10 * PAGE
    assert found.st_blocks * 512 >= 10 * PAGE


@pytest.mark.parametrize("size", [1, PAGE, 3 * PAGE + 5, 60 * PAGE])
def test_a_ballast_grows_and_shrinks_to_the_byte(drive: Drive, size: int) -> None:
    drive.set(20 * PAGE)
    changed = drive.set(size)
    assert (changed.before, changed.after) == (20 * PAGE, size)
    assert drive.ballast.stat().st_size == size


def test_a_ballast_of_0_is_no_file(drive: Drive) -> None:
    assert drive.set(0).after == 0
    drive.set(PAGE)
    changed = drive.set(0)
    assert (changed.before, changed.after, changed.free) == (PAGE, 0, 60 * PAGE)
    assert not drive.ballast.exists()


def test_a_share_counts_what_others_use(drive: Drive) -> None:
    assert drive.set(share=0.95).after == 55 * PAGE
    assert drive.set(share=0.5).after == 10 * PAGE
    assert drive.set(share=1.0).free == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.4])
def test_a_share_that_others_take_already_needs_no_ballast(drive: Drive, share: float) -> None:
    drive.set(PAGE)
    assert drive.set(share=share).after == 0
    assert not drive.ballast.exists()


def test_without_room_the_ballast_stays_as_it_was(drive: Drive) -> None:
    drive.set(20 * PAGE)
    with pytest.raises(RefusedError, match=r"ballast of 0\.2 MiB, .* room for 0\.2 MiB "):
        drive.set(60 * PAGE + 1)
    assert drive.ballast.stat().st_size == 20 * PAGE


@pytest.mark.parametrize("before", [0, 20 * PAGE])
def test_room_that_goes_meanwhile(
    drive: Drive, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    drive.set(before)

    def fail(*args: object) -> None:
        drive.others = 70 * PAGE
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hand.os, "posix_fallocate", fail)
    with pytest.raises(RefusedError, match=r"room for 0\.1 MiB in 7 new files"):
        drive.set(50 * PAGE)
    assert (drive.ballast.stat().st_size if drive.ballast.exists() else 0) == before


def test_a_drive_without_inodes_says_so(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    drive.inodes = 0

    def fail(*args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hand.os, "open", fail)
    with pytest.raises(RefusedError, match="in 0 new files"):
        drive.set(PAGE)


def test_other_trouble_is_not_taken_for_a_full_drive(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(hand.os, "posix_fallocate", fail)
    with pytest.raises(OSError, match="Input/output error"):
        drive.set(PAGE)
    assert not drive.ballast.exists()


def test_a_link_is_not_followed(drive: Drive, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("elsewhere") / "file"
    target.write_bytes(b"precious")
    drive.ballast.symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        drive.set(PAGE)
    assert target.read_bytes() == b"precious"


def grow_to(root: Path, size: int) -> DriveChanged:
    return grow("d", str(root), HandTask("grow", {"d": str(root)}, size))


def test_a_drive_does_not_become_smaller(drive: Drive) -> None:
    with pytest.raises(RefusedError, match=r"d: 0\.4 MiB is less than .* 0\.4 MiB"):
        grow_to(drive.root, TOTAL - 1)


def test_only_a_tmpfs_grows(drive: Drive) -> None:
    with pytest.raises(RefusedError, match="no tmpfs is mounted at"):
        grow_to(drive.root, 2 * TOTAL)


class FakeLibc:
    """Notes what would be mounted; `answer` is what `mount` gives."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.calls: list[tuple[bytes, bytes, bytes, int, bytes]] = []

    def __call__(self, name: None, *, use_errno: bool) -> "FakeLibc":
        return self

    def mount(self, source: bytes, target: bytes, kind: bytes, flags: Any, data: bytes) -> int:
        self.calls.append((source, target, kind, flags.value, data))
        return self.answer


@pytest.fixture
def libc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeLibc:
    def statvfs(path: str) -> Any:
        size = (2 if libc.calls and not libc.answer else 1) * TOTAL // PAGE
        flags = os.ST_RDONLY | os.ST_NOSUID | os.ST_NODEV | os.ST_RELATIME
        return SimpleNamespace(
            f_frsize=PAGE, f_blocks=size, f_bfree=size, f_bavail=size, f_favail=9, f_flag=flags
        )

    libc = FakeLibc()
    monkeypatch.setattr(hand.ctypes, "CDLL", libc)
    monkeypatch.setattr(hand.os, "statvfs", statvfs)
    monkeypatch.setattr(hand, "find_type", lambda root: "tmpfs")
    return libc


def test_to_grow_is_to_remount_with_the_flags_that_a_remount_would_clear(
    libc: FakeLibc, tmp_path: Path
) -> None:
    changed = grow_to(tmp_path, 2 * TOTAL)
    flags = 32 | 2 | 4
    options = f"size={2 * TOTAL}".encode()
    assert libc.calls == [(b"tmpfs", os.fsencode(tmp_path), b"tmpfs", flags, options)]
    assert (changed.what, changed.before, changed.after) == ("grow", TOTAL, 2 * TOTAL)
    assert (changed.size, changed.free) == (2 * TOTAL, 2 * TOTAL)


def test_a_drive_that_has_the_size_is_let_be(libc: FakeLibc, tmp_path: Path) -> None:
    changed = grow_to(tmp_path, TOTAL)
    assert (changed.before, changed.after) == (TOTAL, TOTAL)
    assert libc.calls == []


def test_a_refused_remount_says_who_may(libc: FakeLibc, tmp_path: Path) -> None:
    libc.answer = -1
    with pytest.raises(RefusedError, match="root with CAP_SYS_ADMIN"):
        grow_to(tmp_path, 2 * TOTAL)


def test_the_newest_mount_at_a_path_counts(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:20 / / rw,relatime - overlay overlay rw\n"
        f"23 22 0:21 / {tmp_path} rw shared:1 - ext4 /dev/sda rw\n"
        f"24 23 0:22 / {tmp_path} rw,nosuid master:5 shared:2 - tmpfs tmpfs rw,size=4k\n"
        f"25 23 0:23 / {tmp_path}/sub rw - xfs /dev/sdb rw\n"
    )
    assert find_type(str(tmp_path), str(table)) == "tmpfs"
    assert find_type(f"{tmp_path}/sub", str(table)) == "xfs"
    assert find_type(f"{tmp_path}/other", str(table)) is None


@pytest.mark.parametrize("change", [
    {"drives": {}}, {"drives": {"d": ""}}, {"drives": 5}, {"size": None}, {"share": 0.5},
    {"size": -1}, {"size": "much"}, {"what": "shrink"}, {"size": None, "share": 1.1},
    {"size": None, "share": -0.1}, {"what": "grow", "size": None, "share": 0.5}, {"surprise": 1},
])  # fmt: skip
def test_values_without_sense_are_refused(change: dict[str, object]) -> None:
    task = HandTask("ballast", {"d": "/d"}, 5)
    text = json.dumps(json.loads(task.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        read_task([text])


def run(program: Program, *arguments: str) -> tuple[int, list[object], str]:
    ended = subprocess.run(
        [*program.argv, "labctl.app.hand", *arguments],
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    records = [parse_record(line) for line in ended.stdout.splitlines()]
    return ended.returncode, list(records), ended.stderr


def test_the_program_changes_every_drive_that_it_can(program: Program, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    drives = {name: str(tmp_path / name) for name in ("one", "two", "three")}
    code, records, complaints = run(program, *HandTask("ballast", drives, 5000).to_arguments())
    assert code == 4
    changed = [record.drive for record in records if isinstance(record, DriveChanged)]
    assert changed == ["one", "three"]
    assert complaints.startswith("two: ")
    assert complaints.count("\n") == 1
    assert (tmp_path / "three" / BALLAST).stat().st_size == 5000


def test_the_program_ends_with_0_where_all_is_done(program: Program, tmp_path: Path) -> None:
    task = HandTask("ballast", {"d": str(tmp_path)}, 5000)
    code, records, complaints = run(program, *task.to_arguments())
    assert (code, len(records), complaints) == (0, 1, "")


def test_the_program_does_not_grow_a_folder(program: Program, tmp_path: Path) -> None:
    size = os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize
    task = HandTask("grow", {"d": str(tmp_path)}, size + 2**20)
    code, records, complaints = run(program, *task.to_arguments())
    assert (code, records) == (4, [])
    assert "no tmpfs is mounted" in complaints


@pytest.mark.parametrize("text", ["", "rubbish", "[]", "{}"])
def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program, text: str) -> None:
    code, records, complaints = run(program, text)
    assert (code, records) == (2, [])
    assert complaints.startswith("hand: no sense in this task: ")
    assert complaints.count("\n") == 1


def test_the_hand_does_not_load_the_client() -> None:
    code = "import sys, labctl.app.hand; print('minio' in sys.modules, 'urllib3' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_a_hand_that_keeps_a_drive_full_ends_when_told_to(program: Program, tmp_path: Path) -> None:
    task = HandTask("ballast", {"d": str(tmp_path)}, size=PAGE, keep=3600.0)
    hand = subprocess.Popen(
        [*program.argv, "labctl.app", "hand", *task.to_arguments()],
        stdout=subprocess.PIPE,
        env=program.environment,
    )
    assert hand.stdout is not None
    with hand.stdout:
        hand.stdout.readline()
        hand.terminate()
        assert hand.wait(10) == 143
    assert (tmp_path / BALLAST).stat().st_size >= PAGE


def test_what_is_freed_is_taken(tmp_path: Path) -> None:
    (tmp_path / BALLAST).write_bytes(b"")
    hand.keep_full([str(tmp_path)], 0.05)
    assert (tmp_path / BALLAST).stat().st_size >= PAGE


def test_more_than_the_memory_that_is_left_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemTotal: 2048 kB\nMemAvailable: 1024 kB\n")
    hand.check_memory("d", 1024 * 1024, str(table))
    with pytest.raises(RefusedError, match=r"get 1\.0 MiB more, and 1\.0 MiB of memory are left"):
        hand.check_memory("d", 1024 * 1024 + 1, str(table))
