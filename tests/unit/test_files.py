import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labctl.errors import Unavailable, UsageError
from labctl.labfile.folders import find_files, refuse_folder
from labctl.makefiles import draw_sizes, make_files

KIB = 2**10
MIB = 2**20


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_files_add_up_and_keep_to_their_range(tmp_path: Path) -> None:
    made = make_files(tmp_path / "files", 3 * MIB + 1, 10 * KIB, 700 * KIB, seed=1)
    paths = sorted((tmp_path / "files").iterdir())
    sizes = [path.stat().st_size for path in paths]
    assert made == (len(sizes), 3 * MIB + 1)
    assert sum(sizes) == 3 * MIB + 1
    assert 10 * KIB <= min(sizes) < max(sizes) <= 700 * KIB
    assert [path.name for path in paths][:2] == ["file-0001.bin", "file-0002.bin"]


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_files(tmp_path / name, 3 * MIB, 1, 3 * MIB, seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert set(digests(tmp_path / "a").values()).isdisjoint(digests(tmp_path / "c").values())


def test_the_bytes_are_the_same_in_every_release(tmp_path: Path) -> None:
    make_files(tmp_path, 2 * MIB, 2 * MIB, 2 * MIB, seed=1)
    assert digests(tmp_path)["file-0001.bin"].startswith("cdefed23acefa7f9")


def test_files_of_equal_size_differ(tmp_path: Path) -> None:
    make_files(tmp_path, 40 * KIB, KIB, KIB, seed=1)
    assert len(set(digests(tmp_path).values())) == 40


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is not empty") as caught:
        make_files(tmp_path, MIB, MIB, MIB, seed=1)
    assert caught.value.hint == "name a new or an empty folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be used"):
        make_files(tmp_path / "file", MIB, MIB, MIB, seed=1)


def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, *args: object, **more: object) -> object:
        if path.name == "file-0003.bin":
            raise OSError(28, "No space left on device", str(path))
        return real(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        make_files(tmp_path, 5 * KIB, KIB, KIB, seed=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("total", "smallest", "largest"), [(5, 3, 4), (1, 2, 3), (0, 1, 2), (9, 10, 20), (100, 7, 7)]
)
def test_sums_that_cannot_be(total: int, smallest: int, largest: int) -> None:
    with pytest.raises(UsageError, match="no number of files of") as caught:
        draw_sizes(total, smallest, largest, seed=1)
    assert "--size" in caught.value.hint


def test_too_many_files() -> None:
    with pytest.raises(UsageError, match="1048576 files are more than 100000"):
        draw_sizes(MIB, 1, 1, seed=1)


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(0, 300), st.integers(0, 9))
def test_any_sum_that_can_be_is_exact(total: int, smallest: int, width: int, seed: int) -> None:
    largest = smallest + width
    assume(-(-total // largest) <= total // smallest)
    sizes = draw_sizes(total, smallest, largest, seed)
    assert sum(sizes) == total
    assert smallest <= min(sizes) <= max(sizes) <= largest
    assert sizes == draw_sizes(total, smallest, largest, seed)


def test_files_are_found_in_order_and_below(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a.txt", "a/b/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("b")
    os.mkfifo(tmp_path / "pipe")
    found = [str(path.relative_to(tmp_path)) for path in find_files(tmp_path)]
    assert found == ["a/b/c", "a/z", "a.txt", "b", "link"]
    assert refuse_folder("x", tmp_path) == ""


@pytest.mark.parametrize(
    "target", ["../../outside", "/etc/hostname", "../inner/../../outside", "/"]
)
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "outside").write_text("secret")
    (folder / "fine").write_text("fine")
    (folder / "inner" / "link").symlink_to(target)
    told = refuse_folder("files", folder)
    assert told == (
        "in the folder 'files' the link 'inner/link' leads out of it; copy the file there"
    )


def test_a_link_that_leads_nowhere_inside_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone")
    assert refuse_folder("files", tmp_path) == (
        "the folder 'files' holds no file; put the files to send into it"
    )


def test_names_that_no_object_can_have(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT))
    assert refuse_folder("files", tmp_path).endswith("is no UTF-8 name; rename it")


def test_a_folder_too_deep_for_an_object(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["x" * 200] * 6)
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert "is too long for an object's name" in refuse_folder("files", tmp_path)


def test_a_folder_that_is_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    (tmp_path / "files").symlink_to("real")
    assert refuse_folder("files", tmp_path / "files") == ""


def test_a_name_with_a_nul_is_no_folder(tmp_path: Path) -> None:
    assert "does not exist" in refuse_folder("a\0b", tmp_path / "a\0b")
