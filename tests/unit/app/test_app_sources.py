import os
from itertools import islice
from pathlib import Path

import pytest

from labctl.app.sources import count_sources, list_sources
from labctl.app.task import Group


def test_generated_keys_are_padded_and_numbered_over_all_groups() -> None:
    found = list(list_sources((Group("large", 2, 50), Group("small", 1, 10))))
    assert [(s.operation, s.key, s.group, s.size) for s in found] == [
        (1, "large-0001", "large", 50),
        (2, "large-0002", "large", 50),
        (3, "small-0001", "small", 10),
    ]
    assert all(source.path is None for source in found)


def test_padding_grows_with_the_count() -> None:
    assert next(list_sources((Group("g", 10_000_000, 1),))).key == "g-00000001"


def test_ten_million_objects_are_counted_and_begun_at_once() -> None:
    groups = (Group("g", 10_000_000, 3),)
    assert count_sources(groups) == (10_000_000, 30_000_000)
    assert [s.key for s in islice(list_sources(groups), 2)] == ["g-00000001", "g-00000002"]


def test_files_of_a_folder_in_order_under_their_relative_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.bin").write_bytes(b"22")
    (tmp_path / "a.bin").write_bytes(b"1")
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    groups = (Group("own", folder=str(tmp_path)),)
    found = list(list_sources(groups))
    assert [(s.key, s.size) for s in found] == [("a.bin", 1), ("b/two.bin", 2), ("empty", 0)]
    assert found[1].path == tmp_path / "b" / "two.bin"
    assert count_sources(groups) == (3, 3)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        count_sources((Group("own", folder=str(tmp_path / "nowhere")),))
