import io

import pytest

from labctl.app import drives
from labctl.app.drives import Sampler, lows, next_tick, read_drives, sample
from labctl.app.output import Output
from labctl.app.records import DriveSample
from labctl.events import parse_record


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


def reading(time: float, free: int, inodes_free: int = 9) -> DriveSample:
    return DriveSample(time, "d", 100, free, 99, inodes_free)


@pytest.mark.parametrize(
    ("between", "found"),
    [
        ([], []),
        ([(0.2, 40, 9), (0.3, 30, 9), (0.4, 45, 9)], [0.3]),
        ([(0.2, 50, 9), (0.3, 50, 9)], []),
        ([(0.2, 90, 9), (0.3, 60, 4)], [0.3]),
        ([(0.2, 10, 9), (0.3, 60, 4)], [0.2, 0.3]),
    ],
    ids=["none", "lowest", "as-low-as-the-end", "inodes", "both"],
)
def test_what_was_lower_than_both_samples_is_found(
    between: list[tuple[float, int, int]], found: list[float]
) -> None:
    ends = (reading(0.1, 60), reading(0.5, 50))
    assert [low.time for low in lows([reading(*each) for each in between], ends)] == found


def test_lows_between_two_samples_are_written_once_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = iter(
        [reading(1, 60), reading(2, 40, 2), reading(3, 10), reading(4, 50), reading(5, 50)]
    )
    monkeypatch.setattr(drives, "sample", lambda drive, path: next(readings))
    written = io.BytesIO()
    sampler = Sampler({"d": "/d"}, Output(written, io.BytesIO()))
    for look in (sampler.sample, sampler.glance, sampler.glance, sampler.sample, sampler.sample):
        look()
    records = [parse_record(line) for line in written.getvalue().decode().splitlines()]
    assert [record.time for record in records if record] == [1, 2, 3, 4, 5]
