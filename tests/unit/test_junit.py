"""A verdict as JUnit XML."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from labctl.checks import Check, Verdict
from labctl.report.junit import junit
from tests.unit.histories import BEGIN
from tests.unit.summaries import proof

VERDICT = Verdict(
    (
        Check("refused", "pass", "1 object", "1 object"),
        Check("log", "fail", '"x" & <y>', "nowhere", step=2, proof=(proof("the line"),)),
        Check("stall", "unknown", "at most 1 s", "no attempt"),
    )
)


def suite(verdict: Verdict, failure: str | None = None, lab: str = "200m") -> ElementTree.Element:
    root = ElementTree.fromstring(junit(lab, verdict, 12.3456, BEGIN, failure))
    assert root.tag == "testsuites"
    [found] = root
    assert found.tag == "testsuite"
    return found


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
    assert [(case.get("classname"), case.get("name")) for case in found] == [
        ("200m", "refused"),
        ("200m", "step 2, log"),
        ("200m", "stall"),
    ]


def test_a_failure_and_an_unknown_say_why() -> None:
    passed, failed, unknown = suite(VERDICT)
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
    [[error]] = found
    assert (error.tag, error.get("message")) == ("error", "MinIO ended with exit code 1")
    assert suite(VERDICT, "late").get("errors") == "2"


def test_a_lab_that_expects_nothing_has_one_case_that_passes() -> None:
    [case] = suite(Verdict(()))
    assert (case.get("name"), list(case)) == ("nothing was expected", [])


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_xml(lab: str, seen: str, failure: str) -> None:
    bad = Verdict((Check(seen, "fail", seen, seen, proof=(proof(seen, source=lab),)),))
    found = suite(bad, failure, lab)
    text = junit(lab, bad, 1.0, BEGIN, failure)
    assert text.encode()
    assert found.get("tests") == "2"
