"""Sizes, durations and percentages as people write them, and back."""

import math
import re
from fractions import Fraction

MOST_BYTES = 2**63 - 1
"""No size is larger: engine, MinIO and file systems count bytes in 63 bits."""
SIZE_PATTERN = r"\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtT]([iI]?[bB]|[iI])?|[bB])?\s*"
DURATION_PATTERN = r"\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)?\s*"
SHARE_PATTERN = r"\s*[0-9]+(\.[0-9]+)?\s*%\s*"
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?)\s*(?:([kmgt])(ib|i|b)?|b)?", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?)\s*(ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_STEPS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_SIZE_HINT = "write for example 200m, 30MiB or 1g"
_DURATION_HINT = "write for example 10s, 100ms or 3m"


def parse_size(text: str | int) -> int:
    """Bytes in `text`: `200m`, `200Mi` and `200MiB` are 200 x 2^20, `200MB` is 200 x 10^6.

    Raises ValueError where the text is no size.
    """
    if isinstance(text, bool) or not isinstance(text, int | str):
        raise ValueError(f"is no size; {_SIZE_HINT}")
    size = text if isinstance(text, int) else _read_size(text)
    if size > MOST_BYTES:
        raise ValueError(f"is more than any drive holds; {_SIZE_HINT}")
    return size


def _read_size(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; {_SIZE_HINT}")
    number, unit, suffix = match.groups()
    base = 1000 if (suffix or "").lower() == "b" else 1024
    factor: int = base ** _POWERS[(unit or "").lower()]
    return round(Fraction(number) * factor)


def parse_size_range(text: str) -> tuple[int, int]:
    """Least and most bytes of `1MiB..30MiB`; a size alone is both.

    Raises ValueError where the text is no range of sizes above 0.
    """
    low, dots, high = text.partition("..")
    smallest, largest = parse_size(low), parse_size(high if dots else low)
    if smallest < 1:
        raise ValueError(f"{text!r} begins at 0 bytes; write for example 1MiB..30MiB")
    if largest < smallest:
        raise ValueError(f"{text!r} runs backwards; write the smaller size first")
    return smallest, largest


def parse_share(text: str) -> float:
    """The part, 0 to 1, that a percentage such as `95%` is. Raises ValueError."""
    number = re.fullmatch(r"([0-9]{1,40}(?:\.[0-9]{1,40})?)\s*%", str(text).strip())
    if number is None:
        raise ValueError(f"{text!r} is no percentage; write for example 95%")
    part = Fraction(number[1]) / 100
    if part > 1:
        raise ValueError(f"{text!r} is more than there is; write 100% or less")
    return float(part)


def parse_duration(text: str | float) -> float:
    """Seconds in `text`: `10s`, `100ms`, `3m`, `1h`, or a bare number of seconds.

    Raises ValueError where the text is no duration.
    """
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise ValueError(f"is no duration; {_DURATION_HINT}")
    if isinstance(text, str):
        return _read_duration(text)
    if abs(text) > MOST_BYTES or math.isnan(text):
        raise ValueError(f"is no duration that ends; {_DURATION_HINT}")
    return float(text)


def _read_duration(text: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; {_DURATION_HINT}")
    number, unit = match.groups()
    return float(number) * _SECONDS[unit or "s"]


def show_size(count: float) -> str:
    """`count` bytes for people, in binary units with one decimal: `188.2 MiB`."""
    step = 0
    while round(abs(count), 1) >= 1024 and step < len(_STEPS) - 1:
        count, step = count / 1024, step + 1
    number = f"{count:.1f}".removesuffix(".0")
    return f"{number} {_STEPS[step] if step or number != '1' else 'byte'}"


def show_duration(seconds: float) -> str:
    """`seconds` for people: `450 ms`, `2.3 s`, `3 min 5 s`."""
    if round(seconds * 1000) < 1000:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"
