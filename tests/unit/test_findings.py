"""Claims, tables and the document of findings, from made-up evidence."""

from dataclasses import replace
from typing import Any

import pytest

from findings.claims import (
    Finding,
    judge_exit,
    judge_log,
    judge_many_blocks,
    judge_one_block,
    judge_quota,
    judge_refused,
    rule,
)
from findings.document import write_document
from findings.evidence import LOG_LINE, Evidence, Run, read_run
from findings.ranges import range_lines, wilson
from labctl.app.records import Aborted, UploadStarted
from labctl.checks import Verdict
from labctl.checks.verdict import Check
from labctl.events import Event
from labctl.figures import ContainerFigures, LogMatches, Refusals, Summary
from tests.unit import summaries
from tests.unit.histories import (
    BEGIN,
    MIB,
    contents,
    full_drive,
    refused,
    sample,
    step_ended,
    step_started,
    upload_started,
)

CUT = summaries.refusals(3, status=400, code="IncompleteBody", message="cut")
RAW = summaries.refusals(9, status=500, code="InternalError", message="no space left on device")
CHECKED = summaries.refusals(4)
EXCEEDED = summaries.refusals(
    5, status=400, code="XMinioAdminBucketQuotaExceeded", reason="quota",
    message="Bucket quota exceeded",
)  # fmt: skip


def summary(**changes: Any) -> Summary:
    """Of a run that sent files alone, on a release that is told."""
    image = {"release": "RELEASE.X", "id": "sha256:1", "how": "built"}
    plain = {"images": {"minio/minio:x": image}, "steps": summaries.steps(overshoot=None)}
    return summaries.summary(**(plain | changes))


def run(lab: str = "200m", time: str = "T1", **changes: Any) -> Run:
    found = Run(
        lab=lab,
        time=time,
        about=f"What {lab} shows.",
        summary=summary(),
        verdict=Verdict(()),
        failure=None,
        steps=(),
        in_parts=(RAW,),
        in_one=(RAW,),
        log=LogMatches(LOG_LINE, 9, 40, LOG_LINE),
        inodes=None,
    )
    return replace(found, **changes)


def stopping(exit_code: int, time: str = "T9") -> Run:
    started = replace(upload_record(), on_error="stop")
    ended = ContainerFigures("uploader", "exited", exit_code, oom_killed=False, time=BEGIN)
    return run(time=time, summary=summary(uploads=(started,), containers=(ended,), never_sent=7))


def upload_record(**changes: Any) -> UploadStarted:
    record = upload_started(65).record
    assert isinstance(record, UploadStarted)
    return replace(record, **changes)


def reading(lab: str, time: str = "T1", *, present: int = 0, again: int = 0, **more: Any) -> Run:
    """A run that read everything back after space was free."""
    steps = summaries.steps(
        overshoot=None,
        integrity=summaries.integrity(refused_present_count=present),
        resent=summaries.resent(again=again, acknowledged=again),
    )
    return run(lab, time, summary=summary(steps=steps, **more))


def with_quota(*refusals: Refusals, after: float | None = 10.7) -> Run:
    steps = summaries.steps(overshoot=summaries.overshoot(from_first_put=after))
    return run("quota", summary=summary(steps=steps, refusals=refusals))


def text_of(finding: Finding) -> str:
    return "\n".join(finding.differs)


@pytest.mark.parametrize(
    ("held", "of", "ruling"),
    [
        (3, 3, "confirmed"),
        (1, 3, "confirmed in part"),
        (0, 3, "corrected"),
        (0, 0, "not judged"),
    ],
)
def test_a_ruling_follows_from_two_figures(held: int, of: int, ruling: str) -> None:
    assert rule(held, of) == ruling


def test_the_log_line_is_looked_for_in_every_run_that_filled_the_drive() -> None:
    silent = run(time="T2", log=LogMatches(LOG_LINE, 0, 30, None))
    assert judge_log(Evidence((run(),))).ruling == "confirmed"
    assert judge_log(Evidence((run(), silent))).ruling == "confirmed in part"
    assert judge_log(Evidence((silent,))).ruling == "corrected"


def test_a_drive_that_was_never_full_proves_nothing_about_the_log() -> None:
    empty = run(summary=summary(refusals=(EXCEEDED,)))
    assert judge_log(Evidence((empty,))).ruling == "not judged"


def test_a_full_drive_without_the_line_in_another_lab_is_told() -> None:
    other = run("small-objects", log=LogMatches(LOG_LINE, 0, 30, None))
    found = judge_log(Evidence((run(), other)))
    assert found.ruling == "confirmed"
    assert "`small-objects` refused 12 objects" in text_of(found)


def test_todays_release_corrects_the_code_of_many_blocks() -> None:
    found = judge_many_blocks(Evidence((run(in_one=(CUT,)),)))
    assert found.ruling == "corrected"
    assert found.rows == [("500", "InternalError", "no space left on device", "9", "1 of 1")]
    assert "0 failed with `IncompleteBody`; most with 500 `InternalError`" in text_of(found)
    assert "`IncompleteBody` came for 3 objects in one block" in text_of(found)


def test_another_release_may_turn_a_claim() -> None:
    cut_off = Evidence((run(in_parts=(CUT,)),))
    mixed = Evidence((run(in_parts=(CUT, RAW)),))
    assert judge_many_blocks(cut_off).ruling == "confirmed"
    assert judge_many_blocks(cut_off).differs == ()
    assert judge_many_blocks(mixed).ruling == "confirmed in part"
    named = summaries.refusals(4, code="InsufficientStorage")
    assert judge_one_block(Evidence((run(in_one=(named,)),))).ruling == "confirmed"


def test_507_keeps_the_name_under_another_code() -> None:
    found = judge_one_block(Evidence((run(in_one=(CHECKED, RAW)),)))
    assert found.ruling == "corrected"
    assert "its S3 code is `XMinioStorageFull`" in text_of(found)


def test_refusals_for_other_reasons_and_of_other_labs_do_not_count() -> None:
    runs = (run(in_parts=(EXCEEDED,)), run("paced", in_parts=(CUT,)))
    assert judge_many_blocks(Evidence(runs)).ruling == "not judged"


def test_refused_objects_stay_away() -> None:
    found = judge_refused(Evidence((reading("resend-none"), reading("recover", again=12))))
    assert found.ruling == "confirmed in part"
    resends = (upload_record(resend="refused"),)
    told = reading("recover", again=12, uploads=resends)
    found = judge_refused(Evidence((reading("resend-none"), told)))
    assert found.ruling == "confirmed"
    assert "in `recover` 12 of 12 refused objects arrived then" in text_of(found)


def test_refused_objects_that_are_stored_refute_half_of_the_claim() -> None:
    assert judge_refused(Evidence((reading("a", present=2),))).ruling == "confirmed in part"
    assert judge_refused(Evidence((reading("a", present=2, again=1),))).ruling == "corrected"
    assert judge_refused(Evidence((reading("a", uploads=()),))).ruling == "confirmed"
    assert judge_refused(Evidence(())).ruling == "not judged"


def test_an_error_ends_a_client_that_catches_nothing() -> None:
    found = judge_exit(Evidence((run(), stopping(1))))
    assert found.ruling == "confirmed"
    assert ("200m/T9", "stop", "12", "7", "1") in found.rows
    assert "exit code 0 in 1 of 1 run." in text_of(found)
    assert judge_exit(Evidence((stopping(2),))).ruling == "corrected"
    assert judge_exit(Evidence((run(),))).ruling == "not judged"


def test_a_quota_is_told_by_its_name_and_when() -> None:
    found = judge_quota(Evidence((with_quota(EXCEEDED),)))
    assert found.ruling == "confirmed"
    assert "Enforced late in `quota`" in text_of(found)
    assert "Enforced at once" in text_of(judge_quota(Evidence((with_quota(EXCEEDED, after=0.02),))))
    assert judge_quota(Evidence((with_quota(EXCEEDED, RAW),))).ruling == "confirmed in part"
    assert judge_quota(Evidence((with_quota(RAW),))).ruling == "corrected"


def test_a_run_is_read_from_its_events() -> None:
    many = refused(70, 7.5, size=30 * MIB, parts=6)
    abort = Aborted(BEGIN + 8.6, "a", "b", BEGIN + 8.5, BEGIN + 8.6, "ok", 204)
    events = (
        *full_drive(),
        many,
        step_started(1, "upload", 0.5, role="uploader"),
        step_ended(1, "upload", 8.2),
        step_started(2, "upload", 8.3, role="uploader-2"),
        Event("uploader-2", abort),
        step_ended(2, "upload", 8.8),
        step_started(3, "verify", 8.9, role="verify-3"),
        contents("minio/data1", 9.0, trash=5 * MIB, source="verify-3"),
        step_ended(3, "verify", 9.2),
        sample(8.3, 3 * MIB),
        sample(9.3, 4 * MIB),
    )
    found = read_run("200m", "T1", "about", events)
    assert [(r.status, r.count) for r in found.in_parts] == [(500, 1)]
    assert [(r.status, r.count) for r in found.in_one] == [(500, 10), (507, 2)]
    assert (found.log.count, found.log.lines) == (1, 2)
    upload, aborts, verify = found.steps
    assert upload.sent is not None
    assert (upload.sent.acknowledged, upload.sent.refused) == (53, 13)
    assert aborts.calls == {"abort 204": 1}
    assert verify.left is not None
    assert verify.left.trash == 5 * MIB
    assert [step.free for step in found.steps] == [MIB, MIB, 4 * MIB]


def test_wilson_intervals() -> None:
    low, high = wilson(2, 3)
    assert (round(low, 2), round(high, 2)) == (0.21, 0.94)
    assert wilson(0, 3)[0] == 0.0
    assert wilson(3, 3)[1] == pytest.approx(1.0)


def test_several_runs_are_ranges() -> None:
    low = run(summary=summary(bytes_acknowledged=180 * MIB, refusals=(RAW,)))
    high = run(time="T2", summary=summary(bytes_acknowledged=184 * MIB, refusals=(RAW, CUT)))
    lines = range_lines((low, high))
    assert "| accepted | 180 MiB | 182 MiB | 184 MiB |" in lines
    assert any(line.startswith("| 400 | IncompleteBody | 0 to 3 | 1 of 2 |") for line in lines)
    assert any(line.startswith("| 500 | InternalError | 9 | 2 of 2 |") for line in lines)


def test_the_document_is_the_same_for_the_same_evidence() -> None:
    evidence = Evidence((run(), run(time="T2"), stopping(1), with_quota(EXCEEDED)))
    assert write_document(evidence) == write_document(evidence)


def test_the_document_tells_release_verdicts_and_evidence() -> None:
    text = write_document(Evidence((run(), run(time="T2"), stopping(1), with_quota(EXCEEDED))))
    assert "| MinIO | RELEASE.X, image sha256:1, built |" in text
    assert "RELEASE.2024-12-13T22-19-12Z. That release cannot be had" in text
    assert (
        "| 5 | An error that nobody catches ends the app with exit code 1. | **confirmed** |"
        in (text)
    )
    assert "| 3 | A small, one-block file fails with `InsufficientStorage`. | **corrected** |" in (
        text
    )
    assert "### 200m, 2 runs" in text
    assert "Every run came out as its lab file expects." in text


def test_nothing_is_hidden() -> None:
    check = Check("log", "fail", "the text", "no such line")
    bad = run("churn", verdict=Verdict((check,)), failure="step 2 did not end")
    evidence = Evidence((bad,), missing=("inodes",), left_out=("paced/T0: it was cut short",))
    text = write_document(evidence)
    assert "- `churn/T1`: the lab failed: step 2 did not end" in text
    assert "- `churn/T1`: log, fail: expected the text; seen: no such line" in text
    assert "| inodes |  |  |  |  |  | not run |  |  |" in text
    assert "- paced/T0: it was cut short" in text


def test_texts_of_the_evidence_break_no_table() -> None:
    wild = summaries.refusals(2, status=500, code="A|B", message="one\ntwo | three")
    text = write_document(Evidence((run(in_parts=(wild,)),)))
    assert "| 500 | A\\|B | one\\ntwo \\| three | 2 | 1 of 1 |" in text
