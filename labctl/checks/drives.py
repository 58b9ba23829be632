"""Checks of what lies on the drives: shards of objects, and what is left beside them."""

from collections.abc import Iterator

from labctl.checks.bounds import because, count, hold, noun, show_bounds, show_sizes
from labctl.checks.record import VERIFIER, reading_missing
from labctl.checks.verdict import Check
from labctl.figures import Summary
from labctl.figures import steps as figures
from labctl.figures.steps import Proof
from labctl.labfile.bounds import CountBounds, SizeBounds
from labctl.labfile.expected import Leftovers, Redundancy
from labctl.units import show_size

_UPLOAD = "unfinished multipart upload"
_SIZES = {
    "unfinished": "in parts of unfinished uploads",
    "trash": "in the trash",
    "beyond": "used beyond objects and ballast",
}


def check_redundancy(wanted: Redundancy, summary: Summary) -> Check:
    """So many objects lie on fewer drives than they should."""
    bounds, missing = wanted.incomplete, reading_missing(summary)
    how_many = show_bounds(bounds.min, bounds.max, str)
    expected = f"{how_many} {noun(bounds, 'object')} short of a shard"
    found = summary.steps.redundancy
    if found is None or not found.objects:
        return Check("redundancy", "unknown", expected, f"no shards were counted{because(missing)}")
    result = hold(found.incomplete, found.incomplete, (bounds.min, bounds.max), missing=missing)
    seen = f"{found.incomplete} of {count(found.objects, 'object')} short of a shard"
    if found.incomplete:
        seen += f", at worst on {found.least} of {count(found.drives, 'drive')}"
    return Check("redundancy", result, expected, seen + because(missing), proof=found.examples)


def check_leftovers(wanted: Leftovers, summary: Summary) -> Iterator[Check]:
    """What was found on the drives beside the objects when they were read back."""
    for key in ("uploads", *_SIZES):
        bounds: CountBounds | SizeBounds | None = getattr(wanted, key)
        if bounds is not None:
            yield _check_left(key, bounds, summary)


def _check_left(key: str, bounds: CountBounds | SizeBounds, summary: Summary) -> Check:
    name, missing = f"leftovers.{key}", _contents_missing(summary)
    expected = _show_wanted(key, bounds)
    found = summary.steps.leftovers
    if found is None or not found.drives:
        return Check(name, "unknown", expected, f"no drive was looked into{because(missing)}")
    seen: int = getattr(found, key)
    result = hold(seen, seen, (bounds.min, bounds.max), missing=missing)
    what = _SIZES.get(key)
    words = f"{show_size(seen)} {what}" if what else count(seen, _UPLOAD)
    return Check(name, result, expected, words + because(missing), proof=_proof(found, summary))


def _show_wanted(key: str, bounds: CountBounds | SizeBounds) -> str:
    if isinstance(bounds, CountBounds):
        return f"{show_bounds(bounds.min, bounds.max, str)} {noun(bounds, _UPLOAD)}"
    return f"{show_sizes(bounds.min, bounds.max)} {_SIZES[key]}"


def _proof(found: figures.Leftovers, summary: Summary) -> tuple[Proof, ...]:
    read = summary.steps.integrity
    source = f"{VERIFIER}-{read.step}" if read is not None else VERIFIER
    return tuple(
        Proof(source, drive.time, f"{drive.drive}: {show_size(drive.size - drive.free)} used")
        for drive in found.drives
    )


def _contents_missing(summary: Summary) -> str:
    """Why what lies on the drives may not be known as a whole."""
    found = summary.steps.leftovers
    looked = {drive.drive for drive in found.drives} if found else set()
    unseen = [drive.drive for drive in summary.drives if drive.drive not in looked]
    if found and unseen:
        return f"not looked into: {', '.join(unseen)}"
    return reading_missing(summary)
