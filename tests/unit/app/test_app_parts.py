"""Uploads that leave their parts, complete what others left, or abort it."""

from dataclasses import replace

import pytest

from labctl.app.content import Generator
from labctl.app.records import Aborted, Attempt, UploadEnded, is_left
from labctl.app.task import Group, UploadTask, Writer
from labctl.app.uploader import read_task
from labctl.events import Record
from tests.unit.app.fake_s3 import MIB, FakeS3, Program, Reply, Request, Script
from tests.unit.app.programs import Running

BIG = Group("big", 2, 6 * MIB)
FULL = Reply(507, "XMinioStorageFull", "full")
COMMIT = ("complete", "abort")


@pytest.fixture
def leave(task: UploadTask) -> UploadTask:
    return replace(task, groups=(BIG,), parts="leave", step=3, seed=7)


@pytest.fixture
def complete(leave: UploadTask) -> UploadTask:
    writers = (Writer(1, 5, 1), Writer(3, 7, 3), Writer(4, 9, 1))
    return replace(leave, parts="complete", step=5, seed=11, writers=writers)


def run(s3: FakeS3, program: Program, task: UploadTask) -> tuple[int, list["Record | None"], str]:
    return Running(program.on(s3.url), "uploader", *task.to_arguments()).finish()


def attempts(records: list["Record | None"]) -> list[Attempt]:
    return [record for record in records if isinstance(record, Attempt)]


def aborts(records: list["Record | None"]) -> list[Aborted]:
    return [record for record in records if isinstance(record, Aborted)]


def sums(records: list["Record | None"]) -> tuple[str, int, int, int, int, int]:
    """Reason, objects, acknowledged, refused, attempts, bytes acknowledged."""
    end = records[-1]
    assert isinstance(end, UploadEnded)
    return (
        end.reason, end.objects, end.acknowledged, end.refused, end.attempts,
        end.bytes_acknowledged,
    )  # fmt: skip


def fill(s3: FakeS3, upload: str, key: str, seed: int, stamp: int, size: int = 6 * MIB) -> None:
    """An upload with all parts of one attempt at an object."""
    content = Generator(seed).block(key, stamp, 0, size)
    pieces = [content[at : at + 5 * MIB] for at in range(0, size, 5 * MIB)]
    s3.uploads[upload] = dict(enumerate(pieces, 1))
    s3.upload_keys[upload] = key


def on(verb: str, reply: Reply, *numbers: int) -> Script:
    def script(request: Request) -> Reply | None:
        return reply if request.verb == verb and request.number in numbers else None

    return script


def test_parts_are_sent_and_left(s3: FakeS3, program: Program, leave: UploadTask) -> None:
    code, records, complaints = run(s3, program, replace(leave, on_error="retry"))
    first, second = attempts(records)
    assert (code, complaints) == (0, "")
    assert not set(s3.verbs()) & {"put", *COMMIT}
    assert (first.outcome, first.status, first.parts, first.stamp) == ("info", 200, 2, 1)
    assert is_left(first)
    assert first.silence > 0
    assert first.last
    assert (second.object, second.number, second.bytes) == ("big-0002", 2, 6 * MIB)
    assert sums(records) == ("done", 2, 0, 0, 2, 0)
    whole = Generator(7).block("big-0001", 1, 0, 6 * MIB)
    assert s3.uploads["u1"] == {1: whole[: 5 * MIB], 2: whole[5 * MIB :]}


@pytest.mark.parametrize("size", [0, 10])
def test_an_object_of_one_part_is_an_upload_too(
    s3: FakeS3, program: Program, leave: UploadTask, size: int
) -> None:
    _, records, _ = run(s3, program, replace(leave, groups=(Group("s", 1, size),)))
    assert (s3.verbs()[2:], attempts(records)[0].parts) == (["create", "part"], 1)
    assert s3.uploads == {"u1": {1: Generator(7).block("s-0001", 1, 0, size)}}


def test_a_part_that_is_refused_leaves_the_others(
    s3: FakeS3, program: Program, leave: UploadTask
) -> None:
    s3.script = on("part", FULL, 2)
    _, records, _ = run(s3, program, leave)
    refused, left = attempts(records)
    assert (refused.outcome, refused.status, refused.code) == ("info", 507, "XMinioStorageFull")
    assert (is_left(refused), is_left(left)) == (False, True)
    assert [list(parts) for parts in s3.uploads.values()] == [[1], [1, 2]]
    assert not set(s3.verbs()) & set(COMMIT)
    assert sums(records) == ("done", 2, 0, 1, 2, 0)


@pytest.mark.parametrize("reply", [FULL, Reply(0), Reply(200, raw=b"no XML")])
def test_an_upload_that_is_not_begun_comes_to_nothing(
    s3: FakeS3, program: Program, leave: UploadTask, reply: Reply
) -> None:
    s3.script = on("create", reply, 1)
    code, records, _ = run(s3, program, replace(leave, on_error="stop"))
    (refused,) = attempts(records)
    assert (code, refused.outcome, refused.status) == (1, "fail", reply.status or None)
    assert sums(records)[:4] == ("stopped", 1, 0, 1)


def test_a_retry_is_an_upload_of_its_own(s3: FakeS3, program: Program, leave: UploadTask) -> None:
    s3.script = on("part", FULL, 1)
    _, records, _ = run(s3, program, replace(leave, on_error="retry", groups=(Group("s", 1, 9),)))
    assert [(a.attempt, a.stamp, a.last) for a in attempts(records)] == [
        (1, 1, False), (2, 2, True),
    ]  # fmt: skip
    assert s3.uploads == {"u1": {}, "u2": {1: Generator(7).block("s-0001", 2, 0, 9)}}
    assert sums(records) == ("done", 1, 0, 0, 2, 0)


def test_what_was_left_is_completed_under_its_senders_name(
    s3: FakeS3, program: Program, complete: UploadTask
) -> None:
    fill(s3, "a", "big-0001", 7, 2)
    fill(s3, "b", "big-0002", 5, 1, 4 * MIB)
    s3.page = 1
    code, records, complaints = run(s3, program, complete)
    first, second = attempts(records)
    assert (code, complaints, s3.uploads) == (0, "", {})
    assert (first.outcome, first.status, first.of, first.stamp) == ("ok", 200, 3, 2)
    assert (first.bytes, first.parts, first.attempt, first.last) == (6 * MIB, 2, 1, True)
    assert (second.of, second.stamp, second.bytes, second.parts) == (1, 1, 4 * MIB, 1)
    assert [a.operation for a in (first, second)] == [1, 2]
    assert s3.objects["big-0001"] == Generator(7).block("big-0001", 2, 0, 6 * MIB)
    assert sums(records) == ("done", 2, 2, 0, 2, 10 * MIB)


def test_each_upload_of_a_key_is_an_operation(
    s3: FakeS3, program: Program, complete: UploadTask
) -> None:
    fill(s3, "a", "big-0001", 7, 1)
    fill(s3, "b", "big-0001", 9, 1)
    fill(s3, "other", "big-00011", 7, 1)
    task = replace(complete, groups=(replace(BIG, only=((1, 1),)),))
    _, records, _ = run(s3, program, task)
    assert [(a.operation, a.of, a.outcome) for a in attempts(records)] == [
        (1, 3, "ok"), (2, 4, "ok"),
    ]  # fmt: skip
    assert list(s3.uploads) == ["other"]
    assert s3.objects["big-0001"] == Generator(9).block("big-0001", 1, 0, 6 * MIB)


def test_parts_of_nobody_known_are_completed_all_the_same(
    s3: FakeS3, program: Program, complete: UploadTask
) -> None:
    fill(s3, "a", "big-0001", 7, 1)
    s3.uploads["a"][2] = b"something else"
    _, records, _ = run(s3, program, complete)
    assert next((a.outcome, a.of, a.stamp) for a in attempts(records)) == ("ok", None, 1)


@pytest.mark.parametrize(
    ("second", "outcome", "status", "acknowledged"),
    [(None, "ok", 200, 1), (Reply(404, "NoSuchUpload"), "info", 404, 0)],
)
@pytest.mark.parametrize(
    "first", [FULL, Reply(200, raw=b"<Error><Code>InternalError</Code></Error>"), Reply(0)]
)
def test_a_complete_that_is_refused_is_sent_once_more(
    s3: FakeS3, program: Program, complete: UploadTask, first: Reply, second: Reply | None,
    outcome: str, status: int, acknowledged: int,
) -> None:  # fmt: skip
    fill(s3, "a", "big-0001", 7, 1)
    s3.script = lambda request: (
        (first if request.number == 1 else second) if request.verb == "complete" else None
    )
    task = replace(complete, groups=(replace(BIG, only=((1, 1),)),))
    _, records, _ = run(s3, program, task)
    refused, again = attempts(records)
    assert (refused.outcome, refused.status, refused.last) == ("info", first.status or None, False)
    assert (again.outcome, again.status, again.last) == (outcome, status, True)
    assert (refused.operation, refused.attempt, again.operation, again.attempt) == (1, 1, 1, 2)
    assert again.started - refused.ended >= 0.9
    assert sums(records)[:5] == ("done", 1, acknowledged, 1 - acknowledged, 2)


def test_nothing_to_complete(s3: FakeS3, program: Program, complete: UploadTask) -> None:
    s3.uploads["a"], s3.upload_keys["a"] = {}, "big-0002"
    _, records, _ = run(s3, program, complete)
    assert [(a.outcome, a.status, a.error, a.last) for a in attempts(records)] == [
        ("fail", None, "nothing unfinished is listed", True),
        ("fail", None, "the unfinished upload has no parts", True),
    ]
    assert "complete" not in s3.verbs()
    assert sums(records) == ("done", 2, 0, 2, 2, 0)


@pytest.mark.parametrize("verb", ["list-uploads", "list-parts"])
def test_a_listing_that_is_refused_ends_in_no_complete(
    s3: FakeS3, program: Program, complete: UploadTask, verb: str
) -> None:
    fill(s3, "a", "big-0001", 7, 1)
    s3.script = on(verb, Reply(503, "SlowDownRead"), 1)
    code, records, complaints = run(s3, program, replace(complete, on_error="stop"))
    (refused,) = attempts(records)
    assert (refused.outcome, refused.status, refused.code) == ("fail", 503, "SlowDownRead")
    assert (code, sums(records)[0], "complete" in s3.verbs()) == (1, "stopped", False)
    assert complaints.startswith("upload stopped: big-0001: 503 SlowDownRead")


def test_what_was_left_is_aborted(s3: FakeS3, program: Program, leave: UploadTask) -> None:
    for upload, key in (("a", "big-0001"), ("b", "big-0001"), ("c", "other")):
        fill(s3, upload, key, 7, 1, 10)
    code, records, _ = run(s3, program, replace(leave, parts="abort", parallel=2))
    assert [(a.object, a.group, a.outcome, a.status) for a in aborts(records)] == [
        ("big-0001", "big", "ok", 204), ("big-0001", "big", "ok", 204),
    ]  # fmt: skip
    assert (code, list(s3.uploads), attempts(records)) == (0, ["c"], [])
    assert sums(records) == ("done", 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("verb", "outcome"), [("abort", "info"), ("list-uploads", "fail")]
)  # fmt: skip
@pytest.mark.parametrize(("mode", "code"), [("continue", 0), ("stop", 1)])
def test_an_abort_that_is_refused_is_told(
    s3: FakeS3, program: Program, leave: UploadTask, verb: str, outcome: str, mode: str, code: int
) -> None:
    fill(s3, "a", "big-0001", 7, 1, 10)
    fill(s3, "b", "big-0002", 7, 1, 10)
    s3.script = on(verb, Reply(503, "SlowDownWrite"), 1)
    ended, records, _ = run(s3, program, replace(leave, parts="abort", on_error=mode))
    told = aborts(records)
    assert (ended, told[0].outcome, told[0].status, told[0].code) == (
        code, outcome, 503, "SlowDownWrite",
    )  # fmt: skip
    assert len(told) == (1 if mode == "stop" else 2)
    assert sums(records)[1:4] == (len(told), 0, 1)


def test_sigterm_ends_the_wait_for_the_second_complete(
    s3: FakeS3, program: Program, complete: UploadTask
) -> None:
    fill(s3, "a", "big-0001", 7, 1)
    s3.script = lambda request: s3.hang(request) if request.verb == "complete" else None
    uploader = Running(program.on(s3.url), "uploader", *complete.to_arguments())
    s3.wait_for("complete")
    uploader.terminate()
    code, records, _ = uploader.finish()
    (cut,) = attempts(records)
    assert (code, cut.outcome, cut.status, cut.last) == (143, "info", None, True)
    assert sums(records)[:5] == ("terminated", 1, 0, 0, 1)


@pytest.mark.parametrize("change", [{"parts": "lose"}, {"parts": "leave", "overwrite": 2}])
def test_tasks_without_sense_are_refused(leave: UploadTask, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="parts"):
        read_task(replace(leave, **change).to_arguments())


def test_a_task_with_writers_is_read(complete: UploadTask) -> None:
    assert read_task(complete.to_arguments()) == complete
