from pathlib import Path

import pytest

from labctl.app.expected import Expected
from labctl.app.sources import list_sources
from labctl.app.task import Group


def test_every_key_of_the_groups_is_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("one", "sub/two", "g-0009"):
        (tmp_path / name).write_bytes(b"x")
    groups = (Group("g", 3, 1), Group("own", folder=str(tmp_path)), Group("g-h", 12_345, 1))
    expected = Expected(groups)
    keys = [source.key for source in list_sources(groups)]
    assert not any(expected.is_listed(key) for key in keys)
    for place, key in enumerate(keys):
        if place % 2:
            expected.note(key)
    assert [expected.is_listed(key) for key in keys] == [bool(n % 2) for n in range(len(keys))]
    assert list(expected.list_others()) == []


@pytest.mark.parametrize(
    "key",
    [
        "g-0004", "g-0000", "g-1", "g-00001", "g--001", "g-000\N{ARABIC-INDIC DIGIT ONE}", "g-",
        "-0001", "h-0001", "g", "", "a/b",
    ],
)  # fmt: skip
def test_other_keys_are_kept_in_their_order(key: str) -> None:
    expected = Expected((Group("g", 3, 1),))
    for one in (key, "g-0001", "zzz"):
        expected.note(one)
    assert [source.key for source in expected.list_others()] == [key, "zzz"]
    assert not expected.is_listed(key)


def test_a_key_outside_of_only_is_a_groups_all_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"x")
    picked = ((1, 1),)
    groups = (Group("g", 3, 1, only=picked), Group("own", folder=str(tmp_path), only=picked))
    expected = Expected(groups)
    for key in ("g-0003", "two"):
        expected.note(key)
    assert list(expected.list_others()) == []
    assert expected.is_listed("two")
