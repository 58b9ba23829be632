import json
import socket
from dataclasses import replace

import pytest

from labctl.app.delete import sum_up
from labctl.app.deleter import read_task
from labctl.app.outcome import Outcome
from labctl.app.records import Deletion, TaskEnded, TaskStarted
from labctl.app.task import DeleteTask, Group
from labctl.events import Record
from tests.unit.app.fake_s3 import SECRET, FakeS3, Program, Reply
from tests.unit.app.programs import Running

TASK = DeleteTask("files", (), None, False, 20.0, 20.0)
KEYS = [f"some-{number:04}" for number in range(1, 6)]


def run(s3: FakeS3, program: Program, task: DeleteTask) -> tuple[int, list["Record | None"], str]:
    return Running(program.on(s3.url), "deleter", *task.to_arguments()).finish()


def pick(records: list["Record | None"]) -> list[Deletion]:
    return [record for record in records if isinstance(record, Deletion)]


def pick_end(records: list["Record | None"]) -> tuple[str, int, int, int]:
    end = records[-1]
    assert isinstance(end, TaskEnded)
    assert end.program == "deleter"
    return end.reason, end.tried, end.done, end.exit_code


@pytest.fixture
def filled(s3: FakeS3) -> FakeS3:
    s3.objects = dict.fromkeys((*KEYS, "a/other"), b"x")
    return s3


def test_all_that_the_bucket_lists_goes(filled: FakeS3, program: Program) -> None:
    filled.page = 2
    code, records, complaints = run(filled, program, TASK)
    assert (code, complaints, filled.objects) == (0, "", {})
    assert isinstance(records[0], TaskStarted)
    assert [one.object for one in pick(records)] == ["a/other", *KEYS]
    assert {(one.outcome, one.status, one.versions) for one in pick(records)} == {("ok", 204, 0)}
    assert pick_end(records) == ("done", 6, 6, 0)


def test_the_first_by_name_go(filled: FakeS3, program: Program) -> None:
    _, records, _ = run(filled, program, replace(TASK, count=2))
    assert [one.object for one in pick(records)] == ["a/other", "some-0001"]
    assert list(filled.objects) == KEYS[1:]


def test_those_of_a_group_go(filled: FakeS3, program: Program) -> None:
    task = replace(TASK, groups=(Group("some", 5, 1, only=((2, 3), (5, 5))),))
    _, records, _ = run(filled, program, task)
    assert [(one.object, one.group) for one in pick(records)] == [
        ("some-0002", "some"), ("some-0003", "some"), ("some-0005", "some"),
    ]  # fmt: skip
    assert "list" not in filled.verbs()
    assert list(filled.objects) == ["some-0001", "some-0004", "a/other"]


@pytest.mark.parametrize(
    ("reply", "outcome", "status"),
    [
        (Reply(507, "XMinioStorageFull", f"full, {SECRET}"), "info", 507),
        (Reply(403, "AccessDenied"), "fail", 403),
        (Reply(0), "info", None),
    ],
)
def test_a_delete_that_is_refused_is_told_and_not_repeated(
    filled: FakeS3, program: Program, reply: Reply, outcome: str, status: int | None
) -> None:
    filled.script = lambda request: reply if request.key == "some-0001" else None
    code, records, _ = run(filled, program, replace(TASK, count=3))
    assert [one.outcome for one in pick(records)] == ["ok", outcome, "ok"]
    assert (pick(records)[1].status, pick(records)[1].code) == (status, reply.code or None)
    assert (code, pick_end(records)) == (0, ("done", 3, 2, 0))
    assert filled.verbs().count("delete") == 3


def test_every_version_and_marker_goes(s3: FakeS3, program: Program) -> None:
    s3.versions = {"k": ["v1", "v2", "marker3"], "k2": ["v1"], "gone": ["marker1"]}
    code, records, _ = run(s3, program, replace(TASK, versions=True))
    assert (code, s3.versions) == (0, {"k": [], "k2": [], "gone": []})
    assert [(one.object, one.outcome, one.versions) for one in pick(records)] == [
        ("gone", "ok", 1), ("k", "ok", 3), ("k2", "ok", 1),
    ]  # fmt: skip


def test_versions_of_a_groups_objects_alone(s3: FakeS3, program: Program) -> None:
    s3.versions = {"k-0001": ["v1", "marker2"], "k-00011": ["v1"], "k-0002": []}
    task = replace(TASK, versions=True, groups=(Group("k", 2, 1),))
    _, records, _ = run(s3, program, task)
    assert s3.versions == {"k-0001": [], "k-00011": ["v1"], "k-0002": []}
    assert [(one.object, one.versions) for one in pick(records)] == [("k-0001", 2), ("k-0002", 0)]


def test_a_version_that_stays_leaves_the_object_in_doubt(s3: FakeS3, program: Program) -> None:
    s3.versions = {"k": ["v1", "v2", "v3"]}
    s3.script = lambda request: (
        Reply(507, "XMinioStorageFull") if (request.verb, request.number) == ("delete", 2) else None
    )
    _, records, _ = run(s3, program, replace(TASK, versions=True))
    assert s3.versions == {"k": ["v2"]}
    assert [(one.outcome, one.versions, one.code) for one in pick(records)] == [
        ("info", 3, "XMinioStorageFull")
    ]


def test_versions_that_cannot_be_listed_are_not_deleted(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: Reply(403, "AccessDenied") if request.verb == "list" else None
    task = replace(TASK, versions=True, groups=(Group("k", 1, 1),))
    code, records, _ = run(s3, program, task)
    (one,) = pick(records)
    assert (code, one.outcome, one.versions) == (0, "fail", 0)
    assert one.error == "not listed: 403 AccessDenied: refused by the test"


OK = Outcome("ok", 204)
UNDONE = Outcome("fail", 403, "AccessDenied")
DOUBT = Outcome("info", 507, "XMinioStorageFull")


@pytest.mark.parametrize(
    ("outcomes", "sum_", "code"),
    [
        ([], "ok", None),
        ([OK, OK], "ok", None),
        ([UNDONE, UNDONE], "fail", "AccessDenied"),
        ([OK, UNDONE], "info", "AccessDenied"),
        ([UNDONE, DOUBT], "info", "AccessDenied"),
        ([OK, DOUBT, UNDONE], "info", "XMinioStorageFull"),
    ],
)
def test_outcomes_of_versions_come_to_one(
    outcomes: list[Outcome], sum_: str, code: str | None
) -> None:
    found = sum_up(outcomes)
    assert (found.outcome, found.code) == (sum_, code)


def test_a_bucket_that_cannot_be_listed(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: Reply(403, "AccessDenied") if request.verb == "list" else None
    code, records, complaints = run(s3, program, TASK)
    assert (code, pick_end(records)) == (1, ("unreachable", 0, 0, 1))
    assert complaints.startswith("bucket files could not be listed: 403 AccessDenied")


def test_sigterm_leaves_the_delete_under_way_in_doubt(filled: FakeS3, program: Program) -> None:
    filled.script = lambda request: filled.hang(request) if request.verb == "delete" else None
    task = replace(TASK, timeout=3600.0)
    deleter = Running(program.on(filled.url), "deleter", *task.to_arguments())
    filled.wait_for("delete")
    deleter.terminate()
    code, records, _ = deleter.finish()
    assert [(one.object, one.outcome) for one in pick(records)] == [("a/other", "info")]
    assert (code, pick_end(records)) == (143, ("terminated", 1, 0, 143))


def test_a_server_that_never_answers(program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        task = replace(TASK, ready_timeout=0.0)
        code, records, _ = Running(program.on(url), "deleter", *task.to_arguments()).finish()
    assert (code, pick_end(records), len(records)) == (1, ("unreachable", 0, 0, 1), 1)


@pytest.mark.parametrize("text", ["", "rubbish", "[]", "{}"])
def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program, text: str) -> None:
    code, records, complaints = Running(program.on("http://minio:9000"), "deleter", text).finish()
    assert (code, records) == (2, [])
    assert complaints.startswith("deleter: no sense in this task: ")
    assert complaints.count("\n") == 1


@pytest.mark.parametrize(
    "change", [{"timeout": 0}, {"count": -1}, {"ready_timeout": -1}, {"surprise": 1}]
)
def test_values_without_sense_are_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(TASK.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError)):
        read_task([text])
