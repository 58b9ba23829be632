"""Docker's frames become lines, however the network cut them; files become archives."""

import io
import struct
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl.engine.base import FileEntry
from labctl.engine.docker_streams import join_lines, split_frames
from labctl.engine.tarstream import tar_files, tar_folder
from labctl.errors import EngineError

STAMP = b"2026-01-31T12:00:0%d.123456789Z "


def framed(stream: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(content)) + content


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=8),
    st.lists(st.integers(1, 30), min_size=1),
)
def test_frames_survive_any_cut(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = b"".join(framed(stream, content) for stream, content in frames)
    chunks = []
    while data:
        cut = cuts[len(chunks) % len(cuts)]
        chunks.append(data[:cut])
        data = data[cut:]
    names = {1: "stdout", 2: "stderr"}
    assert list(split_frames(chunks)) == [(names[stream], content) for stream, content in frames]


def test_pieces_of_a_line_are_joined_by_stream() -> None:
    lines = list(
        join_lines(
            [
                ("stdout", STAMP % 1 + b"one "),
                ("stderr", STAMP % 2 + b"other\n"),
                ("stdout", STAMP % 3 + b"line\n"),
                ("stdout", STAMP % 4 + b"\n"),
                ("stderr", STAMP % 5 + b"caf\xc3\xa9 \xff"),
            ]
        )
    )
    assert [(line.stream, line.text) for line in lines] == [
        ("stderr", "other"),
        ("stdout", "one line"),
        ("stdout", ""),
        ("stderr", "café \N{REPLACEMENT CHARACTER}"),
    ]
    assert lines[1].time == pytest.approx(1769860801.123456, abs=1e-6)


def test_a_line_without_end_does_not_grow_for_ever() -> None:
    piece = ("stdout", STAMP % 1 + b"x" * 2**18)
    texts = [line.text for line in join_lines([piece] * 9)]
    assert [len(text) for text in texts] == [2**20, 2**20, 2**18]


def read(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: member for member in tar.getmembers()}


def test_an_archive_makes_each_folder_once(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * 700)
    entries = [FileEntry(tmp_path / "source", path) for path in ("a/b/1", "a/b/2", "3")]
    found = read(b"".join(tar_files(entries)))
    assert list(found) == ["a", "a/b", "a/b/1", "a/b/2", "3"]
    assert {(member.uid, member.gid) for member in found.values()} == {(1000, 1000)}
    assert found["a/b"].isdir()
    assert found["a/b/2"].size == 700


def test_large_files_pass_in_pieces(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(5 * 2**20 + 1)
    pieces = list(tar_files([FileEntry(tmp_path / "large", "large")]))
    assert max(len(piece) for piece in pieces) <= 2**20
    assert read(b"".join(pieces))["large"].size == 5 * 2**20 + 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="none cannot be read"):
        list(tar_files([FileEntry(tmp_path / "none", "none")]))


def test_a_file_that_shrinks_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "shrinks"
    path.write_bytes(bytes(3 * 2**20))
    pieces = tar_files([FileEntry(path, "shrinks")])
    next(pieces)
    next(pieces)
    path.write_bytes(b"")
    with pytest.raises(EngineError, match="shrank"):
        list(pieces)


def test_a_folder_is_archived_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "run").write_bytes(b"#!")
    (tmp_path / "sub" / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("sub/run")
    found = read(b"".join(tar_folder(tmp_path)))
    assert set(found) == {"sub", "sub/run", "link"}
    assert found["sub/run"].mode == 0o755
    assert found["link"].linkname == "sub/run"
