"""Checks of how late a quota is enforced."""

from collections.abc import Iterator

from labctl.checks.bounds import because, hold, show_range, show_sizes, show_times
from labctl.checks.record import sent_missing
from labctl.checks.verdict import Check
from labctl.figures import Summary
from labctl.figures import steps as figures
from labctl.labfile.bounds import DurationBounds, SizeBounds
from labctl.labfile.expected import Overshoot
from labctl.units import show_duration, show_size


def check_overshoot(wanted: Overshoot, summary: Summary) -> Iterator[Check]:
    """Bytes beyond the quota, and the times to its first refusal."""
    found, missing = summary.steps.overshoot, sent_missing(summary)
    if wanted.bytes is not None:
        yield _check_bytes(wanted.bytes, found, missing)
    if wanted.after_crossing is not None:
        seconds = found.from_crossing if found else None
        what = ("after_crossing", "after crossing the quota")
        yield _check_time(what, wanted.after_crossing, (found, seconds), missing)
    if wanted.after_first_put is not None:
        seconds = found.from_first_put if found else None
        what = ("after_first_put", "after the first put under the quota")
        yield _check_time(what, wanted.after_first_put, (found, seconds), missing)


def _check_bytes(bounds: SizeBounds, found: figures.Overshoot | None, missing: str) -> Check:
    """Without a refusal more could have followed, so only what is too much already is known."""
    expected = f"{show_sizes(bounds.min, bounds.max)} beyond the quota"
    if found is None:
        return Check("overshoot", "unknown", expected, f"no quota was set{because(missing)}")
    most = found.most if found.refused else None
    held = hold(found.least, most, (bounds.min, bounds.max))
    seen = f"{show_range(found.least, found.most, show_size)} beyond {show_size(found.quota)}"
    why = missing or ("" if found.refused else "the quota refused nothing")
    result = "unknown" if missing else held
    return Check("overshoot", result, expected, seen + because(why), proof=found.proof)


def _check_time(
    what: tuple[str, str],
    bounds: DurationBounds,
    seen: tuple[figures.Overshoot | None, float | None],
    missing: str,
) -> Check:
    name, words = f"overshoot.{what[0]}", what[1]
    found, seconds = seen
    expected = f"the quota's first refusal {show_times(bounds.min, bounds.longest)} {words}"
    if found is None or seconds is None:
        why = "no quota was set" if found is None else _why_no_time(found)
        return Check(name, "unknown", expected, f"{why}{because(missing)}")
    held = hold(seconds, seconds, (bounds.min, bounds.longest))
    said = f"{show_duration(seconds)} {words}{because(missing)}"
    return Check(name, "unknown" if missing else held, expected, said, proof=found.proof)


def _why_no_time(found: figures.Overshoot) -> str:
    return "the quota was never crossed" if found.refused else "the quota refused nothing"
