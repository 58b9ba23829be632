"""Sizes, durations and percentages as people write them, and back."""

import re

_BINARY = {"k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(ib|i|b)?|b)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_STEPS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def parse_size(text: str | int) -> int:
    """Bytes in `text`: `200m`, `200Mi` and `200MiB` are 200 x 2^20, `200MB` is 200 x 10^6.

    Raises ValueError where the text is no size.
    """
    if isinstance(text, bool) or not isinstance(text, int | str):
        raise ValueError("is no size; write for example 200m, 30MiB or 1g")
    if isinstance(text, int):
        return text
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; write for example 200m, 30MiB or 1g")
    number, unit, suffix = match.groups()
    base = 1000 if (suffix or "").lower() == "b" else 1024
    return round(float(number) * base ** _BINARY.get((unit or "").lower(), 0))


def parse_duration(text: str | float) -> float:
    """Seconds in `text`: `10s`, `100ms`, `3m`, `1h`, or a bare number of seconds.

    Raises ValueError where the text is no duration.
    """
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise ValueError("is no duration; write for example 10s, 100ms or 3m")
    if isinstance(text, int | float):
        return float(text)
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; write for example 10s, 100ms or 3m")
    number, unit = match.groups()
    return float(number) * _SECONDS[(unit or "s").lower()]


def show_size(count: float) -> str:
    """`count` bytes for people, in binary units with one decimal: `188.2 MiB`."""
    step = 0
    while abs(count) >= 1024 and step < len(_STEPS) - 1:
        count, step = count / 1024, step + 1
    number = f"{count:.1f}".removesuffix(".0")
    return f"{number} {_STEPS[step]}"


def show_duration(seconds: float) -> str:
    """`seconds` for people: `450 ms`, `2.3 s`, `3 min 5 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
