import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl.units import (
    MOST_BYTES,
    parse_duration,
    parse_size,
    parse_size_range,
    show_duration,
    show_size,
)

MIB = 2**20


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("1", 1), (7, 7), ("1b", 1), ("200m", 200 * MIB), ("200M", 200 * MIB),
        ("200Mi", 200 * MIB), ("200MiB", 200 * MIB), ("200mib", 200 * MIB),
        (" 200 MiB ", 200 * MIB),
        ("200MB", 200 * 10**6), ("200mb", 200 * 10**6), ("1k", 1024), ("1kB", 1000),
        ("1g", 2**30), ("2T", 2 * 2**40), ("1.5m", MIB * 3 // 2), ("0.5KiB", 512),
        (str(MOST_BYTES), MOST_BYTES),
    ],
)  # fmt: skip
def test_sizes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "-5m",
        "1x",
        "1 MiB 2",
        "1e3",
        "1,5m",
        "1.m",
        ".5m",
        "0x10",
        "five",
        "1mm",
        "٣m",
        "∞",
    ],
)
def test_text_that_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is no size; write for example 200m, 30MiB or 1g"):
        parse_size(text)


@pytest.mark.parametrize("value", [None, True, 1.5, math.inf, [], {}])
def test_values_that_are_no_size(value: object) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["8388608t", str(MOST_BYTES + 1), MOST_BYTES + 1, "9" * 39 + "t"])
def test_sizes_beyond_any_drive(text: str | int) -> None:
    with pytest.raises(ValueError, match="is more than any drive holds"):
        parse_size(text)


@given(st.integers(0, 2**40), st.sampled_from(["", "k", "Ki", "KiB", "m", "MiB", "kB", "MB"]))
def test_whole_sizes_are_exact(number: int, unit: str) -> None:
    base = 1000 if unit.endswith("B") and "i" not in unit else 1024
    factor = base ** ("km".find(unit[:1].lower()) + 1 if unit else 0)
    assert parse_size(f"{number}{unit}") == number * factor


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_a_value_error(text: str) -> None:
    for parse in (parse_size, parse_duration):
        try:
            assert parse(text) >= 0
        except ValueError as error:
            assert "write for example" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("1MiB..30MiB", (MIB, 30 * MIB)), ("1..2", (1, 2)), ("5MiB", (5 * MIB, 5 * MIB)),
        (" 1k .. 1m ", (1024, MIB)),
    ],
)  # fmt: skip
def test_ranges(text: str, bounds: tuple[int, int]) -> None:
    assert parse_size_range(text) == bounds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("30MiB..1MiB", "runs backwards; write the smaller size first"),
        ("0..1m", "begins at 0 bytes"), ("..1m", "is no size"), ("1m..", "is no size"),
        ("1m...2m", "is no size"), ("", "is no size"),
    ],
)  # fmt: skip
def test_text_that_is_no_range(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_size_range(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10), ("100ms", 0.1), ("3m", 180), ("1h", 3600), ("2d", 172800), ("10", 10),
        (10, 10), (0.5, 0.5), ("1.5s", 1.5), (" 2 s ", 2), (0, 0), (-1, -1),
    ],
)  # fmt: skip
def test_durations(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-1s", "1w", "1M", "10 sec", "1:30"])
def test_text_that_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write for example 10s, 100ms or 3m"):
        parse_duration(text)


@pytest.mark.parametrize("value", [None, True, [], math.inf, math.nan, 10**400])
def test_values_that_are_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"),
        (200 * MIB, "200 MiB"), (188.2 * MIB, "188.2 MiB"), (MIB - 1, "1 MiB"),
        (2**40, "1 TiB"), (2**52, "4096 TiB"), (-2048, "-2 KiB"),
    ],
)  # fmt: skip
def test_showing_sizes(count: float, shown: str) -> None:
    assert show_size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"), (0.45, "450 ms"), (0.9999, "1.0 s"), (2.34, "2.3 s"), (59.94, "59.9 s"),
        (59.96, "1 min 0 s"), (185, "3 min 5 s"), (119.7, "2 min 0 s"), (3600, "60 min 0 s"),
    ],
)  # fmt: skip
def test_showing_durations(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown
