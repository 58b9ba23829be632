"""Runs and steps that were not played to their end -> verdict."""

from typing import Any

import pytest

from labctl.checks import Verdict, judge
from labctl.events import Event
from labctl.labfile.expect import Expect
from labctl.report.judge import judge_run
from labctl.report.summary import summarize
from tests.unit.histories import (
    attempt,
    container,
    log,
    refused,
    run_started,
    step_ended,
    step_started,
    trial,
    upload_ended,
    upload_started,
)

TEXT = "no space left on device"


def one_upload(steps: int) -> list[Event]:
    """A lab of so many steps, of which the first alone was played."""
    return [
        run_started(steps=steps),
        step_started(1, "upload", 1.0, role="uploader"),
        upload_started(1),
        attempt(1, 2.0),
        upload_ended(2.5, objects=1, acknowledged=1, attempts=1),
        step_ended(1, "upload", 3.0),
        container("uploader", 0),
        log(TEXT),
    ]


def judged(events: list[Event], step: int | None = None, **expect: Any) -> dict[str, str]:
    expected = Expect.model_validate(expect)
    verdict = judge(expected, summarize(lambda: events, expected.texts), step=step)
    return {check.name: check.result for check in verdict.checks}


def seen_of(verdict: Verdict, name: str) -> str:
    return next(check.seen for check in verdict.checks if check.name == name)


EXPECT: dict[str, Any] = {"refused": {"count": 0}, "client_exit": 0, "accepted": "1MiB"}


def test_a_run_that_was_played_to_its_end_passes() -> None:
    assert set(judged(one_upload(1), **EXPECT).values()) == {"pass"}
    assert judged(one_upload(1)) == {}


def test_steps_that_were_never_played_leave_unknown_what_they_could_change() -> None:
    found = judged(one_upload(3), **EXPECT, log=TEXT)
    assert found.pop("log") == "pass", "one line proves it"
    assert set(found.values()) == {"unknown"}
    assert seen_of(judge_run(lambda: one_upload(3))[1], "steps") == "2 of 3 steps were never played"
    assert judged(one_upload(3)) == {"steps": "unknown"}


def test_what_no_step_could_mend_fails_all_the_same() -> None:
    found = judged([*one_upload(3), refused(2, 2.2)], refused={"count": 0}, accepted="1KiB")
    assert found == {"refused": "fail", "accepted": "fail", "steps": "unknown"}


def test_a_step_that_failed_leaves_the_verdict_unknown() -> None:
    events = [*one_upload(2), step_started(2, "wait", 4.0, role="wait-2"),
              step_ended(2, "wait", 9.0, error="the time limit was over\nand more")]  # fmt: skip
    _, verdict = judge_run(lambda: events)
    assert verdict.result == "unknown"
    assert seen_of(verdict, "steps") == "step 2 failed: the time limit was over"
    assert judged(events, 2, accepted="1MiB") == {"accepted": "unknown"}


def test_a_wait_that_failed_has_its_own_verdict() -> None:
    events = [*one_upload(1), refused(2, 2.2), step_started(2, "wait", 4.0, role="wait-2"),
              step_ended(1, "restart", 4.0), trial(1, 5.0, code="X", source="wait-2"),
              trial(2, 9.0, code="X", source="wait-2"),
              step_ended(2, "wait", 9.0, error="too late")]  # fmt: skip
    assert judged(events, writable_again="3s")["writable_again"] == "fail"


def test_a_step_without_an_end_counts_as_ended_with_its_client() -> None:
    alive = [event for event in one_upload(1) if event.record.type != "step-ended"]
    assert judged(alive) == {}
    torn = [event for event in alive if event.record.type != "container"]
    assert judged(torn) == {"steps": "unknown"}


@pytest.mark.parametrize("code", [130, 143])
def test_a_client_that_was_ended_has_no_exit_of_its_own(code: int) -> None:
    def ended(reason: str) -> list[Event]:
        return [upload_started(1), upload_ended(2.0, reason=reason, exit_code=code),
                container("uploader", code)]  # fmt: skip

    assert judged(ended("terminated"), client_exit=0) == {"client_exit": "unknown"}
    assert judged(ended("done"), client_exit=0) == {"client_exit": "fail"}


def test_the_checks_of_steps_come_in_their_order_and_then_those_of_the_run() -> None:
    expect = {"refused": {"count": 0}}
    events = [
        run_started(expect=expect),
        step_started(2, "upload", 1.0, role="uploader-2", expect=expect),
        step_started(1, "upload", 1.5, role="uploader", expect=expect),
    ]
    _, verdict = judge_run(lambda: events)
    assert [check.step for check in verdict.checks] == [1, 2, None, None]
