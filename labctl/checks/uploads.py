"""Checks of what uploads sent: refused, accepted, accepted before a refusal, sent again."""

from collections.abc import Iterator, Sequence

from labctl.checks.bounds import because, count, hold, noun, show_bounds, show_sizes
from labctl.checks.record import (
    drives_missing,
    role_at,
    sampling_gap,
    sent_missing,
    upload_missing,
)
from labctl.checks.verdict import MOST_PROOFS, Check
from labctl.figures import Refusals, Summary
from labctl.figures.steps import Proof
from labctl.labfile.bounds import CountBounds, ShareBounds
from labctl.labfile.expected import Refused, Resent
from labctl.labfile.fields import Share
from labctl.units import show_size


def check_refused(refused: Refused, summary: Summary) -> Check:
    """So many objects were refused as described.

    Where the drives' state may lack something, only reasons that are certain surely hold.
    """
    matching = [found for found in summary.refusals if _matches(refused, found)]
    number = _count(refused, matching)
    missing, least = upload_missing(summary), number
    if refused.reason is not None and not missing:
        missing = drives_missing(summary)
        sure = [found for found in matching if found.sure == "certain"]
        least = _count(refused, sure) if missing else number
    bounds = (refused.count.min, refused.count.max)
    result = hold(least, number, bounds, missing=missing)
    seen = _show_refused(matching, refused, summary) + because(missing)
    shown = matching or summary.refusals
    proof = tuple(proof for found in shown for proof in found.proof)[:MOST_PROOFS]
    return Check("refused", result, _show_expected(refused, summary), seen, proof=proof)


def _matches(refused: Refused, found: Refusals) -> bool:
    return (
        refused.reason in (None, found.reason, *found.also)
        and refused.status in (None, found.status)
        and refused.code in (None, found.code)
    )


def _count(refused: Refused, matching: Sequence[Refusals]) -> int:
    """Objects refused so, of the group that is meant."""
    if refused.group is None:
        return sum(found.count for found in matching)
    return sum(found.groups.get(refused.group, 0) for found in matching)


def _first(matching: Sequence[Refusals], summary: Summary) -> Iterator[Proof]:
    """The first refusal of all, if it is one of these."""
    first = summary.first_refusal
    if first is None:
        return
    kind = (first.status, first.code, first.reason, first.sure)
    if any((found.status, found.code, found.reason, found.sure) == kind for found in matching):
        answer = f"{first.status} {first.code or ''}".rstrip() if first.status else first.error
        what = f"{first.object}: {answer or 'no answer'}"
        yield Proof(role_at(summary, "upload", first.time), first.time, what, first.request_id)


def sent_noun(summary: Summary) -> str:
    """What refusals are counted in: objects, or puts where an object was sent more than once."""
    return "put" if summary.sent_again else "object"


def check_accepted(bounds: ShareBounds, summary: Summary) -> Check:
    """So many bytes were acknowledged."""
    missing = upload_missing(summary) or _size_missing(bounds, summary)
    seen = summary.bytes_acknowledged
    return _check_share("accepted", bounds, (seen, missing), summary, " acknowledged")


def check_before_refusal(bounds: ShareBounds, summary: Summary) -> Check:
    """So many bytes were acknowledged before the first refusal."""
    name, what = "accepted_before_refusal", " acknowledged before a refusal"
    missing = upload_missing(summary) or _size_missing(bounds, summary)
    if summary.first_refusal is None:
        said = f"nothing was refused{because(missing)}"
        return Check(name, "unknown", _show_share(bounds, summary) + what, said)
    seen = summary.bytes_acknowledged_before_refusal
    found = _check_share(name, bounds, (seen, missing), summary, what)
    proof = tuple(_first(summary.refusals, summary))
    result = "unknown" if missing else found.result
    seen_words = f"{show_size(seen)} acknowledged{because(missing)}"
    return Check(name, result, found.expected, seen_words, proof=proof)


def _check_share(
    name: str, bounds: ShareBounds, found: tuple[int, str], summary: Summary, what: str
) -> Check:
    seen, missing = found
    limits = bounds.of(summary.steps.drive_bytes)
    result = hold(seen, seen, (limits.min, limits.max), missing=missing)
    unjudged = bounds.shared and _size_missing(bounds, summary)
    said = f"{show_size(seen)} acknowledged{because(missing)}"
    expected = _show_share(bounds, summary) + what
    return Check(name, "unknown" if unjudged else result, expected, said, proof=_sums(summary))


def _size_missing(bounds: ShareBounds, summary: Summary) -> str:
    """Why a percentage of the drives may not be known in bytes."""
    if not bounds.shared:
        return ""
    if not summary.steps.drive_bytes:
        return "the size of the drives was not recorded"
    return sampling_gap(summary)


def _show_share(bounds: ShareBounds, summary: Summary) -> str:
    if not bounds.shared:
        return show_sizes(bounds.min, bounds.max)
    drives = summary.steps.drive_bytes
    least, most = (_show_side(side, drives) for side in (bounds.min, bounds.max))
    if bounds.max is None:
        return f"at least {least}"
    if bounds.max == bounds.min:
        return f"exactly {least}"
    return f"{least} to {most}" if bounds.min else f"at most {most}"


def _show_side(side: int | Share | None, drives: int) -> str:
    if isinstance(side, Share):
        return f"{side} of the drives ({show_size(side.of(drives))})"
    return show_size(side or 0)


def _sums(summary: Summary) -> tuple[Proof, ...]:
    """What the clients counted themselves."""
    return tuple(
        Proof(
            role_at(summary, "upload", ending.time),
            ending.time,
            f"acknowledged {count(ending.acknowledged, 'object')}, "
            f"{show_size(ending.bytes_acknowledged)}; refused {ending.refused}",
        )
        for ending in summary.endings
    )


def check_resent(resent: Resent, summary: Summary) -> Check:
    """Refused objects were sent again and acknowledged then."""
    found, missing = summary.steps.resent, sent_missing(summary)
    expected = _show_resent(resent)
    if found is None or not found.refused:
        return Check("resent", "unknown", expected, f"nothing was refused{because(missing)}")
    if resent == "none":
        result = hold(found.again, found.again, (0, 0), missing=missing)
    elif resent == "all":
        mended = found.acknowledged, found.acknowledged
        result = hold(*mended, (found.refused, None), missing=missing)
    else:
        given = found.acknowledged, found.acknowledged
        result = hold(*given, (resent.min, resent.max), missing=missing)
    seen = (
        f"{count(found.refused, 'object')} refused, {found.again} sent again, "
        f"{found.acknowledged} acknowledged then{because(missing)}"
    )
    return Check("resent", result, expected, seen, proof=found.examples)


def _show_resent(resent: Resent) -> str:
    if resent == "all":
        return "every refused object is acknowledged when it is sent again"
    if resent == "none":
        return "no refused object is sent again"
    assert isinstance(resent, CountBounds)  # noqa: S101 - what is left of the union
    bounds = show_bounds(resent.min, resent.max, str)
    return f"{bounds} refused {noun(resent, 'object')} acknowledged when sent again"


def _show_expected(refused: Refused, summary: Summary) -> str:
    how_many = show_bounds(refused.count.min, refused.count.max, str)
    kind = {name: refused.kind[name] for name in ("status", "code", "reason")
            if name in refused.kind}  # fmt: skip
    with_what = ", ".join(f"{name} {value}" for name, value in kind.items())
    group = f" of {refused.group}" if refused.group is not None else ""
    said = f"{how_many} {noun(refused.count, sent_noun(summary))}{group} refused"
    return f"{said} with {with_what}" if with_what else said


def _show_refused(matching: Sequence[Refusals], refused: Refused, summary: Summary) -> str:
    sure: dict[str, int] = {}
    for found in matching:
        sure[found.sure] = sure.get(found.sure, 0) + _count(refused, [found])
    number = sum(sure.values())
    if not number:
        return f"none{_show_others(summary)}"
    how = ", ".join(f"{number} {word}" for word, number in sure.items() if number)
    return f"{count(number, sent_noun(summary))} refused ({how})"


def _show_others(summary: Summary) -> str:
    """What was refused, but not as expected, by reason."""
    if not summary.refused:
        return ""
    reasons: dict[str, int] = {}
    for found in summary.refusals:
        reasons[found.reason] = reasons.get(found.reason, 0) + found.count
    told = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
    why = f" ({told})" if told else ""
    return f"; {count(summary.refused, sent_noun(summary))} otherwise{why}"
