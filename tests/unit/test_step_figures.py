"""Events -> figures of steps."""

import json
import random

import pytest

from labctl.app.records import Gap
from labctl.classify import Classified
from labctl.events import Event
from labctl.figures import GapFigures, Summary, to_document
from labctl.figures.steps import Overshoot, Resent, Steps, Tried
from labctl.report.summary import summarize
from tests.unit.histories import (
    BEGIN,
    MIB,
    aborted,
    attempt,
    audit,
    changed,
    contents,
    deletion,
    probed,
    quota_set,
    read_back,
    refused,
    run_started,
    sample,
    shards,
    step_ended,
    step_started,
    task_ended,
    task_started,
    trial,
    unanswered,
    upload_started,
)

QUOTA = "XMinioAdminBucketQuotaExceeded"


def summary_of(*events: Event) -> Summary:
    return summarize(lambda: iter(events))


def steps_of(*events: Event) -> Steps:
    return summary_of(*events).steps


def verify(*reads: Event, time: float = 50.0, source: str = "verify-9") -> list[Event]:
    return [
        task_started("verifier", time, source),
        *reads,
        task_ended("verifier", time + 5, source),
    ]


def over_quota(operation: int, ended: float, **changes: object) -> Event:
    values = {"outcome": "fail", "status": 400, "code": QUOTA} | changes
    return attempt(operation, ended, **values)  # type: ignore[arg-type]


def test_the_steps_that_were_played() -> None:
    played = steps_of(
        step_ended(1, "upload", 9.0, seconds=8.0),
        step_started(2, "verify", 10.0, text="verify: all", role="verify-2"),
        step_started(1, "upload", 1.0, role="uploader"),
    ).played
    assert [(s.step, s.verb, s.seconds) for s in played] == [(1, "upload", 8.0),
                                                             (2, "verify", None)]  # fmt: skip
    assert played[1].text == "verify: all"


def test_every_object_comes_to_something() -> None:
    found = steps_of(
        upload_started(6),
        step_started(9, "verify", 49.0, role="verify-9"),
        attempt(1, 1.0),
        attempt(2, 2.0),
        refused(3, 3.0),
        refused(4, 4.0),
        attempt(5, 5.0),
        *verify(
            read_back("small/0001", 50.1, writers=[[1, 1, 16]]),
            read_back("small/0002", 50.2, outcome="absent"),
            read_back("small/0003", 50.3, writers=[[1, 1, 16]]),
            read_back("small/0004", 50.4, outcome="absent"),
            read_back("small/0005", 50.5, outcome="unavailable"),
            read_back("small/0006", 50.6, outcome="absent"),
            read_back("labctl-probe-1", 50.7, foreign=1, expected=False),
        ),
    ).integrity
    assert found is not None
    assert (found.step, found.objects, found.whole) == (9, 6, True)
    assert found.counts == {"intact": 1, "lost": 1, "ghost": 1, "absent": 2, "unavailable": 1}
    (lost,) = found.examples["lost"]
    assert (lost.source, lost.time, lost.request_id) == ("verify-9", BEGIN + 50.2, "Vsmall/0002")
    assert "small/0002" in lost.what
    assert (found.refused, found.refused_present_count) == (2, 1)
    assert "small/0003" in found.refused_present[0].what


def test_what_is_written_after_a_verify_was_not_read_by_it() -> None:
    seen = read_back("small/0001", 50.1, writers=[[1, 1, 16]])
    unsent = read_back("small/0002", 50.2, outcome="absent")
    for late, later in (
        ([attempt(2, 60.0)], 1),
        ([attempt(1, 60.0), attempt(2, 61.0)], 2),
        ([refused(2, 60.0)], 0),
        ([deletion("small/0001", 60.0)], 0),
        ([], 0),
    ):
        found = steps_of(attempt(1, 1.0), *verify(seen, unsent), *late).integrity
        assert found is not None
        assert found.later == later


def test_puts_of_waits_are_counted() -> None:
    found = steps_of(
        trial(1, 3.0), trial(2, 4.0), trial(3, 9.0, code=QUOTA), trial(1, 20.0, source="wait-8")
    ).tried
    assert found == (Tried(6, MIB, 3, 2, 2), Tried(8, MIB, 1, 1, 1))


def test_the_newest_verify_alone_counts() -> None:
    events = [
        attempt(1, 1.0),
        *verify(
            read_back("small/0001", 20.0, outcome="absent", source="verify-2"),
            shards("small/0001", 20.0, 1, source="verify-2"),
            time=19.0,
            source="verify-2",
        ),
        *verify(
            shards("small/0001", 50.0, 3),
            read_back("small/0001", 51.0, writers=[[1, 1, 16]]),
        ),
    ]
    for found in (steps_of(*events), steps_of(*reversed(events))):
        assert found.integrity is not None
        assert found.integrity.counts == {"intact": 1}
        assert found.redundancy is not None
        assert (found.redundancy.incomplete, found.redundancy.least) == (1, 3)


def test_an_acknowledged_object_that_no_drive_holds_is_on_none() -> None:
    events = [
        *(attempt(number, number) for number in (1, 2, 3, 4)),
        refused(5, 5.0),
        deletion("small/0003", 6.0),
        *verify(
            shards("small/0001", 50.0, 4),
            contents("minio/data1", 50.1),
            *(read_back(f"small/000{n}", 51.0 + n, outcome="absent") for n in (1, 2, 3, 5)),
            read_back("labctl-probe-1", 58.0, expected=False),
        ),
    ]
    for order in (events, events[::-1]):
        found = steps_of(*order).redundancy
        assert found is not None
        assert (found.objects, found.incomplete, found.least, found.drives) == (2, 1, 0, 4)
        assert [proof.what for proof in found.examples] == ["small/0002 is whole on 0 of 4 drives"]


def test_all_objects_gone_from_all_drives() -> None:
    gone = read_back("small/0001", 51.0, outcome="absent")
    drives = [contents(f"minio/data{number}", 50.0) for number in (1, 2)]
    found = steps_of(attempt(1, 1.0), *verify(*drives, gone)).redundancy
    assert found is not None
    assert (found.objects, found.incomplete, found.least, found.drives) == (1, 1, 0, 2)


def test_what_was_not_looked_at_is_not_missing() -> None:
    read = read_back("small/0001", 51.0, outcome="absent")
    gap = Event("verify-9", Gap(BEGIN + 50, "the shards of objects could not all be counted"))
    looked = contents("minio/data1", 50.0)
    torn = Event("labctl", Gap(BEGIN + 50, "a line of the record is torn"))
    for events in ([read], [looked, gap, read], [looked, torn, read], [looked]):
        assert steps_of(attempt(1, 1.0), *verify(*events)).redundancy is None
    late = attempt(1, 50.9)
    assert steps_of(late, *verify(looked, read)).redundancy is None


def test_a_verify_that_did_not_end_is_not_whole() -> None:
    for events in (
        [task_started("verifier", 9.0, "verify-9")],
        [task_started("verifier", 9.0, "verify-9"),
         task_ended("verifier", 9.0, "verify-9", "terminated")],
    ):  # fmt: skip
        found = steps_of(*events).integrity
        assert found is not None
        assert not found.whole
    assert steps_of(attempt(1, 1.0)).integrity is None


def test_a_few_examples_stand_for_many() -> None:
    reads = [read_back(f"small/{n:04}", 50 + n / 100, outcome="absent") for n in range(1, 100)]
    random.Random(1).shuffle(reads)
    writes = [attempt(n, n / 10) for n in range(1, 100)]
    found = steps_of(*writes, *verify(*reads)).integrity
    assert found is not None
    assert found.counts == {"lost": 99}
    assert [proof.time for proof in found.examples["lost"]] == [
        pytest.approx(BEGIN + 50 + n / 100) for n in range(1, 6)
    ]


def test_stamps_tell_the_rounds_of_an_upload_apart() -> None:
    rounds = [attempt(n, float(n), name="one", stamp=n) for n in range(1, 50)]
    newest = steps_of(*rounds, *verify(read_back("one", 60.0, writers=[[1, 49, 16]]))).integrity
    older = steps_of(*rounds, *verify(read_back("one", 60.0, writers=[[1, 7, 16]]))).integrity
    assert newest is not None
    assert older is not None
    assert newest.counts == {"intact": 1}
    assert older.counts == {"stale": 1}


def test_another_upload_of_the_same_key_is_another_writer() -> None:
    uploads = [
        upload_started(1),
        upload_started(1, source="uploader-3", step=3),
        attempt(1, 1.0),
        attempt(1, 5.0, source="uploader-3"),
    ]
    for number, kind in ((3, "intact"), (1, "stale")):
        read = read_back("small/0001", 60.0, writers=[[number, 1, 16]])
        found = steps_of(*uploads, *verify(read)).integrity
        assert found is not None
        assert found.counts == {kind: 1}


def test_deletions_and_probes_are_writes() -> None:
    gone = read_back("small/0001", 60.0, outcome="absent")
    rot = read_back("small/0001", 60.0, foreign=1, size=9)
    for events, kind in (
        ([deletion("small/0001", 5.0)], "absent"),
        ([probed("delete", 5.0, "small/0001")], "absent"),
        ([probed("delete", 5.0, "small/0001", works=False, error="not tried: no room")], "lost"),
        ([probed("delete", 5.0, "labctl-probe-small/0001")], "lost"),
        ([probed("get", 5.0, "small/0001")], "lost"),
    ):
        found = steps_of(attempt(1, 1.0), *events, *verify(gone)).integrity
        assert found is not None
        assert found.counts == {kind: 1}, kind
    over = probed("overwrite", 5.0, "small/0001", size=9)
    found = steps_of(attempt(1, 1.0), over, *verify(rot)).integrity
    assert found is not None
    assert found.counts == {"intact": 1}


def test_the_audit_record_of_a_request_is_its_barrier() -> None:
    """The first attempt is refused at 1.0 and the second acknowledged at 3.0."""
    writes = [refused(1, 1.0, last=False), attempt(1, 3.0, number=2)]
    read = verify(read_back("small/0001", 60.0, writers=[[1, 1, 16]]))
    for records, kind in (
        ([], "undecided"),
        ([audit("R1.1", 1.0, status=507), audit("R1.2", 3.0)], "stale"),
        ([audit("R1.1", 2.995, status=507), audit("R1.2", 3.0)], "ghost"),
    ):
        found = steps_of(*writes, *records, *read).integrity
        assert found is not None
        assert found.counts == {kind: 1}, kind


def test_an_unanswered_write_has_its_barrier_by_object_and_time() -> None:
    lost = attempt(1, 2.0, seconds=1.0, outcome="info", status=None, error="ReadTimeoutError",
                   last=False, request_id=None)  # fmt: skip
    again = attempt(1, 4.0, number=2)
    read = verify(read_back("small/0001", 60.0, writers=[[1, 1, 16]]))
    for record, kind in (
        (audit("X", 1.5), "stale"),
        (audit("X", 3.995), "ghost"),
        (audit("X", 0.5), "undecided"),
        (audit("X", 1.5, name="small/0002"), "undecided"),
        (audit("X", 1.5, api="PutObjectPart"), "undecided"),
        (audit("R1.2", 1.5), "undecided"),
    ):
        found = steps_of(lost, again, record, *read).integrity
        assert found is not None
        assert found.counts == {kind: 1}, record


def test_two_unanswered_writes_need_two_records() -> None:
    lost = [
        attempt(1, float(n), seconds=0.5, number=n, outcome="info", status=None, last=False,
                error="ReadTimeoutError", request_id=None)
        for n in (1, 2)
    ]  # fmt: skip
    read = verify(read_back("small/0001", 60.0, writers=[[1, 1, 16]]))
    done = attempt(1, 4.0, number=3)
    one = steps_of(*lost, done, audit("X", 1.0), *read).integrity
    two = steps_of(*lost, done, audit("X", 1.0), audit("Y", 2.0), *read).integrity
    assert one is not None
    assert two is not None
    assert one.counts == {"undecided": 1}
    assert two.counts == {"stale": 1}


def test_of_a_client_of_the_users_own_only_loss_can_be_told() -> None:
    found = steps_of(
        audit("A", 1.0, name="a"),
        audit("B", 2.0, name="b"),
        audit("C", 3.0, name="c"),
        audit("C2", 4.0, name="c", api="DeleteObject", status=204),
        audit("D", 5.0, name="d", status=507),
        audit("E", 6.0, name="e", api="CompleteMultipartUpload"),
        audit("M", 6.5, name="m", bucket="labctl-marker-1"),
        *verify(
            read_back("a", 50.1, foreign=1, expected=False),
            read_back("b", 50.2, outcome="absent", expected=False),
        ),
    ).integrity
    assert found is not None
    assert found.counts == {"undecided": 1, "lost": 2}
    assert sorted(proof.what for proof in found.examples["lost"]) == [
        "b: is not there",
        "e: acknowledged by the server, and not listed",
    ]


def test_of_deletes_without_names_nothing_follows() -> None:
    bulk = audit("X", 2.0, name="", api="DeleteMultipleObjects")
    found = steps_of(audit("A", 1.0, name="a"), bulk, *verify()).integrity
    assert found is not None
    assert found.counts == {"undecided": 1}


def test_answers_without_an_audit_record_are_a_gap() -> None:
    events = [attempt(1, 1.0), attempt(2, 2.0), deletion("a", 3.0, request_id="D")]
    assert summary_of(*events).gaps == ()
    assert summary_of(*events, audit("M", 9.0, bucket="labctl-marker-1")).gaps == (
        GapFigures("observer", "audit: 3 answers have no record", 1),
    )
    some = summary_of(*events, audit("R1.1", 1.0), audit("D", 3.0, api="DeleteObject"))
    assert some.gaps == (GapFigures("observer", "audit: 1 answer has no record", 1),)
    assert summary_of(*events, *(audit(x, 1.0) for x in ("R1.1", "R2.1", "D"))).gaps == ()


def test_leftovers_are_those_of_the_newest_verify() -> None:
    found = steps_of(
        *verify(
            contents("minio/data3", 20.0, trash=9, source="verify-2"), source="verify-2", time=19.0
        ),
        *verify(
            contents("minio/data2", 50.0, free=60 * MIB, objects=100 * MIB, trash=30 * MIB),
            contents("minio/data1", 50.0, objects=200 * MIB),
        ),
    ).leftovers
    assert found is not None
    assert [drive.drive for drive in found.drives] == ["minio/data1", "minio/data2"]
    assert (found.trash, found.beyond) == (30 * MIB, 40 * MIB)


def test_a_quota_that_is_enforced_late() -> None:
    """A quota of 3 MiB lets five objects in, one of them in doubt; the sixth is refused."""
    found = steps_of(
        quota_set(1.0, 3 * MIB),
        *(attempt(n, 1.0 + n) for n in range(1, 5)),
        refused(5, 6.0),
        over_quota(6, 7.0),
        over_quota(7, 8.0),
    ).overshoot
    assert found is not None
    assert (found.quota, found.least, found.most) == (3 * MIB, MIB, 2 * MIB)
    assert found.refused
    assert found.from_crossing == pytest.approx(2.0)
    assert found.from_first_put == pytest.approx(5.01)
    assert [proof.request_id for proof in found.proof] == ["R1.1", "R6.1"]


def test_what_is_deleted_or_overwritten_counts_no_more() -> None:
    found = steps_of(
        quota_set(0.5, MIB),
        attempt(1, 1.0, name="a"),
        attempt(2, 2.0, name="a", size=2 * MIB),
        attempt(3, 3.0, name="b"),
        deletion("b", 4.0),
        attempt(4, 5.0, name="c"),
        deletion("c", 6.0, outcome="info"),
        over_quota(5, 7.0),
    ).overshoot
    assert found is not None
    assert (found.least, found.most) == (MIB, 2 * MIB)
    assert found.from_crossing == pytest.approx(5.0)


def test_a_quota_that_was_reached_before_it_was_set() -> None:
    found = steps_of(
        attempt(1, 1.0, size=9 * MIB), quota_set(5.0, 4 * MIB), over_quota(2, 5.5, seconds=0.25)
    ).overshoot
    assert found is not None
    assert found.from_crossing == pytest.approx(0.5)
    assert found.from_first_put == pytest.approx(0.25)
    assert (found.least, found.most) == (0, 0), "no byte of it was accepted under the quota"


def test_a_wait_meets_the_quota_too() -> None:
    found = steps_of(
        attempt(1, 1.0), quota_set(2.0, 4 * MIB), trial(1, 3.0), trial(2, 9.0, code=QUOTA)
    ).overshoot
    assert found is not None
    assert (found.refused, found.least, found.from_crossing) == (True, 0, None)
    assert found.from_first_put == pytest.approx(6.01)


def test_the_newest_quota_that_was_enforced_counts() -> None:
    events = [attempt(1, 1.0), quota_set(2.0, MIB), over_quota(2, 3.0), quota_set(4.0, 9 * MIB),
              attempt(3, 5.0), quota_set(6.0, None), attempt(4, 7.0)]  # fmt: skip
    for order in (events, events[::-1]):
        found = steps_of(*order).overshoot
        assert found is not None
        assert (found.quota, found.refused, found.most) == (MIB, True, 0)


def test_a_quota_that_never_was_enforced() -> None:
    found = steps_of(quota_set(0.0, MIB), attempt(1, 1.0), attempt(2, 2.0)).overshoot
    assert found == Overshoot(MIB, MIB, MIB, False, None, None, found.proof if found else ())
    assert steps_of(quota_set(0.0, MIB)).overshoot is None
    assert steps_of(attempt(1, 1.0)).overshoot is None


def test_refused_objects_that_are_sent_again() -> None:
    events = [
        upload_started(3),
        upload_started(2, source="uploader-4", step=4, resend="refused"),
        attempt(1, 1.0),
        refused(2, 2.0),
        refused(3, 3.0, last=False),
        refused(3, 3.5, number=2),
        refused(4, 4.0),
        attempt(1, 9.0, name="small/0002", source="uploader-4"),
        refused(2, 9.5, source="uploader-4"),
        attempt(3, 9.7, name="small/0003", source="uploader-4"),
    ]
    found = steps_of(*events[:-2], events[-1]).resent
    assert found is not None
    assert (found.refused, found.again, found.acknowledged) == (3, 2, 2)
    assert [proof.what for proof in found.examples] == [
        "small/0002 was refused and acknowledged when it was sent again",
        "small/0003 was refused and acknowledged when it was sent again",
        "small/0004 was refused and not sent again",
    ]


def test_another_upload_of_the_same_keys_sends_nothing_again() -> None:
    first = [upload_started(1), refused(1, 1.0)]
    again = attempt(1, 9.0, source="uploader-4")
    plain = upload_started(1, source="uploader-4", step=4)
    resend = upload_started(1, source="uploader-4", step=4, resend="unacknowledged")
    assert as_counts(steps_of(*first, plain, again).resent) == (1, 0, 0)
    assert as_counts(steps_of(*first, resend, again).resent) == (1, 1, 1)


def as_counts(found: Resent | None) -> tuple[int, int, int]:
    assert found is not None
    return found.refused, found.again, found.acknowledged


def test_an_upload_that_nobody_repeats() -> None:
    alone = steps_of(upload_started(2), attempt(1, 1.0), refused(2, 2.0)).resent
    assert alone is not None
    assert (alone.refused, alone.again, alone.acknowledged) == (1, 0, 0)
    retried = steps_of(upload_started(1), refused(1, 1.0, last=False), attempt(1, 2.0, number=2))
    assert retried.resent == Resent(0, 0, 0)
    assert steps_of(audit("A", 1.0)).resent is None


@pytest.mark.parametrize(
    ("freed", "since"),
    [
        (deletion("small/0001", 10.0), "delete"),
        (changed("ballast", 10.0, 90 * MIB, 0), "ballast"),
        (changed("grow", 10.0, 100, 200, source="grow-5"), "grow"),
        (step_ended(5, "restart", 10.0), "restart"),
        (quota_set(10.0, None), "quota"),
        (aborted("small/0001", 10.0), "abort"),
    ],
)
def test_how_long_until_a_bucket_is_writable_again(freed: Event, since: str) -> None:
    refusals = [trial(n, 11.0 + n, code="XMinioStorageFull") for n in range(1, 4)]
    events = [
        quota_set(0.0, 9 * MIB),
        step_started(6, "wait", 10.5, text="until 1 MiB can be written", role="wait-6"),
        refused(1, 2.0),
        deletion("small/0009", 3.0),
        freed,
        *refusals,
        trial(4, 15.0),
        deletion("small/0002", 16.0),
    ]
    for order in (events, events[::-1]):
        (found,) = steps_of(*order).writable
        assert (found.step, found.bytes, found.since) == (6, MIB, since)
        assert found.seconds == pytest.approx(5.0)
        assert found.refusals == {"XMinioStorageFull": 3}
        assert len(found.proof) == 2


@pytest.mark.parametrize(
    ("full", "since"),
    [
        ((), None),
        ((refused(1, 2.0),), None),
        ((refused(1, 0.5),), "delete"),
        ((trial(9, 0.5, code="X", source="wait-2"),), "delete"),
        ((sample(0.5, 5 * MIB),), "delete"),
        ((sample(0.5, 50 * MIB), sample(2.0, 5 * MIB)), None),
    ],
)
def test_what_is_deleted_while_there_is_room_frees_none(
    full: tuple[Event, ...], since: str | None
) -> None:
    begun = step_started(6, "wait", 10.5, text="until 3 MiB can be written", role="wait-6")
    tried = [trial(1, 11.0, code="X", size=3 * MIB), trial(2, 12.0, size=3 * MIB)]
    found = steps_of(begun, *full, deletion("small/0001", 1.0), *tried).writable[-1]
    assert found.since == since
    assert found.seconds == pytest.approx(11.0 if since else 1.01)


def test_a_client_may_be_the_first_that_can_write() -> None:
    (found,) = steps_of(
        refused(9, 9.0), deletion("a", 10.0), attempt(1, 10.5, size=9), attempt(2, 12.0),
        attempt(3, 13.0), trial(1, 14.0),
    ).writable  # fmt: skip
    assert found.seconds == pytest.approx(2.0)


def test_a_bucket_that_never_is_writable() -> None:
    (found,) = steps_of(trial(1, 11.0, code="SlowDownWrite"), trial(2, 20.0, code="X")).writable
    assert (found.since, found.seconds) == (None, None)
    assert found.tried == pytest.approx(9.01)
    assert found.refusals == {"SlowDownWrite": 1, "X": 1}


def test_a_wait_for_the_quota_is_no_wait_for_room() -> None:
    begun = step_started(6, "wait", 1.0, text="until the quota is enforced", role="wait-6")
    assert steps_of(begun, trial(1, 2.0), trial(2, 3.0, code=QUOTA)).writable == ()
    assert steps_of(trial(1, 2.0), trial(2, 3.0, code=QUOTA)).writable == ()


def test_a_probes_calls_stand_together() -> None:
    events = [
        step_started(7, "probe", 1.0, role="probe-7"),
        probed("head", 3.0),
        probed("get", 2.0),
        probed("get", 9.0, source="probe-12"),
        task_ended("prober", 4.0, "probe-7"),
    ]
    first, second = steps_of(*events).probes
    assert (first.step, [call.verb for call in first.calls], first.whole) == (
        7, ["get", "head"], True,
    )  # fmt: skip
    assert (second.step, second.whole) == (12, False)


def test_the_longest_silence_of_an_attempt() -> None:
    assert steps_of().stall is None
    events = [attempt(1, 1.0, silence=3.0), attempt(2, 2.0, seconds=60.0, silence=0.5)]
    answered = steps_of(*events).stall
    assert answered is not None
    assert (answered.seconds, answered.proof.what) == (3.0, "small/0001, attempt 1")
    silent = steps_of(*events, unanswered(3, 9.0)).stall
    assert silent is not None
    assert silent.seconds == 3.0
    long = attempt(4, 70.0, seconds=60.0, outcome="info", status=None, error="ReadTimeoutError")
    stalled = steps_of(*events, long).stall
    assert stalled is not None
    assert stalled.seconds == pytest.approx(60.0)


def test_drives_are_as_large_as_they_were_last_seen() -> None:
    made = run_started(drives={"minio/data1": 100 * MIB, "minio/data2": 100 * MIB})
    grown = [sample(2.0, 9, size=300 * MIB), sample(1.0, 9, size=100 * MIB)]
    assert steps_of(made).drive_bytes == 200 * MIB
    assert steps_of(made, *grown).drive_bytes == 400 * MIB


def test_refused_objects_by_group() -> None:
    found = summary_of(refused(1, 1.0), refused(2, 2.0), attempt(3, 3.0)).refusals
    assert [kind.groups for kind in found] == [{"small": 2}]
    assert [len(kind.proof) for kind in found] == [2]


def classified(*events: Event) -> Classified:
    (found,) = summary_of(upload_started(1), *events).refusals
    return Classified(found.reason, found.sure, found.also)


def test_what_the_server_received_tells_who_cut_a_body() -> None:
    cut = attempt(1, 1.0, outcome="info", status=400, code="IncompleteBody")
    full = sample(1.0, 0)
    assert classified(full, cut) == Classified("drive-full", "medium")
    assert classified(full, cut, audit("R1.1", 1.0, rx=MIB)) == Classified("drive-full", "high")
    assert classified(full, cut, audit("R1.1", 1.0, rx=9)) == Classified("client-cut", "medium")
    part = attempt(1, 1.0, outcome="info", status=400, code="IncompleteBody", size=6 * MIB, parts=2)
    last = audit("R1.1", 1.0, rx=MIB, part=2, api="PutObjectPart")
    assert classified(full, part, last) == Classified("drive-full", "high")


def test_a_part_that_met_a_full_drive_is_told_from_an_upload_that_was_not_there() -> None:
    gone = attempt(1, 1.0, outcome="info", status=404, code="NoSuchUpload", size=6 * MIB, parts=2)
    part = audit("R1.1", 1.0, rx=MIB, part=2, api="PutObjectPart", status=404)
    complete = audit("R1.1", 1.0, rx=0, api="CompleteMultipartUpload", status=404)
    full, room = sample(1.0, 0), sample(1.0, 90 * MIB)
    assert classified(full, gone, part) == Classified("drive-full", "medium")
    assert classified(room, gone, part) == Classified("unknown", "high")
    assert classified(full, gone, complete) == Classified("unknown", "high")


def test_the_server_tells_what_a_client_lost() -> None:
    error = "MaxRetryError: ... too many 507 error responses"
    lost = attempt(1, 2.0, seconds=1.5, outcome="info", status=None, error=error, request_id=None)
    room = [sample(n / 10, 90 * MIB) for n in range(30)]
    assert classified(*room, lost) == Classified("unknown", "high")
    quota = audit("X", 1.9, status=400, error="Bucket quota exceeded")
    earlier = audit("Y", 1.0, status=500, error="no space left on device")
    assert classified(*room, lost, quota, earlier) == Classified("quota", "high")
    assert classified(*room, lost, earlier) == Classified("drive-full", "high")


def test_a_compressing_server_takes_no_object_for_small() -> None:
    room = sample(1.0, 90 * MIB)
    run = run_started()
    run.record.environment["MINIO_COMPRESSION_ENABLE"] = "on"  # type: ignore[union-attr]
    assert classified(room, refused(1, 1.0, status=507)) == Classified("unknown", "low")
    assert classified(run, room, refused(1, 1.0, status=507)) == Classified("size-unknown", "high")


def test_a_server_that_a_step_stopped_is_a_fault() -> None:
    down = [step_started(3, "kill", 8.0), step_ended(3, "kill", 12.0)]
    assert classified(*down, unanswered(1, 10.0)) == Classified("fault", "certain")
    assert classified(*down, unanswered(1, 20.0)) == Classified("transport", "low")


def test_the_document_can_be_written_as_json() -> None:
    found = summary_of(
        upload_started(2), attempt(1, 1.0), refused(2, 2.0), quota_set(0.5, MIB),
        step_started(7, "probe", 1.0, role="probe-7"), probed("get", 2.0), trial(1, 3.0),
        *verify(read_back("small/0001", 50.0, outcome="absent"), shards("small/0001", 50.0, 1),
                contents("minio/data1", 50.0)),
    )  # fmt: skip
    text = json.dumps(to_document(found))
    steps = json.loads(text)["steps"]
    assert steps["played"][0]["started"] == "2026-01-31T12:00:01.000000Z"
    assert steps["integrity"]["examples"]["lost"][0]["time"] == "2026-01-31T12:00:50.000000Z"
    assert steps["probes"][0]["calls"][0]["ended"] == "2026-01-31T12:00:02.000000Z"
    assert steps["overshoot"]["quota_bytes"] == MIB
    assert steps["leftovers"]["drives"][0]["size_bytes"] == 200 * MIB
    assert steps["writable"][0]["tried_seconds"] == 0.01
    assert str(int(BEGIN))[:6] not in text, "no time as a raw number"
