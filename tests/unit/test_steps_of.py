"""Which events and figures belong to one step."""

from dataclasses import replace

from labctl.app.records import Gap
from labctl.events import Event, StepStarted
from labctl.figures.steps import Deletions
from labctl.report.step_words import step_facts
from labctl.report.steps import of_step, summarize_step
from tests.unit.histories import (
    BEGIN,
    MIB,
    attempt,
    audit,
    contents,
    deletion,
    log,
    read_back,
    refused,
    run_started,
    sample,
    step_ended,
    step_started,
    task_ended,
    task_started,
    trial,
    upload_started,
)


def history() -> list[Event]:
    """An upload of three of which one is refused, a delete, a wait, a resend, and a verify."""
    return [
        run_started(),
        step_started(1, "upload", 1.0, role="uploader"),
        step_ended(1, "upload", 5.0),
        step_started(2, "delete", 6.0, role="delete-2"),
        step_ended(2, "delete", 7.0),
        step_started(3, "wait", 8.0, text="until 1 MiB can be written", role="wait-3"),
        step_ended(3, "wait", 10.0),
        step_started(4, "upload", 11.0, role="uploader-4", expect={"log": "full", "resent": "all"}),
        step_ended(4, "upload", 15.0),
        step_started(5, "verify", 16.0, role="verify-5"),
        step_ended(5, "verify", 20.0),
        upload_started(3),
        *(attempt(n, 1.0 + n) for n in (1, 2)),
        refused(3, 4.0),
        deletion("small/0001", 6.5, source="delete-2"),
        trial(1, 9.0, source="wait-3"),
        upload_started(1, source="uploader-4", step=4, resend="refused"),
        attempt(3, 12.0, source="uploader-4"),
        task_started("verifier", 16.5, "verify-5"),
        read_back("small/0001", 17.0, outcome="absent", source="verify-5"),
        read_back("small/0002", 17.1, writers=[[1, 1, 16]], source="verify-5"),
        read_back("small/0003", 17.2, writers=[[4, 1, 16]], source="verify-5"),
        task_ended("verifier", 18.0, "verify-5"),
        *(sample(n / 2, (100 - n) * MIB) for n in range(40)),
        *(log("full", time=float(n)) for n in (3, 12, 13)),
    ]


def test_a_steps_own_events() -> None:
    found = list(of_step(history, 4))
    assert {event.source for event in found} == {"labctl", "uploader-4", "observer", "minio"}
    assert {event.record.type for event in found if event.source == "labctl"} == {
        "run-started", "step-started", "step-ended",
    }  # fmt: skip
    logs = [event.time - BEGIN for event in found if event.source == "minio"]
    assert logs == [12.0, 13.0]
    samples = [event.time - BEGIN for event in found if event.record.type == "drive"]
    assert (min(samples), max(samples)) == (9.0, 17.0), "and those that tell of its first moment"


def test_audit_records_belong_to_the_time_in_which_the_server_worked() -> None:
    records = [audit("A", 10.9), audit("B", 11.001), audit("C", 15.5, seconds=1.0),
               audit("D", 15.5, seconds=0.1)]  # fmt: skip
    found = of_step(lambda: [*history(), *records], 4)
    assert [e.record.request_id for e in found if e.record.type == "audit"] == ["B", "C"]


def test_gaps_that_may_touch_a_step() -> None:
    gaps = [
        Event("labctl", Gap(0.0, "torn")),
        Event("observer", Gap(BEGIN + 3.0, "before")),
        Event("observer", Gap(BEGIN + 30.0, "late")),
        Event("uploader", Gap(BEGIN + 12.0, "another's")),
        Event("uploader-4", Gap(BEGIN, "its own")),
    ]
    found = of_step(lambda: [*history(), *gaps], 4)
    assert [event.record.what for event in found if isinstance(event.record, Gap)] == [
        "torn", "late", "its own",
    ]  # fmt: skip


def test_a_steps_sums_are_its_own() -> None:
    first, second = summarize_step(history, 1), summarize_step(history, 4)
    assert (first.objects, first.acknowledged, first.refused) == (3, 2, 1)
    assert (second.objects, second.acknowledged, second.refused) == (1, 1, 0)
    assert [step.step for step in second.steps.played] == [4]
    assert second.logs[0].count == 2, "what the step expects in the log"


def test_what_was_written_before_counts_for_a_verify() -> None:
    found = summarize_step(history, 5).steps
    assert found.integrity is not None
    assert found.integrity.counts == {"absent": 1, "intact": 2}
    assert summarize_step(history, 4).steps.integrity is None, "no verify of its own"


def test_what_was_written_before_and_lies_on_no_drive() -> None:
    def later() -> list[Event]:
        extra = [
            step_started(6, "verify", 30.0, role="verify-6"),
            task_started("verifier", 31.0, "verify-6"),
            contents("minio/data1", 31.5, source="verify-6"),
            read_back("small/0002", 32.0, outcome="absent", source="verify-6"),
        ]
        return [*history(), *extra]

    found = summarize_step(later, 6).steps.redundancy
    assert found is not None
    assert (found.objects, found.incomplete, found.least) == (1, 1, 0)
    assert summarize_step(later, 4).steps.redundancy is None, "no verify of its own"


def test_what_came_later_counts_for_no_step() -> None:
    def later() -> list[Event]:
        extra = [
            step_started(6, "verify", 30.0, role="verify-6"),
            step_ended(6, "verify", 35.0),
            task_started("verifier", 31.0, "verify-6"),
            read_back("small/0002", 32.0, outcome="absent", source="verify-6"),
        ]
        return [*extra, *history()]

    assert summarize_step(later, 5).steps.integrity == summarize_step(history, 5).steps.integrity
    last = summarize_step(later, 6).steps.integrity
    assert last is not None
    assert last.counts == {"lost": 1}


def test_a_resend_is_held_against_the_refusals_before() -> None:
    found = summarize_step(history, 4).steps.resent
    assert found is not None
    assert (found.refused, found.again, found.acknowledged) == (1, 1, 1)
    assert summarize_step(history, 1).steps.resent is None, "it sent nothing again"


def test_a_wait_knows_what_freed_the_space_before() -> None:
    (found,) = summarize_step(history, 3).steps.writable
    assert (found.step, found.since) == (3, "delete")
    assert summarize_step(history, 4).steps.writable == (), "a figure of another step"
    assert summarize_step(history, 2).steps.writable == ()


def test_a_delete_tells_how_much_it_deleted() -> None:
    assert summarize_step(history, 2).steps.deletions == (Deletions(2, 1, 1),)
    assert summarize_step(history, 3).steps.deletions == ()
    failed = [*history(), deletion("small/0002", 6.6, outcome="info", source="delete-2")]
    told = dict(step_facts(summarize_step(lambda: failed, 2).steps))
    assert told["deleted, step 2"] == "1 of 2 DELETEs went well"


def test_what_a_step_asks_for_is_there_whoever_made_it() -> None:
    asking = [
        Event(event.source, replace(event.record, expect={"writable_again": "5s"}))
        if isinstance(event.record, StepStarted) and event.record.step == 4
        else event
        for event in history()
    ]
    assert [wait.step for wait in summarize_step(lambda: asking, 4).steps.writable] == [3]
