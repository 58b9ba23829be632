"""Checks of what was read back: acknowledged objects, and refused ones."""

from typing import get_args

from labctl.checks.bounds import because, count
from labctl.checks.record import gap, reading_missing, writes_missing
from labctl.checks.verdict import Check, Result
from labctl.figures import Summary
from labctl.figures.steps import FAILED, UNKNOWN, Found, Integrity, Proof

_KINDS: tuple[Found, ...] = get_args(Found)
_NOTHING = "nothing was read back"


def check_acknowledged(summary: Summary) -> Check:
    """Lost, stale, corrupt and phantom objects fail; those of which nobody can tell are unknown.

    Bytes that nobody sent stay so whatever is missing from the record; of the others a write or a
    DELETE that was not recorded could tell another story.
    """
    expected = "every acknowledged object is there when read back, byte for byte"
    found = summary.steps.integrity
    if found is None:
        return Check("acknowledged", "unknown", expected, _NOTHING + because(gap(summary)))
    writes = writes_missing(summary)
    missing = writes or reading_missing(summary)
    result = _judge(found, writes, missing)
    why = missing or _undecided(found)
    return Check("acknowledged", result, expected, _show(found) + because(why), proof=_proof(found))


def _judge(found: Integrity, writes: str, missing: str) -> Result:
    failed = sum(found.counts.get(kind, 0) for kind in FAILED)
    if found.counts.get("corrupt") or (failed and not writes):
        return "fail"
    return "unknown" if failed or missing or _undecided(found) else "pass"


def _undecided(found: Integrity) -> str:
    """Why no failure does not mean that all is well."""
    if found.counts.get("unavailable"):
        return "some objects could not be read"
    if found.counts.get("undecided"):
        return "a write in doubt decides, and nobody knows when it took effect"
    if found.later:
        noun = "object was" if found.later == 1 else "objects were"
        return f"{found.later} {noun} acknowledged after they had been read; verify once more"
    held = sum(found.counts.get(kind, 0) for kind in ("intact", *FAILED))
    return "" if held else "there was no acknowledged object to read"


def _show(found: Integrity) -> str:
    parts = (f"{number} {kind}" for kind in _KINDS if (number := found.counts.get(kind, 0)))
    kinds = ", ".join(parts)
    return f"{count(found.objects, 'object')} read back" + (f": {kinds}" if kinds else "")


def _proof(found: Integrity) -> tuple[Proof, ...]:
    """What failed first, then what is not known, then ghosts, then what is intact."""
    kinds = sorted(_KINDS, key=lambda kind: (kind not in FAILED, kind not in UNKNOWN))
    odd = (proof for kind in kinds for proof in found.examples.get(kind, ()))
    return (*odd, *found.intact)


def check_refused_objects(summary: Summary) -> Check:
    """An observation: a refused object may be stored all the same, and S3 allows it."""
    name = "refused_objects"
    expected = "no refused object is stored (an observation: S3 does not promise it)"
    found = summary.steps.integrity
    if found is None:
        return Check(name, "unknown", expected, _NOTHING + because(gap(summary)))
    writes, stored = writes_missing(summary), found.refused_present_count
    missing = writes or reading_missing(summary) or _unread(found)
    seen = f"{stored} of {count(found.refused, 'refused object')} stored{because(missing)}"
    if stored and not writes:
        return Check(name, "fail", expected, seen, proof=found.refused_present)
    result: Result = "unknown" if missing or stored else "pass"
    return Check(name, result, expected, seen, proof=found.refused_present)


def _unread(found: Integrity) -> str:
    if not found.refused:
        return "nothing was refused"
    return "some objects could not be read" if found.counts.get("unavailable") else ""
