import os
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl.app.sources import check_groups, count_sources, list_sources, pick_numbers
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


def keys(group: Group) -> list[str]:
    return [source.key for source in list_sources((group,))]


@pytest.mark.parametrize(
    ("only", "numbers"),
    [
        (None, [1, 2, 3, 4, 5, 6]),
        ((), []),
        (((2, 2),), [2]),
        (((1, 2), (5, 6)), [1, 2, 5, 6]),
        (((5, 9), (1, 1)), [1, 5, 6]),
        (((2, 4), (3, 5), (3, 3)), [2, 3, 4, 5]),
        (((7, 9),), []),
    ],
)
def test_only_picks_numbers_of_a_group(
    only: tuple[tuple[int, int], ...] | None, numbers: list[int], tmp_path: Path
) -> None:
    for number in range(1, 7):
        (tmp_path / f"file{number}").write_bytes(b"x" * number)
    made = Group("g", 6, 10, only=only)
    own = Group("own", folder=str(tmp_path), only=only)
    assert keys(made) == [f"g-{number:04}" for number in numbers]
    assert keys(own) == [f"file{number}" for number in numbers]
    assert count_sources((made,)) == (len(numbers), 10 * len(numbers))
    assert count_sources((own,)) == (len(numbers), sum(numbers))


@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)).map(lambda p: (p[0], sum(p)))),
)
def test_picked_numbers_rise_and_come_once(count: int, only: list[tuple[int, int]]) -> None:
    group = Group("g", count, 1, only=tuple(only))
    picked = [number for numbers in pick_numbers(group, count) for number in numbers]
    wanted = {number for first, last in only for number in range(first, last + 1)}
    assert picked == sorted(wanted & set(range(1, count + 1)))


def test_the_width_of_keys_is_the_whole_groups() -> None:
    assert keys(Group("g", 100_000, 1, only=((7, 7),))) == ["g-000007"]


def test_rounds_come_one_after_the_other_and_numbers_go_on() -> None:
    found = list(list_sources((Group("a", 2, 1, only=((2, 2),)), Group("b", 1, 1)), rounds=3))
    assert [(s.operation, s.round, s.key) for s in found] == [
        (1, 1, "a-0002"), (2, 1, "b-0001"),
        (3, 2, "a-0002"), (4, 2, "b-0001"),
        (5, 3, "a-0002"), (6, 3, "b-0001"),
    ]  # fmt: skip


@pytest.mark.parametrize("only", [((0, 1),), ((3, 2),), ((-1, 1),)])
def test_pairs_without_sense_are_refused(only: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="only"):
        check_groups((Group("g", 3, 1, only=only),))


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        count_sources((Group("own", folder=str(tmp_path / "nowhere")),))
