"""Expectations -> verdict."""

from typing import Any

import pytest

from labctl.app.records import Gap
from labctl.checks import Check, Verdict, judge
from labctl.events import Event
from labctl.labfile.expect import Expect
from labctl.report.summary import summarize
from tests.unit.histories import (
    BEGIN,
    MIB,
    attempt,
    container,
    full_drive,
    log,
    refused,
    run_started,
    sample,
    upload_ended,
    upload_started,
)

TEXT = "no space left on device"


def judged(events: list[Event], **expect: Any) -> Verdict:
    expected = Expect.model_validate(expect)
    return judge(expected, summarize(lambda: events, expected.texts))


def check(events: list[Event], **expect: Any) -> Check:
    (found,) = judged(events, **expect).checks
    return found


def gap(source: str) -> Event:
    return Event(source, Gap(BEGIN + 2, "the disk of the host was full"))


def without(source: str, kind: str) -> list[Event]:
    return [e for e in full_drive() if (e.source, e.record.type) != (source, kind)]


def test_nothing_expected_passes() -> None:
    verdict = judged(full_drive())
    assert (verdict.result, verdict.exit_code, verdict.checks) == ("pass", 0, ())


def test_everything_as_expected() -> None:
    verdict = judged(
        full_drive(),
        refused={"reason": "drive-full"},
        accepted={"min": "50MiB", "max": "60MiB"},
        accepted_before_refusal="53MiB",
        log=TEXT,
        client_exit=0,
    )
    assert [found.result for found in verdict.checks] == ["pass"] * 5
    assert (verdict.result, verdict.exit_code) == ("pass", 0)


@pytest.mark.parametrize(
    ("refusal", "result"),
    [
        ({}, "pass"),
        ({"reason": "drive-full", "count": 12}, "pass"),
        ({"reason": "drive-full", "count": {"max": 11}}, "fail"),
        ({"reason": "quota"}, "fail"),
        ({"status": 507, "count": 2}, "pass"),
        ({"status": 507, "code": "InternalError"}, "fail"),
        ({"code": "InternalError", "status": 500, "count": {"min": 10}}, "pass"),
        ({"count": 0}, "fail"),
        ({"reason": "quota", "count": 0}, "pass"),
    ],
)
def test_refusals_are_matched_by_every_key_given(refusal: dict[str, Any], result: str) -> None:
    assert check(full_drive(), refused=refusal).result == result


def test_a_failure_says_what_was_expected_and_what_was_seen() -> None:
    found = check(full_drive(), refused={"reason": "quota", "count": {"min": 2, "max": 5}})
    assert found.expected == "2 to 5 objects refused with reason quota"
    assert found.seen == "none; 12 objects otherwise (12 drive-full)"
    found = check(full_drive(), accepted={"max": "1MiB"})
    assert (found.expected, found.seen) == (
        "at most 1 MiB acknowledged", "53 MiB acknowledged",
    )  # fmt: skip


def test_low_sureness_counts_and_is_told() -> None:
    vague = attempt(1, 1.0, outcome="info", status=500, code="InternalError", message="try again")
    done = upload_ended(2.0, objects=2, refused=2, attempts=2)
    events = [upload_started(2), vague, refused(2, 1.5, status=507), sample(1.0, 99 * MIB), done]
    found = check(events, refused={"reason": "server-error"})
    assert found.result == "pass"
    assert found.seen == "1 object refused (1 low)"


def test_a_second_reason_counts_too() -> None:
    slow = attempt(1, 1.0, outcome="info", status=503, code="SlowDownWrite")
    samples = [sample(0.9, 0, drive=f"minio/data{n}") for n in range(1, 5)]
    events = [upload_started(1), slow, *samples, upload_ended(2.0, objects=1, attempts=1)]
    assert check(events, refused={"reason": "drive-full"}).seen == "1 object refused (1 high)"


def test_out_of_bounds() -> None:
    assert check(full_drive(), accepted={"min": "54MiB"}).result == "fail"
    assert check(full_drive(), accepted={"max": "52MiB"}).result == "fail"
    assert check(full_drive(), accepted_before_refusal={"max": "52MiB"}).result == "fail"
    verdict = judged(full_drive(), accepted={"min": "54MiB"}, client_exit=0)
    assert (verdict.result, verdict.exit_code) == ("fail", 1)


def test_accepted_before_a_refusal_that_never_came_is_unknown() -> None:
    events = [upload_started(1), attempt(1, 1.0), upload_ended(2.0, objects=1, attempts=1)]
    found = check(events, accepted_before_refusal={"min": 0})
    assert (found.result, found.seen) == ("unknown", "nothing was refused")


LOST = [
    pytest.param(without("uploader", "upload-ended"), "never wrote its sum", id="killed"),
    pytest.param([*full_drive(), gap("uploader")], "disk of the host", id="gap"),
    pytest.param([*full_drive(), gap("labctl")], "disk of the host", id="gap-anywhere"),
    pytest.param(full_drive()[:40] + full_drive()[45:], "not in the record", id="attempts-lost"),
    pytest.param([run_started(), container("uploader")], "no upload", id="no-upload"),
]


@pytest.mark.parametrize(("events", "why"), LOST)
@pytest.mark.parametrize(
    "expect",
    [
        {"refused": {"reason": "drive-full"}},
        {"refused": {"reason": "quota"}},
        {"refused": {"reason": "quota", "count": 0}},
        {"accepted": {"min": "1MiB"}},
        {"accepted": {"min": "99MiB"}},
        {"accepted_before_refusal": {"min": "1MiB"}},
    ],
)
def test_a_record_that_is_not_whole_never_passes(
    events: list[Event], why: str, expect: dict[str, Any]
) -> None:
    found = check(events, **expect)
    assert found.result == "unknown"
    assert why in found.seen


def test_what_nothing_missing_could_mend_fails_all_the_same() -> None:
    lost = without("uploader", "upload-ended")
    assert check(lost, accepted={"max": "1MiB"}).result == "fail"
    assert check(lost, refused={"count": 0}).result == "fail"


@pytest.mark.parametrize("reason", ["terminated", "unreachable"])
def test_an_upload_cut_short_is_unknown(reason: str) -> None:
    events = [upload_started(9), attempt(1, 1.0), upload_ended(2.0, attempts=1, reason=reason)]
    assert check(events, refused={"count": 0}).result == "unknown"
    assert reason in check(events, refused={}).seen


def test_one_of_two_uploads_lost_is_unknown() -> None:
    events = [*full_drive(), upload_started(5, source="uploader-2")]
    assert check(events, refused={}).result == "unknown"


def test_a_gap_touches_only_what_needs_that_record() -> None:
    assert check([*full_drive(), gap("observer")], accepted={"min": 1}).result == "pass"
    assert check([*full_drive(), gap("observer")], refused={}).result == "pass"
    assert check([*full_drive(), gap("minio")], accepted={"min": 1}).result == "pass"
    unsure = check([*full_drive(), gap("observer")], refused={"reason": "drive-full"})
    assert unsure.result == "unknown"


def test_reasons_are_unknown_where_no_drive_was_watched() -> None:
    done = upload_ended(2.0, objects=1, refused=1, attempts=1)
    events = [upload_started(1), refused(1, 1.0, status=507), done]
    found = check(events, refused={"reason": "drive-full"})
    assert (found.result, found.seen) == (
        "unknown", "none; 1 object otherwise (1 unknown), but the drives were not watched",
    )  # fmt: skip


def test_minios_log() -> None:
    assert check(full_drive(), log=TEXT).seen == "in 1 line"
    assert check(full_drive(), log="out of inodes").result == "fail"
    assert check([*full_drive(), gap("minio")], log="out of inodes").result == "unknown"
    assert check([*full_drive(), gap("minio")], log=TEXT).result == "pass", "one line proves it"
    assert check([log(TEXT, "uploader")], log=TEXT).result == "unknown", "no line of MinIO's"


@pytest.mark.parametrize(
    ("ends", "wanted", "result"),
    [
        ([container("uploader", 1)], 1, "pass"),
        ([container("uploader", 1)], 0, "fail"),
        ([container("uploader", 0), container("uploader-2", 1)], 0, "fail"),
        ([container("uploader", None)], 0, "unknown"),
        ([container("minio", 0)], 0, "unknown"),
        ([], 0, "unknown"),
    ],
)
def test_the_clients_exit_code(ends: list[Event], wanted: int, result: str) -> None:
    assert check(ends, client_exit=wanted).result == result


def test_a_client_killed_for_memory_is_told() -> None:
    found = check([container("uploader", 137, oom_killed=True)], client_exit=0)
    assert found.seen == "exit code 137 (killed for memory)"


def test_a_failure_outweighs_what_is_unknown() -> None:
    verdict = judged([container("uploader", 1)], refused={}, client_exit=0)
    assert [found.result for found in verdict.checks] == ["unknown", "fail"]
    assert verdict.result == "fail"
    verdict = judged([container("uploader", 1)], refused={}, client_exit=1)
    assert (verdict.result, verdict.exit_code) == ("unknown", 1)
