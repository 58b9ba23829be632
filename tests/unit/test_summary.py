"""Events -> figures."""

import json
import random
import tracemalloc
from collections.abc import Iterator

import pytest

from labctl.app.records import Gap
from labctl.events import Event
from labctl.figures import (
    ContainerFigures,
    DriveFigures,
    GapFigures,
    LogMatches,
    Summary,
    to_document,
)
from labctl.report.summary import summarize
from tests.unit.histories import (
    BEGIN,
    MIB,
    THRESHOLD,
    attempt,
    container,
    full_drive,
    log,
    refused,
    run_started,
    sample,
    unanswered,
    upload_ended,
    upload_started,
)


def summary_of(*events: Event, texts: tuple[str, ...] = ()) -> Summary:
    return summarize(lambda: iter(events), texts)


def test_a_drive_that_fills() -> None:
    found = summarize(full_drive, ("no space left on device",))
    assert (found.lab, found.started, found.seconds) == ("200m", BEGIN, 90.0)
    assert (found.objects, found.acknowledged, found.refused) == (65, 53, 12)
    assert (found.in_doubt, found.never_sent, found.attempts) == (12, 0, 65)
    assert found.bytes_acknowledged == found.bytes_acknowledged_before_refusal == 53 * MIB
    assert found.upload_seconds == pytest.approx(6.41)
    assert found.bytes_per_second == pytest.approx(53 * MIB / 6.41)
    assert found.drives == (DriveFigures("minio/data1", 200 * MIB, MIB, 199 * MIB, 50_000, 9999),)
    assert found.containers == (
        ContainerFigures("minio", "running", None, oom_killed=False),
        ContainerFigures("uploader", "exited", 0, oom_killed=False),
    )
    assert found.gaps == ()


def test_refusals_are_grouped_with_their_first_example() -> None:
    raw, checked = summarize(full_drive).refusals
    assert (raw.status, raw.code, raw.reason, raw.sure) == (
        500, "InternalError", "drive-full", "certain",
    )  # fmt: skip
    assert (raw.count, raw.sizes, raw.object, raw.request_id) == (
        10, {MIB: 10}, "small/0054", "R54.1",
    )  # fmt: skip
    assert (checked.status, checked.count, checked.message) == (507, 2, THRESHOLD)


def test_the_first_refusal_tells_the_drives_state_then() -> None:
    first = summarize(full_drive).first_refusal
    assert first is not None
    assert (first.object, first.status, first.reason) == ("small/0054", 500, "drive-full")
    assert first.seconds == pytest.approx(6.4)
    assert first.drives_free_bytes == {"minio/data1": MIB}


def test_events_may_come_in_any_order_of_time_across_containers() -> None:
    events = full_drive()
    tail = [event for event in events if event.source == "observer"]
    rest = [event for event in events if event.source != "observer"]
    mixed = sorted(rest + tail, key=lambda event: event.time)
    random.Random(1).shuffle(tail)
    assert summarize(lambda: mixed) == summarize(lambda: rest + tail)


def test_several_attempts_are_one_object() -> None:
    found = summary_of(
        upload_started(3, on_error="retry"),
        refused(1, 1.0, last=False),
        refused(1, 2.0, status=507, number=2, last=False),
        attempt(1, 3.0, number=3),
        refused(2, 4.0, last=False),
        attempt(2, 5.0, outcome="fail", status=400, code="XMinioAdminBucketQuotaExceeded"),
        attempt(3, 6.0, outcome="fail", status=403, code="AccessDenied"),
    )
    assert (found.acknowledged, found.refused, found.attempts) == (1, 2, 6)
    assert found.in_doubt == 1, "the second object's first attempt is in doubt, the third's none"
    assert [group.reason for group in found.refusals] == ["quota", "lab-error"]
    assert found.first_refusal is not None
    assert found.first_refusal.time == BEGIN + 5.0


def test_an_upload_that_is_gone_has_its_earlier_reason() -> None:
    gone = attempt(1, 2.0, outcome="info", status=404, code="NoSuchUpload", number=2)
    (group,) = summary_of(refused(1, 1.0, last=False), gone).refusals
    assert (group.code, group.reason, group.sure) == ("NoSuchUpload", "drive-full", "high")


def test_operations_of_two_uploads_are_told_apart() -> None:
    found = summary_of(
        upload_started(1),
        upload_started(1, source="uploader-2"),
        refused(1, 1.0, last=False),
        attempt(1, 1.5, source="uploader-2"),
        refused(1, 2.0),
    )
    assert (found.objects, found.acknowledged, found.refused) == (2, 1, 1)


def test_in_parallel_only_what_ended_before_the_first_refusal_counts() -> None:
    found = summary_of(
        upload_started(5, parallel=4),
        attempt(1, 1.0),
        refused(3, 2.5),
        attempt(2, 2.1, seconds=2.0),
        refused(5, 2.0),
        attempt(4, 1.9),
    )
    assert found.bytes_acknowledged == 3 * MIB
    assert found.bytes_acknowledged_before_refusal == 2 * MIB
    assert found.first_refusal is not None
    assert found.first_refusal.object == "small/0005"


def test_a_client_that_was_killed_leaves_objects_unsent() -> None:
    found = summary_of(upload_started(9), attempt(1, 1.0), refused(2, 2.0, last=False))
    assert (found.acknowledged, found.refused, found.never_sent) == (1, 1, 7)
    assert found.endings == ()


def test_what_was_cut_off_at_the_end_was_not_refused() -> None:
    found = summary_of(
        upload_started(5),
        attempt(1, 1.0),
        unanswered(2, 40.0),
        refused(3, 99.4),
        unanswered(4, 99.5, "TerminatedError: told to end"),
        upload_ended(100.0, reason="terminated"),
    )
    assert (found.acknowledged, found.refused, found.never_sent) == (1, 2, 2)
    assert found.in_doubt == 3
    assert found.first_refusal is not None
    assert found.first_refusal.object == "small/0002"


def test_without_the_drives_state_507_is_not_explained() -> None:
    (group,) = summary_of(refused(1, 1.0, status=507)).refusals
    assert (group.reason, group.sure) == ("unknown", "low")


def test_a_drive_that_was_full_a_moment_ago_is_likely() -> None:
    freed = [sample(0.0, 0), sample(0.5, 0), sample(0.6, 90 * MIB)]
    (near,) = summary_of(*freed, refused(1, 1.4, status=507)).refusals
    (far,) = summary_of(*freed, refused(1, 1.7, status=507)).refusals
    assert (near.reason, near.sure) == ("drive-full", "high")
    assert (far.reason, far.sure) == ("unknown", "low")


def test_parts_not_objects_are_held_against_the_drive() -> None:
    events = [upload_started(1), sample(0.9, 40 * MIB), sample(1.1, 40 * MIB)]
    (group,) = summary_of(*events, refused(1, 1.0, status=507, size=30 * MIB, parts=6)).refusals
    assert group.reason == "unknown"
    (group,) = summary_of(*events, refused(1, 1.0, status=507, size=30 * MIB)).refusals
    assert group.reason == "drive-full"


def test_the_formula_beside_the_figure() -> None:
    found = summarize(full_drive).prediction
    assert found is not None
    assert found.bytes_accepted == 50 * MIB, "4 MiB of 54 are left when the next would be refused"
    assert (found.object, found.pace_seconds) == ("small/0051", 0.0)


def test_what_was_written_since_the_last_sample_counts() -> None:
    """A fast client fills 9 MiB between two samples; the drive is refused at 4 MiB, not at 0."""
    events = [
        upload_started(20),
        sample(1.0, 9 * MIB),
        *(attempt(n, 1.0 + n / 100) for n in range(1, 10)),
        refused(10, 1.1),
        sample(1.1, 0),
    ]
    found = summary_of(*events)
    assert found.prediction is not None
    assert found.prediction.bytes_accepted == 5 * MIB
    assert found.first_refusal is not None
    assert found.first_refusal.drives_free_bytes == {"minio/data1": 0}


def test_a_drive_that_fills_between_two_samples_was_full() -> None:
    cut = attempt(1, 1.05, outcome="info", status=400, code="IncompleteBody")
    (group,) = summary_of(sample(1.0, 9 * MIB), cut, sample(1.1, 0)).refusals
    assert (group.reason, group.sure) == ("drive-full", "medium")
    (group,) = summary_of(sample(1.0, 9 * MIB), cut, sample(1.9, 0)).refusals
    assert group.reason == "client-cut"


def test_the_formula_looks_at_the_last_part_of_an_object() -> None:
    large = {"size": 30 * MIB, "parts": 6}
    events = [
        upload_started(2, pace=1.2),
        *(sample(n / 10, 100 * MIB) for n in range(10)),
        attempt(1, 1.0, **large),  # type: ignore[arg-type]
        *(sample(1 + n / 10, 37 * MIB) for n in range(10)),
        refused(2, 2.0, size=30 * MIB, parts=6),
        sample(2.0, 36 * MIB),
    ]
    found = summary_of(*events).prediction
    assert found is not None, "37 MiB less five parts are 12 MiB, two parts and 1 % of the drive"
    assert (found.bytes_accepted, found.request_bytes) == (30 * MIB, 5 * MIB)
    assert found.pace_seconds == 1.2


def test_a_drive_with_room_predicts_nothing() -> None:
    assert summary_of(sample(0.0, 99 * MIB), attempt(1, 0.5)).prediction is None
    assert summary_of(attempt(1, 0.5)).prediction is None


def test_many_sizes_are_told_as_a_range() -> None:
    few = summary_of(*(refused(n, float(n), size=n) for n in range(1, 9))).refusals[0]
    many = summary_of(*(refused(n, float(n), size=n) for n in range(1, 99))).refusals[0]
    assert len(few.sizes) == 8
    assert (many.sizes, many.bytes_min, many.bytes_max) == ({}, 1, 98)


def test_minios_log_is_searched() -> None:
    events = [log("one: full"), log("FULL"), log("two: full", "minio2"), log("full", "uploader")]
    found = summary_of(*events, texts=("full", "a.*b")).logs
    assert found == (LogMatches("full", 2, 3, "one: full"), LogMatches("a.*b", 0, 3, None))
    assert summary_of(*events).logs == ()


def test_gaps_are_counted_and_their_times_do_not_matter() -> None:
    gap = Event("labctl", Gap(0.0, "a line is torn"))
    found = summary_of(run_started(), gap, gap, Event("observer", Gap(BEGIN, "late")))
    assert found.gaps == (GapFigures("labctl", "a line is torn", 2),
                          GapFigures("observer", "late", 1))  # fmt: skip
    assert found.started == BEGIN


def test_the_last_word_on_a_container_counts() -> None:
    found = summary_of(container("minio", None), container("minio", 137, oom_killed=True))
    assert found.containers == (ContainerFigures("minio", "exited", 137, oom_killed=True),)
    assert found.out_of_memory == ("minio",)


def test_nothing_at_all() -> None:
    found = summary_of()
    assert (found.objects, found.refused, found.seconds) == (0, 0, 0.0)
    assert (found.upload_seconds, found.bytes_per_second) == (0.0, 0.0)
    json.dumps(to_document(found))


def test_the_document_has_utc_times_and_sizes_as_a_list() -> None:
    document = json.loads(json.dumps(to_document(summarize(full_drive))))
    assert document["started"] == "2026-01-31T12:00:00.000000Z"
    assert document["first_refusal"]["time"] == "2026-01-31T12:00:06.400000Z"
    assert document["refusals"][0]["sizes"] == [{"bytes": MIB, "count": 10}]
    assert document["uploads"][0]["time"] == "2026-01-31T12:00:01.000000Z"


def test_a_long_run_takes_no_more_memory() -> None:
    def history(minutes: int) -> Iterator[Event]:
        yield upload_started(minutes * 300)
        for n in range(minutes * 300):
            yield attempt(n, n / 5) if n % 2 else refused(n, n / 5, size=n)
        for n in range(minutes * 600):
            yield sample(n / 10, 150 * MIB - n * 1024)

    tracemalloc.start()
    try:
        peaks = []
        for minutes in (1, 16):
            tracemalloc.reset_peak()
            summarize(lambda minutes=minutes: history(minutes))  # type: ignore[misc]
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    samples, attempts = 16 * 600, 16 * 300
    least = samples * 32 + attempts * (80 + 90)
    assert peaks[1] < peaks[0] + 2 * least, (
        "the samples' four arrays, each write, each event's hash"
    )
