from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labctl.app.attribute import Attribution, Comparison, list_suspects
from labctl.app.content import BLOCK, STAMP, Generator
from labctl.app.task import Writer

KEY = "small-0001"
WRITERS = (Writer(1, 7, 3), Writer(4, 10, 2))
SUSPECTS = list_suspects(WRITERS)
GENERATORS = {writer.upload: Generator(writer.seed) for writer in WRITERS}
ORIGINS = [(w.upload, stamp) for w in WRITERS for stamp in range(1, w.stamps + 1)]


def sent(origin: tuple[int, int], offset: int, length: int, key: str = KEY) -> bytes:
    upload, stamp = origin
    return GENERATORS[upload].block(key, stamp, offset, length)


def attribute(data: bytes, key: str = KEY) -> Attribution:
    seen = Attribution(SUSPECTS, key)
    for start in range(0, len(data), BLOCK):
        seen.add(data[start : start + BLOCK])
    seen.finish()
    return seen


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(ORIGINS)), min_size=1, max_size=5),
    st.integers(STAMP, BLOCK),
)
@settings(deadline=None)
def test_any_mix_of_blocks_is_attributed(mix: list[tuple[int, int] | None], last: int) -> None:
    data = b""
    expected: dict[tuple[int, int], int] = {}
    for number, origin in enumerate(mix):
        length = last if number == len(mix) - 1 else BLOCK
        data += b"?" * length if origin is None else sent(origin, number * BLOCK, length)
        if origin is not None:
            expected[origin] = expected.get(origin, 0) + 1
    seen = attribute(data)
    assert seen.list_writers() == [[*origin, n] for origin, n in sorted(expected.items())]
    assert seen.foreign == mix.count(None)
    assert seen.first_foreign == (mix.index(None) * BLOCK if None in mix else None)
    assert seen.size == len(data)


@given(st.sampled_from(ORIGINS), st.integers(0, 2), st.integers(STAMP, BLOCK), st.data())
@settings(deadline=None)
def test_one_wrong_byte_makes_its_block_foreign(
    origin: tuple[int, int], before: int, last: int, data: st.DataObject
) -> None:
    size = before * BLOCK + last
    at = data.draw(st.integers(0, size - 1))
    whole = bytearray(sent(origin, 0, size))
    whole[at] ^= data.draw(st.integers(1, 255))
    seen = attribute(bytes(whole))
    assert (seen.foreign, seen.first_foreign) == (1, at // BLOCK * BLOCK)
    assert seen.list_writers() == ([[*origin, before]] if before else [])


@given(
    st.sampled_from(ORIGINS),
    st.sampled_from(ORIGINS),
    st.integers(0, 2),
    st.integers(STAMP, BLOCK),
    st.data(),
)
@settings(deadline=None)
def test_an_object_torn_anywhere(
    one: tuple[int, int], other: tuple[int, int], before: int, last: int, data: st.DataObject
) -> None:
    size = before * BLOCK + last
    tear = data.draw(st.integers(0, size))
    torn = sent(one, 0, tear) + sent(other, tear, size - tear)
    expected: dict[tuple[int, int], int] = {}
    for start in range(0, size, BLOCK):
        block = torn[start : start + BLOCK]
        for origin in {one, other}:
            if sent(origin, start, len(block)) == block:
                expected[origin] = expected.get(origin, 0) + 1
    seen = attribute(torn)
    assert seen.list_writers() == [[*origin, n] for origin, n in sorted(expected.items())]
    assert seen.foreign == before + 1 - sum(expected.values())
    assert seen.first_foreign == (tear // BLOCK * BLOCK if seen.foreign else None)


@given(st.sampled_from(ORIGINS), st.integers(0, STAMP - 1))
@settings(deadline=None)
def test_a_short_object_names_all_that_may_have_written_it(
    origin: tuple[int, int], size: int
) -> None:
    data = sent(origin, 0, size)
    same = [[*one, 1] for one in sorted(ORIGINS) if sent(one, 0, size) == data]
    seen = attribute(data)
    assert [*origin, 1] in same
    assert (seen.list_writers(), seen.foreign) == (same, 0)


def test_an_object_of_one_byte_may_be_of_several() -> None:
    by_byte: dict[bytes, list[int]] = {}
    writer = Writer(1, 7, 1000)
    for stamp in range(1, 1001):
        by_byte.setdefault(GENERATORS[1].block(KEY, stamp, 0, 1), []).append(stamp)
    data, stamps = max(by_byte.items(), key=lambda item: len(item[1]))
    seen = Attribution(list_suspects((writer,)), KEY)
    seen.add(data)
    seen.finish()
    assert len(stamps) > 1
    assert seen.list_writers() == [[1, stamp, 1] for stamp in stamps]


@given(st.sampled_from(ORIGINS), st.integers(1, STAMP - 1))
@settings(deadline=None)
def test_a_short_end_belongs_to_the_writer_of_what_comes_before(
    origin: tuple[int, int], tail: int
) -> None:
    seen = attribute(sent(origin, 0, 2 * BLOCK + tail))
    assert (seen.list_writers(), seen.foreign) == ([[*origin, 3]], 0)


@given(st.sampled_from(ORIGINS), st.sampled_from(ORIGINS), st.integers(16, STAMP - 1))
@settings(deadline=None)
def test_a_short_end_of_another_attempt_is_told(
    one: tuple[int, int], other: tuple[int, int], tail: int
) -> None:
    seen = attribute(sent(one, 0, BLOCK) + sent(other, BLOCK, tail))
    expected = [[*one, 2]] if one == other else sorted([[*one, 1], [*other, 1]])
    assert seen.list_writers() == expected


def test_a_short_end_is_an_earlier_writers_before_anyone_elses() -> None:
    one, other, length = (1, 1), (1, 2), 1
    tail = sent(one, 2 * BLOCK, length)
    same = [s for s in range(1, 1001) if sent((1, s), 2 * BLOCK, length) == tail]
    assert 1 in same
    assert 2 not in same
    assert len(same) > 1
    seen = Attribution(list_suspects((Writer(1, 7, 1000),)), KEY)
    for block in (sent(one, 0, BLOCK), sent(other, BLOCK, BLOCK), tail):
        seen.add(block)
    seen.finish()
    assert seen.list_writers() == [[1, 1, 2], [1, 2, 1]]


@pytest.mark.parametrize("size", [5, STAMP - 1, STAMP, 1000, 2 * BLOCK])
def test_bytes_of_another_key_are_foreign(size: int) -> None:
    seen = attribute(sent(ORIGINS[0], 0, size, key="small-0002"))
    assert (seen.list_writers(), seen.first_foreign) == ([], 0)
    assert seen.foreign == -(-size // BLOCK)


def test_blocks_at_the_wrong_place_are_foreign() -> None:
    data = sent(ORIGINS[0], BLOCK, BLOCK) + sent(ORIGINS[0], 0, BLOCK)
    assert attribute(data).foreign == 2


def test_a_stamp_that_was_never_given_is_foreign() -> None:
    assert attribute(sent((1, 4), 0, 1000)).foreign == 1
    assert attribute(sent((1, 4), 0, 20)).foreign == 1


def test_without_any_upload_everything_is_foreign() -> None:
    for data, blocks in ((b"", 1), (b"x", 1), (b"x" * 2 * BLOCK, 2)):
        seen = Attribution((), KEY)
        for start in range(0, len(data), BLOCK):
            seen.add(data[start : start + BLOCK])
        seen.finish()
        assert (seen.foreign, seen.list_writers()) == (blocks, [])


def compare(path: Path, data: bytes) -> Comparison:
    seen = Comparison(path)
    for start in range(0, len(data), BLOCK):
        seen.add(data[start : start + BLOCK])
    seen.finish()
    seen.close()
    return seen


@pytest.mark.parametrize(
    ("stored", "as_file", "foreign", "first"),
    [
        (b"a" * (BLOCK + 5), True, 0, None),
        (b"a" * BLOCK, False, 0, None),
        (b"a" * BLOCK + b"aaaaab", False, 1, BLOCK),
        (b"b" + b"a" * (BLOCK + 4), False, 1, 0),
        (b"", False, 0, None),
    ],
)
def test_an_object_is_held_against_its_file(
    tmp_path: Path, stored: bytes, as_file: bool, foreign: int, first: int | None
) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"a" * (BLOCK + 5))
    seen = compare(path, stored)
    assert (seen.as_file, seen.foreign, seen.first_foreign) == (as_file, foreign, first)
    assert (seen.size, seen.error, seen.list_writers()) == (len(stored), None, [])


def test_an_empty_object_equals_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert compare(tmp_path / "empty", b"").as_file is True


def test_a_file_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        seen = compare(path, b"abc")
        assert (seen.as_file, seen.foreign, seen.size) == (None, 0, 3)
        assert seen.error is not None
