import pytest

from labctl.app.drives import next_tick, read_drives, sample


@pytest.mark.parametrize("arguments", [[], ["a"], ["=/x"], ["a="], ["a=/x", "a=/y"], ["a=/x", "b"]])
def test_drives_without_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match="NAME=PATH"):
        read_drives(arguments)


def test_a_path_may_hold_an_equals_sign() -> None:
    assert read_drives(["a=/x=y"]) == {"a": "/x=y"}


def test_a_sample_counts_bytes_and_inodes() -> None:
    seen = sample("root", "/")
    assert seen.size > seen.free > 0
    assert seen.inodes >= seen.inodes_free


def test_ticks_keep_to_their_grid_and_missed_ones_are_left_out() -> None:
    assert next_tick(10.0, 10.0, 1.0) == 11.0
    assert next_tick(10.0, 10.9, 1.0) == 11.0
    assert next_tick(10.0, 11.0, 1.0) == 12.0
    assert next_tick(10.0, 14.5, 1.0) == 15.0
    assert next_tick(10.0, 9.9, 1.0) == 11.0
