import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labctl.app.content import BLOCK, STAMP, Content, Generator

GENERATOR = Generator(7)
TWIN = Generator(7)
OFFSETS = st.integers(0, 6 * BLOCK)
LENGTHS = st.integers(0, 3 * BLOCK)
KEYS = st.text(min_size=1, max_size=20)
ATTEMPTS = st.integers(1, 1000)


@given(KEYS, ATTEMPTS, OFFSETS, LENGTHS)
@settings(deadline=None)
def test_same_bytes_from_another_generator(
    key: str, attempt: int, offset: int, length: int
) -> None:
    assert GENERATOR.block(key, attempt, offset, length) == TWIN.block(key, attempt, offset, length)


@given(KEYS, ATTEMPTS, OFFSETS, LENGTHS)
@settings(deadline=None)
def test_random_access_equals_sequential(key: str, attempt: int, offset: int, length: int) -> None:
    whole = GENERATOR.block(key, attempt, 0, offset + length)
    assert len(whole) == offset + length
    assert GENERATOR.block(key, attempt, offset, length) == whole[offset:]


@given(KEYS, ATTEMPTS, ATTEMPTS)
@settings(deadline=None)
def test_attempts_differ_in_every_block(key: str, one: int, other: int) -> None:
    if one == other:
        other += 1
    mine = GENERATOR.block(key, one, 0, 4 * BLOCK)
    theirs = GENERATOR.block(key, other, 0, 4 * BLOCK)
    for start in range(0, 4 * BLOCK, BLOCK):
        assert mine[start : start + 16] != theirs[start : start + 16]
        middle = slice(start + STAMP, start + BLOCK)
        assert mine[middle] != theirs[middle]


@given(KEYS, KEYS)
@settings(deadline=None)
def test_keys_differ(one: str, other: str) -> None:
    same = GENERATOR.block(one, 1, 0, 64) == GENERATOR.block(other, 1, 0, 64)
    assert same == (one == other)


def test_seeds_differ() -> None:
    assert Generator(1).block("k", 1, 0, 200)[STAMP:] != Generator(2).block("k", 1, 0, 200)[STAMP:]
    assert Generator(1).block("k", 1, 0, 16) != Generator(2).block("k", 1, 0, 16)


@given(KEYS, ATTEMPTS, st.integers(0, 2**40))
@settings(deadline=None)
def test_a_block_names_its_attempt(key: str, attempt: int, number: int) -> None:
    data = GENERATOR.block(key, attempt, number * BLOCK, BLOCK)
    assert GENERATOR.find_attempt(key, number, data) == attempt
    assert GENERATOR.find_attempt(key + "x", number, data) is None
    assert GENERATOR.find_attempt(key, number + 1, data) is None
    assert GENERATOR.find_attempt(key, number, data[: STAMP - 1]) is None


def test_the_stamp_is_laid_out_as_documented() -> None:
    stamp = GENERATOR.block("k", 3, 5 * BLOCK, STAMP)
    assert int.from_bytes(stamp[16:20], "big") == 3
    assert int.from_bytes(stamp[20:28], "big") == 5
    assert stamp[28:] == b"LAB1"


def test_bytes_do_not_shrink() -> None:
    data = GENERATOR.block("k", 1, 0, 8 * 2**20)
    assert len(zlib.compress(data)) > 0.99 * len(data)


@given(st.integers(0, 3 * BLOCK), st.lists(st.tuples(OFFSETS, st.integers(-1, 2 * BLOCK))))
@settings(deadline=None)
def test_content_reads_and_seeks_like_a_file(size: int, steps: list[tuple[int, int]]) -> None:
    content = Content(GENERATOR, "k", 2, size)
    model = io.BytesIO(GENERATOR.block("k", 2, 0, size))
    for offset, count in steps:
        assert content.read(count) == model.read(count)
        assert content.tell() == model.tell()
        assert content.seek(offset) == model.seek(offset)
    assert content.seek(0, io.SEEK_END) == size
    assert content.read() == b""


def test_seek_before_the_start_is_refused() -> None:
    content = Content(GENERATOR, "k", 1, 10)
    with pytest.raises(ValueError, match="negative"):
        content.seek(-1)
