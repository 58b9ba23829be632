import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from labctl.app.records import Attempt
from labctl.app.sources import Source, list_sources
from labctl.app.task import Group, UploadTask
from labctl.app.upload import CanSend, Upload
from labctl.app.work import Pacer
from tests.unit.app.fake_s3 import SECRET

Verdict = Callable[[Source, int], tuple[str, int | None]]


def accept(source: Source, attempt: int) -> tuple[str, int | None]:
    return "ok", 200


def refuse(source: Source, attempt: int) -> tuple[str, int | None]:
    return "info", 507


def refuse_second(source: Source, attempt: int) -> tuple[str, int | None]:
    return refuse(source, attempt) if source.operation == 2 else accept(source, attempt)


@dataclass
class FakeSender:
    """Answers as `verdict` says, without any server."""

    verdict: Verdict = accept

    def send(self, source: Source, attempt: int) -> Attempt:
        outcome, status = self.verdict(source, attempt)
        return Attempt(
            time=2.0,
            operation=source.operation,
            attempt=attempt,
            object=source.key,
            group=source.group,
            bytes=source.size,
            parts=1,
            started=1.0,
            ended=2.0,
            outcome=outcome,
            last=True,
            status=status,
        )


@dataclass
class Run:
    """An upload that was carried out, and its records."""

    upload: Upload
    records: list[Attempt] = field(default_factory=list)

    def brief(self) -> list[tuple[int, int, str, bool]]:
        return [(r.operation, r.attempt, r.outcome, r.last) for r in self.records]


def run(
    task: UploadTask,
    senders: list[CanSend],
    stop: threading.Event | None = None,
    on_record: Callable[[Attempt], None] = lambda record: None,
) -> Run:
    records: list[Attempt] = []

    def write(record: Attempt) -> None:
        records.append(record)
        on_record(record)

    upload = Upload(task, list_sources(task.groups), write, stop or threading.Event())
    upload.run(senders)
    return Run(upload, records)


def test_continue_goes_on_after_an_error(task: UploadTask) -> None:
    done = run(task, [FakeSender(refuse_second)])
    assert done.brief() == [(1, 1, "ok", True), (2, 1, "info", True), (3, 1, "ok", True)]
    totals = done.upload.totals
    assert (totals.objects, totals.acknowledged, totals.refused) == (3, 2, 1)
    assert (totals.attempts, totals.bytes_acknowledged) == (3, 2000)
    assert done.upload.stopped_by is None


def test_stop_begins_no_further_object(task: UploadTask) -> None:
    done = run(replace(task, on_error="stop"), [FakeSender(refuse_second)])
    assert done.brief() == [(1, 1, "ok", True), (2, 1, "info", True)]
    assert done.upload.stopped_by == done.records[1]
    assert done.upload.totals.objects == 2


def test_retry_tries_again_until_the_attempts_are_used_up(task: UploadTask) -> None:
    done = run(replace(task, on_error="retry", attempts=3), [FakeSender(refuse_second)])
    assert done.brief() == [
        (1, 1, "ok", True),
        (2, 1, "info", False),
        (2, 2, "info", False),
        (2, 3, "info", True),
        (3, 1, "ok", True),
    ]
    totals = done.upload.totals
    assert (totals.objects, totals.refused, totals.attempts) == (3, 1, 5)
    assert done.upload.stopped_by is None


def test_retry_ends_with_the_first_success(task: UploadTask) -> None:
    def second_time(source: Source, attempt: int) -> tuple[str, int | None]:
        return ("fail", None) if attempt < 2 else ("ok", 200)

    done = run(
        replace(task, on_error="retry", groups=(Group("g", 1, 5),)), [FakeSender(second_time)]
    )
    assert done.brief() == [(1, 1, "fail", False), (1, 2, "ok", True)]
    assert (done.upload.totals.acknowledged, done.upload.totals.refused) == (1, 0)


def test_retry_gives_up_rather_than_begin_too_late(task: UploadTask) -> None:
    hasty = replace(task, on_error="retry", wait=60.0, max_wait=60.0, give_up=59.0)
    done = run(hasty, [FakeSender(refuse)])
    assert done.brief() == [(n, 1, "info", True) for n in (1, 2, 3)]


def test_the_wait_before_a_retry_ends_when_told_to_stop(task: UploadTask) -> None:
    stop = threading.Event()
    patient = replace(task, on_error="retry", wait=3600.0, max_wait=3600.0, give_up=7200.0)
    done = run(patient, [FakeSender(refuse)], stop, lambda record: stop.set())
    assert [(r.operation, r.attempt) for r in done.records] == [(1, 1)]


def test_no_object_begins_after_the_stop(task: UploadTask) -> None:
    stop = threading.Event()
    done = run(task, [FakeSender()], stop, lambda record: stop.set())
    assert done.brief() == [(1, 1, "ok", True)]


def test_an_attempt_cut_off_by_the_stop_is_not_refused(task: UploadTask) -> None:
    stop = threading.Event()

    def cut(source: Source, attempt: int) -> tuple[str, int | None]:
        stop.set()
        return "info", None

    done = run(replace(task, on_error="stop"), [FakeSender(cut)], stop)
    assert (done.upload.totals.objects, done.upload.totals.refused) == (1, 0)
    assert done.upload.stopped_by is None


def test_a_pace_is_waited_for_and_ends_with_the_stop(task: UploadTask) -> None:
    stop = threading.Event()
    done = run(replace(task, pace=3600.0), [FakeSender()], stop, lambda record: stop.set())
    assert done.brief() == [(1, 1, "ok", True)]
    assert done.upload.totals.objects == 1


def test_objects_are_sent_at_the_same_time(task: UploadTask) -> None:
    together = threading.Barrier(3, timeout=30)

    def meet(source: Source, attempt: int) -> tuple[str, int | None]:
        together.wait()
        return "ok", 200

    done = run(task, [FakeSender(meet) for _ in range(3)])
    assert sorted(done.brief()) == [(n, 1, "ok", True) for n in (1, 2, 3)]


def test_every_object_is_sent_once_by_many_threads(task: UploadTask) -> None:
    done = run(replace(task, groups=(Group("g", 500, 1),)), [FakeSender() for _ in range(8)])
    assert sorted(r.operation for r in done.records) == list(range(1, 501))
    assert done.upload.totals.acknowledged == 500


def test_a_mistake_in_a_thread_is_not_swallowed(task: UploadTask) -> None:
    def stumble(source: Source, attempt: int) -> tuple[str, int | None]:
        raise ZeroDivisionError(SECRET)

    with pytest.raises(ZeroDivisionError):
        run(task, [FakeSender(stumble)])


def test_starts_lie_a_pace_apart() -> None:
    now = [100.0]
    pacer = Pacer(0.5, lambda: now[0])
    assert [pacer.reserve() for _ in range(3)] == [0.0, 0.5, 1.0]
    now[0] = 110.0
    assert [pacer.reserve() for _ in range(2)] == [0.0, 0.5]


def test_without_a_pace_nothing_waits() -> None:
    pacer = Pacer(0.0)
    assert [pacer.reserve() for _ in range(3)] == [0.0, 0.0, 0.0]
