"""A verdict as JUnit XML, for CI."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from labctl.figures import Summary
from labctl.labfile.lab import Lab
from labctl.report.escape import escape
from labctl.report.words import check_name, proof_text

if TYPE_CHECKING:
    from labctl.checks import Check, Verdict

_TAGS = {"fail": "failure", "unknown": "error"}


def junit(
    summary: Summary,
    verdict: "Verdict",
    evidence: Path | None,
    failure: str | None = None,
    unjudged: Sequence[str] = (),
) -> str:
    """JUnit XML: one suite for the lab with the folder of its `evidence`, a case for each check
    with the time of the step that it is expected of.

    A check that failed is a failure, one that could not be judged an error; so is `failure`, why
    the lab itself failed or came to no end. What nobody came to judge because of that is skipped.
    """
    name = escape(summary.lab)
    took = {played.step: played.seconds for played in summary.steps.played}
    cases = [_case(name, check, took.get(check.step or 0), failure) for check in verdict.checks]
    if failure is not None:
        cases.insert(0, _problem(_blank(name, "the lab itself"), "error", failure, failure))
        cases += [_skipped(_blank(name, each), failure) for each in unjudged]
    if not cases:
        cases.append(_blank(name, "nothing was expected"))
    begun = datetime.fromtimestamp(summary.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    counts = {
        "tests": str(len(cases)),
        "failures": str(_having(cases, "failure")),
        "errors": str(_having(cases, "error")),
        "skipped": str(_having(cases, "skipped")),
        "time": f"{summary.seconds:.3f}",
    }
    suites = ElementTree.Element("testsuites", {"name": "labctl", **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": name, **counts})
    suite.set("timestamp", begun)
    if evidence is not None:
        properties = ElementTree.SubElement(suite, "properties")
        told = {"name": "evidence", "value": escape(str(evidence))}
        ElementTree.SubElement(properties, "property", told)
    suite.extend(cases)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def list_unjudged(lab: Lab, verdict: "Verdict") -> tuple[str, ...]:
    """Names of what is expected and was not even looked at: of steps that were never begun, and of
    the whole run where it was not begun."""
    looked_at = {check.step for check in verdict.checks}
    own = ((number, step.expect) for number, (_, step) in sorted(lab.numbered().items()))
    wanted = [*own, (None, lab.expect)]
    left = ((number, expect) for number, expect in wanted if number not in looked_at and expect)
    return tuple(
        key if number is None else f"step {number}, {key}"
        for number, expect in left
        for key in expect.model_dump(exclude_unset=True)
    )


def _case(
    lab: str, check: "Check", seconds: float | None, failure: str | None
) -> ElementTree.Element:
    case = _blank(lab, check_name(check))
    if seconds is not None:
        case.set("time", f"{seconds:.3f}")
    said = f"expected {check.expected}; seen: {check.seen}"
    tag = _TAGS.get(check.result)
    if tag is None:
        return case
    if tag == "error" and failure is not None and failure not in said:
        said = f"{said}; {failure}"
    proofs = "".join(f"\n{proof_text(proof)}" for proof in check.proof)
    return _problem(case, tag, said, said, proofs)


def _blank(lab: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", {"classname": lab, "name": escape(name), "time": "0"})


def _problem(
    case: ElementTree.Element, tag: str, message: str, text: str, more: str = ""
) -> ElementTree.Element:
    """The case with a problem; what stands in `more` is safe already."""
    found = ElementTree.SubElement(case, tag, {"message": escape(message), "type": tag})
    found.text = escape(text) + more
    return case


def _skipped(case: ElementTree.Element, failure: str) -> ElementTree.Element:
    ElementTree.SubElement(case, "skipped", {"message": escape(f"not judged: {failure}")})
    return case


def _having(cases: list[ElementTree.Element], tag: str) -> int:
    return sum(case.find(tag) is not None for case in cases)
