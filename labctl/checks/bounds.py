"""Figures held against bounds, and bounds in words."""

from collections.abc import Callable

from labctl.checks.verdict import Result
from labctl.labfile.bounds import CountBounds
from labctl.units import show_duration, show_size


def hold(
    least: float,
    most: float | None,
    bounds: tuple[float, float | None],
    *,
    missing: str = "",
) -> Result:
    """A figure that is known to lie from `least` to `most` (None: no end) within `bounds`.

    Where something is `missing` from the record the figure can only be larger than `least`.
    """
    low, high = bounds
    if high is not None and least > high:
        return "fail"
    if missing:
        return "unknown"
    if most is not None and most < low:
        return "fail"
    below = high is None or (most is not None and most <= high)
    return "pass" if least >= low and below else "unknown"


def show_bounds(least: int, most: int | None, show: Callable[[int], str]) -> str:
    """Bounds in words, to be followed by a noun."""
    if most is None:
        return f"at least {show(least)}" if least else "any number of"
    if least == most:
        return f"exactly {show(least)}" if least else "no"
    return f"{show(least)} to {show(most)}" if least else f"at most {show(most)}"


def show_sizes(least: int, most: int | None) -> str:
    """Bounds of a number of bytes in words."""
    if most is None:
        return f"at least {show_size(least)}" if least else "any number of bytes"
    return show_bounds(least, most, show_size) if most else "nothing"


def show_times(least: float, most: float | None) -> str:
    """Bounds of a time in words."""
    if most is None:
        return f"at least {show_duration(least)}" if least else "any time"
    if least:
        return f"{show_duration(least)} to {show_duration(most)}"
    return f"at most {show_duration(most)}"


def show_range(least: float, most: float, show: Callable[[float], str]) -> str:
    """What a figure is known to be."""
    return show(least) if least == most else f"{show(least)} to {show(most)}"


def noun(bounds: CountBounds, word: str) -> str:
    """`word` as it follows these bounds."""
    return word if (bounds.max or bounds.min) == 1 else f"{word}s"


def count(number: int, word: str) -> str:
    """A number of things."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def because(missing: str) -> str:
    """Why something is not known, as the end of a sentence."""
    return f", but {missing}" if missing else ""
