"""Which checks an expectation asks for."""

from collections.abc import Iterator
from dataclasses import replace

from labctl.checks.bounds import because
from labctl.checks.client import check_exit, check_stall
from labctl.checks.drives import check_leftovers, check_redundancy
from labctl.checks.objects import check_acknowledged, check_refused_objects
from labctl.checks.overshoot import check_overshoot
from labctl.checks.probes import check_calls, check_health
from labctl.checks.record import cut_short
from labctl.checks.server import check_log, check_writable
from labctl.checks.uploads import check_accepted, check_before_refusal, check_refused, check_resent
from labctl.checks.verdict import MOST_PROOFS, Check, Verdict
from labctl.figures import GapFigures, Summary
from labctl.labfile.expect import Expect


def judge(expect: Expect, summary: Summary, *, step: int | None = None) -> Verdict:
    """Hold figures against what was expected: of the whole run, or of the step of that number,
    whose figures `summary` is then made of.

    Where a run or a step was cut short, what it did not come to counts as missing from the record.
    """
    cut = cut_short(summary, step)
    seen = _with_gap(summary, cut) if cut else summary
    checks = (
        *_of_uploads(expect, seen),
        *_of_objects(expect, seen),
        *_of_waits(expect, summary, step, cut),
        *_of_server(expect, seen, step),
        *(
            [Check("steps", "unknown", "every step is played to its end", cut)]
            if cut and step is None
            else []
        ),
    )
    return Verdict(
        tuple(replace(check, step=step, proof=check.proof[:MOST_PROOFS]) for check in checks)
    )


def _with_gap(summary: Summary, cut: str) -> Summary:
    return replace(summary, gaps=(*summary.gaps, GapFigures("labctl", cut, 1)))


def _of_uploads(expect: Expect, summary: Summary) -> Iterator[Check]:
    for refused in expect.refusals:
        yield check_refused(refused, summary)
    if expect.accepted is not None:
        yield check_accepted(expect.accepted, summary)
    if expect.accepted_before_refusal is not None:
        yield check_before_refusal(expect.accepted_before_refusal, summary)
    if expect.overshoot is not None:
        yield from check_overshoot(expect.overshoot, summary)
    if expect.resent is not None:
        yield check_resent(expect.resent, summary)
    if expect.stall is not None:
        yield check_stall(expect.stall, summary)


def _of_objects(expect: Expect, summary: Summary) -> Iterator[Check]:
    if expect.acknowledged is not None:
        yield check_acknowledged(summary)
    if expect.refused_objects is not None:
        yield check_refused_objects(summary)
    if expect.redundancy is not None:
        yield check_redundancy(expect.redundancy, summary)
    if expect.leftovers is not None:
        yield from check_leftovers(expect.leftovers, summary)


def _of_waits(expect: Expect, summary: Summary, step: int | None, cut: str) -> Iterator[Check]:
    """A wait that came to its time limit has failed, whatever would have followed."""
    if expect.writable_again is not None:
        found = check_writable(expect.writable_again, summary, step)
        unsure = cut and found.result == "pass"
        yield replace(found, result="unknown", seen=found.seen + because(cut)) if unsure else found


def _of_server(expect: Expect, summary: Summary, step: int | None) -> Iterator[Check]:
    if expect.health is not None:
        yield from check_health(expect.health, summary)
    if expect.probe is not None:
        yield from check_calls(expect.probe, summary, step)
    for text in expect.texts:
        yield check_log(text, summary, step)
    if expect.client_exit is not None:
        yield check_exit(expect.client_exit, summary, step)
