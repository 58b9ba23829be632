"""Objects that were sent more than once and parts that were left: how they are counted and told."""

from dataclasses import replace

from labctl.app.records import NOTHING_LISTED, UploadStarted
from labctl.events import Event
from labctl.figures import Summary
from labctl.report.progress import Progress
from labctl.report.steps import summarize_step
from labctl.report.summary import summarize
from labctl.report.words import answer, columns, facts
from tests.unit.histories import (
    BEGIN,
    MIB,
    attempt,
    read_back,
    refused,
    sample,
    step_ended,
    step_started,
    task_ended,
    task_started,
    upload_started,
)


def parts(event: Event, what: str) -> Event:
    assert isinstance(event.record, UploadStarted)
    return Event(event.source, replace(event.record, parts=what))


def summary_of(*events: Event) -> Summary:
    return summarize(lambda: events)


RESENT = (
    upload_started(3),
    upload_started(2, source="uploader-4", step=4, resend="refused"),
    attempt(1, 1.0),
    refused(2, 2.0),
    refused(3, 3.0),
    attempt(1, 9.0, name="small/0002", source="uploader-4"),
    refused(2, 9.5, source="uploader-4"),
)


def test_what_was_sent_again_is_counted_in_puts() -> None:
    again = attempt(2, 9.5, name="small/0003", source="uploader-4")
    found = summary_of(*RESENT[:-1], again)
    assert (found.objects, found.keys, found.refused, found.in_doubt) == (5, 3, 2, 0)
    assert "2 of 5 puts of 3 objects were refused" in answer(found)
    assert "puts" in columns(found)
    assert dict(facts(found))["accepted"] == "3 MiB in 3 puts, 2 refused"


def test_in_doubt_is_what_no_upload_got_acknowledged() -> None:
    found = summary_of(*RESENT[:-1])
    assert found.in_doubt == 1
    assert dict(facts(found))["accepted"].endswith(", 1 object in doubt")


def test_objects_that_were_sent_once_are_objects() -> None:
    found = summary_of(upload_started(2), attempt(1, 1.0), refused(2, 2.0))
    assert "1 of 2 objects was refused" in answer(found)
    assert "objects" in columns(found)


def test_what_was_sent_again_is_read_back_as_the_resend() -> None:
    reads = [
        task_started("verifier", 20.0, "verify-9"),
        read_back("small/0001", 21.0, writers=[[1, 1, 16]]),
        read_back("small/0002", 22.0, writers=[[4, 1, 16]]),
        task_ended("verifier", 23.0, "verify-9"),
    ]
    found = summary_of(*RESENT[:-1], *reads)
    read = found.steps.integrity
    assert read is not None
    assert (read.resent, read.resent_intact, len(read.intact)) == (1, 1, 2)
    assert dict(facts(found))["of those sent again"] == (
        "1 of 1 object that had been refused first reads back as the bytes that were sent again"
    )
    assert "refused and stored" not in dict(facts(found)), "no refused object was left to read"


def test_what_was_written_since_is_not_told_to_be_the_resend() -> None:
    since = [
        upload_started(1, source="uploader-6", step=6),
        attempt(1, 15.0, name="small/0002", source="uploader-6"),
        task_started("verifier", 20.0, "verify-9"),
        read_back("small/0002", 22.0, writers=[[6, 1, 16]]),
        task_ended("verifier", 23.0, "verify-9"),
    ]
    found = summary_of(*RESENT[:-1], *since)
    read = found.steps.integrity
    assert read is not None
    assert (read.counts, read.resent, read.resent_intact) == ({"intact": 1}, 0, 0)
    assert "of those sent again" not in dict(facts(found))


def test_what_is_refused_once_more_after_it_was_mended_is_not_mended() -> None:
    more = [
        upload_started(1, source="uploader-6", step=6),
        refused(2, 15.0, source="uploader-6"),
    ]
    resent = summary_of(*RESENT[:-1], *more).steps.resent
    assert resent is not None
    assert (resent.refused, resent.again, resent.acknowledged) == (2, 0, 0)


def test_a_step_counts_what_it_sent_again_itself() -> None:
    events = (
        step_started(4, "upload", 8.0, role="uploader-4"),
        *RESENT[:-1],
        refused(3, 9.5, source="uploader-4"),
        step_ended(4, "upload", 10.0),
        step_started(6, "upload", 11.0, role="uploader-6"),
        upload_started(1, source="uploader-6", step=6, resend="refused", time=BEGIN + 11),
        attempt(1, 12.0, name="small/0003", source="uploader-6"),
        step_ended(6, "upload", 13.0),
    )
    first, second = (summarize_step(lambda: events, step).steps.resent for step in (4, 6))
    assert first is not None
    assert second is not None
    assert (first.refused, first.again, first.acknowledged) == (2, 2, 1)
    assert (second.refused, second.again, second.acknowledged) == (1, 1, 1)


def test_what_could_not_be_completed_was_not_refused() -> None:
    unsent = attempt(1, 2.0, outcome="fail", status=None, error=NOTHING_LISTED)
    events = [parts(upload_started(1), "complete"), sample(0.0, 0), unsent, sample(3.0, 0)]
    found = summary_of(*events)
    assert (found.refused, found.refusals, found.first_refusal) == (0, (), None)
    assert (found.objects, found.never_sent, found.prediction) == (1, 1, None)


def test_few_free_inodes_are_told() -> None:
    samples = [sample(n / 4, 90 * MIB, inodes=0) for n in range(20)]
    full = attempt(1, 2.0, outcome="info", status=507, code="XMinioStorageFull")
    told = dict(facts(summary_of(upload_started(1), *samples, full)))
    assert told["client's first refusal"].endswith("minio/data1 had 90 MiB free and 0 free inodes")
    assert "90 MiB free and 0 of 50000 inodes" in told["drive minio/data1"]
    plenty = summary_of(upload_started(1), sample(1.0, MIB), attempt(1, 2.0))
    assert "inodes" not in dict(facts(plenty))["drive minio/data1"]


def test_parts_that_are_left_are_not_refused_on_the_way() -> None:
    progress = Progress("waiting")
    for event in (parts(upload_started(1), "leave"), attempt(1, 2.0, outcome="info", size=MIB)):
        progress.add(event)
    assert "1 left unfinished" in progress.text()
    assert "refused" not in progress.text()
