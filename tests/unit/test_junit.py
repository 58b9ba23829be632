"""A verdict as JUnit XML."""

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from labctl.checks import Check, Verdict
from labctl.figures.steps import Steps
from labctl.report.junit import junit
from tests.unit.histories import BEGIN
from tests.unit.summaries import played, proof, summary

VERDICT = Verdict(
    (
        Check("refused", "pass", "1 object", "1 object"),
        Check("log", "fail", '"x" & <y>', "nowhere", step=2, proof=(proof("the line"),)),
        Check("stall", "unknown", "at most 1 s", "no attempt"),
    )
)


EVIDENCE = Path("runs") / "t" / "now"


def document(verdict: Verdict, failure: str | None, lab: str) -> str:
    steps = Steps(played=(played(2, "upload", seconds=1.5), played(3, "wait", seconds=None)))
    told = summary(lab=lab, started=BEGIN, ended=BEGIN + 12.3456, steps=steps)
    return junit(told, verdict, EVIDENCE, failure)


def suite(verdict: Verdict, failure: str | None = None, lab: str = "200m") -> ElementTree.Element:
    root = ElementTree.fromstring(document(verdict, failure, lab))
    assert root.tag == "testsuites"
    [found] = root
    assert found.tag == "testsuite"
    return found


def cases(found: ElementTree.Element) -> list[ElementTree.Element]:
    return found.findall("testcase")


def test_one_suite_for_the_lab_and_a_case_for_each_check() -> None:
    found = suite(VERDICT)
    assert found.attrib == {
        "name": "200m",
        "tests": "3",
        "failures": "1",
        "errors": "1",
        "skipped": "0",
        "time": "12.346",
        "timestamp": "2026-01-31T12:00:00",
    }
    told = [(case.get("classname"), case.get("name"), case.get("time")) for case in cases(found)]
    assert told == [
        ("200m", "refused", "0"),
        ("200m", "step 2, log", "1.500"),
        ("200m", "stall", "0"),
    ]


def test_it_says_where_the_evidence_is() -> None:
    [[told]] = suite(VERDICT).findall("properties")
    assert told.attrib == {"name": "evidence", "value": str(EVIDENCE)}


def test_a_step_whose_end_is_not_known_has_no_time() -> None:
    check = Check("stall", "pass", "any time", "1 s", step=3)
    [case] = cases(suite(Verdict((check,))))
    assert case.get("time") == "0"


def test_a_failure_and_an_unknown_say_why() -> None:
    passed, failed, unknown = cases(suite(VERDICT))
    assert not list(passed)
    [failure] = failed
    said = 'expected "x" & <y>; seen: nowhere'
    assert (failure.tag, failure.get("message")) == ("failure", said)
    assert failure.text == (
        f"{said}\n2026-01-31T12:00:05.000000Z uploader: the line, request R-the line"
    )
    [error] = unknown
    assert (error.tag, error.text) == ("error", "expected at most 1 s; seen: no attempt")


def test_a_lab_that_failed_is_an_error() -> None:
    found = suite(Verdict(()), "MinIO ended with exit code 1")
    assert (found.get("tests"), found.get("errors")) == ("1", "1")
    [[error]] = cases(found)
    assert (error.tag, error.get("message")) == ("error", "MinIO ended with exit code 1")
    assert suite(VERDICT, "late").get("errors") == "2"


def test_a_lab_that_expects_nothing_has_one_case_that_passes() -> None:
    [case] = cases(suite(Verdict(())))
    assert (case.get("name"), list(case)) == ("nothing was expected", [])


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_xml(lab: str, seen: str, failure: str) -> None:
    bad = Verdict((Check(seen, "fail", seen, seen, proof=(proof(seen, source=lab),)),))
    found = suite(bad, failure, lab)
    assert document(bad, failure, lab).encode()
    assert found.get("tests") == "2"
