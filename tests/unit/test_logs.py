"""Lines of several containers in the order of time."""

import threading
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl.engine.base import LogLine
from labctl.errors import EngineError
from labctl.logs import Follower, merge

times = st.lists(st.floats(0, 1000), max_size=20).map(sorted)


def lines(moments: list[float]) -> list[LogLine]:
    return [LogLine(moment, "stdout", str(number)) for number, moment in enumerate(moments)]


class Held:
    """A stream that gives its lines and then waits until it is closed."""

    def __init__(self, given: list[LogLine]) -> None:
        self._given = iter(given)
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[LogLine]:
        yield from self._given
        assert self._closed.wait(30)

    def __next__(self) -> LogLine:
        raise AssertionError

    def close(self) -> None:
        self._closed.set()


@given(st.dictionaries(st.sampled_from("abc"), times))
def test_merge_keeps_every_line_in_order(streams: dict[str, list[float]]) -> None:
    found = list(merge({role: lines(moments) for role, moments in streams.items()}))
    assert [line.line.time for line in found] == sorted(chain.from_iterable(streams.values()))


def test_follow_is_in_order_where_all_streams_have_lines() -> None:
    streams = {"a": iter(lines([1, 4, 5])), "b": iter(lines([2, 3, 6]))}
    found = [(line.role, line.line.time) for line in Follower(streams)]
    assert found == [("a", 1), ("b", 2), ("b", 3), ("a", 4), ("a", 5), ("b", 6)]


def test_follow_does_not_wait_long_for_a_quiet_stream() -> None:
    quiet = Held([])
    follower = Follower({"a": iter(lines([1, 2])), "quiet": quiet})
    found = iter(follower)
    assert [next(found).line.time, next(found).line.time] == [1, 2]
    follower.close()
    assert list(found) == []


def test_follow_takes_more_lines_than_may_wait() -> None:
    many = lines([float(n) for n in range(5000)])
    assert len(list(Follower({"a": iter(many)}))) == 5000


def test_follow_tells_of_a_stream_that_broke() -> None:
    def broken() -> Iterator[LogLine]:
        yield LogLine(1.0, "stdout", "first")
        raise EngineError("the connection broke")

    follower = Follower({"a": broken()})
    found = iter(follower)
    assert next(found).line.text == "first"
    with pytest.raises(EngineError, match="broke"):
        next(found)
