import json
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from labctl.app.prober import read_task
from labctl.app.records import HealthSeen, Probed, TaskEnded, TaskStarted
from labctl.app.task import PROBE_VERBS, ProbeTask
from tests.unit.app.fake_s3 import FakeS3, Program, Reply, Request
from tests.unit.app.programs import Kept

TASK = ProbeTask("files", "some-0001", 10, 3000, 2000, 20.0, 20.0)
READS = ("get", "get-range", "head")


class Probe(Kept):
    """The prober as a program of its own, and what it printed."""

    module = "prober"

    def probed(self) -> dict[str, Probed]:
        found = [record for record in self.records if isinstance(record, Probed)]
        assert len({record.verb for record in found}) == len(found)
        return {record.verb: record for record in found}

    def health(self) -> list[HealthSeen]:
        return [record for record in self.records if isinstance(record, HealthSeen)]

    def ended(self) -> tuple[str, int, int, int]:
        last = self.records[-1]
        assert isinstance(last, TaskEnded)
        assert last.program == "prober"
        assert last.exit_code == self.code
        return last.reason, last.tried, last.done, last.exit_code


Probing = Callable[[ProbeTask], Probe]


@pytest.fixture
def probe(s3: FakeS3, program: Program) -> Probing:
    s3.objects["some-0001"] = b"precious" * 100
    return lambda task: Probe(program.on(s3.url), *task.to_arguments()).finish()


def full(request: Request) -> Reply | None:
    return (
        Reply(507, "XMinioStorageFull", "no room")
        if request.verb in ("put", "create", "copy", "tag", "bucket")
        else None
    )


def test_everything_works_on_an_object_of_its_own(s3: FakeS3, probe: Probing) -> None:
    found = probe(TASK)
    calls = found.probed()
    assert found.complaints == ""
    assert found.ended() == ("done", 15, 15, 0)
    assert isinstance(found.records[0], TaskStarted)
    assert sorted(calls) == sorted(PROBE_VERBS)
    assert all(call.works and call.error is None for call in calls.values())
    own = calls["put-small"].object
    assert own
    assert own.startswith("labctl-probe-")
    assert {calls[verb].object for verb in ("overwrite", "tag", "delete")} == {own}
    assert {calls[verb].object for verb in READS} == {"some-0001"}
    assert (calls["get-range"].status, calls["multipart-abort"].status) == (206, 204)
    assert calls["put-small"].request_id == "R1"
    sizes = {verb: call.bytes for verb, call in calls.items() if call.bytes}
    assert sizes == {
        "overwrite": 10, "put-small": 10, "put-large": 3000, "multipart-part": 2000,
    }  # fmt: skip


def test_it_leaves_nothing_of_its_own(s3: FakeS3, probe: Probing) -> None:
    probe(TASK)
    assert s3.objects == {"some-0001": b"precious" * 100}
    assert s3.uploads == {}
    assert s3.verbs().count("bucket") == s3.verbs().count("remove-bucket") == 1


def test_each_call_is_tried_once(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: None if request.verb == "health" else Reply(503, "SlowDown")
    found = probe(TASK)
    assert found.ended() == ("done", 12, 0, 0)
    asked = [verb for verb in s3.verbs() if verb != "health"]
    assert sorted(asked) == [
        "bucket", "copy", "create", "delete", "get", "get", "head", "list", "list", "put", "put",
        "put", "tag",
    ]  # fmt: skip
    assert "cannot be removed: 503 SlowDown" in found.complaints


def test_on_a_full_drive_the_given_object_is_changed_last(s3: FakeS3, probe: Probing) -> None:
    s3.script = full
    found = probe(TASK)
    calls = found.probed()
    assert [verb for verb, call in calls.items() if call.works] == [
        "get", "get-range", "head", "list", "delete"
    ]  # fmt: skip
    assert list(calls)[-2:] == ["overwrite", "delete"]
    for verb in ("overwrite", "tag", "delete"):
        assert calls[verb].object == "some-0001"
    refused = calls["overwrite"]
    assert (refused.status, refused.code, refused.message) == (507, "XMinioStorageFull", "no room")
    assert calls["copy"].object != "some-0001"
    assert calls["multipart-part"].error == "not tried: no upload could be started"
    assert calls["multipart-part"].status is None


def test_the_given_object_is_not_changed_where_another_can_be(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: Reply(507, "Full") if request.key.endswith("-small") else None
    calls = probe(TASK).probed()
    assert not calls["put-small"].works
    assert calls["delete"].object == calls["copy"].object
    assert s3.objects == {"some-0001": b"precious" * 100}


def test_without_a_stored_object_it_reads_its_own(s3: FakeS3, probe: Probing) -> None:
    s3.objects.clear()
    calls = probe(replace(TASK, existing=None)).probed()
    assert {calls[verb].object for verb in READS} == {calls["put-small"].object}
    assert all(call.works for call in calls.values())


def test_with_no_object_at_all_much_cannot_be_tried(s3: FakeS3, probe: Probing) -> None:
    s3.objects.clear()
    s3.script = full
    found = probe(replace(TASK, existing=None))
    calls = found.probed()
    skipped = {verb for verb, call in calls.items() if (call.error or "").startswith("not tried: ")}
    assert skipped == {
        *READS, "copy", "tag", "overwrite", "delete", "multipart-part", "multipart-complete",
        "multipart-abort",
    }  # fmt: skip
    assert found.ended() == ("done", 5, 1, 0)


@pytest.mark.parametrize(("verb", "name"), [("copy", "copy"), ("complete", "multipart-complete")])
def test_a_200_with_an_error_in_it_is_an_error(
    s3: FakeS3, probe: Probing, verb: str, name: str
) -> None:
    body = Reply(200, "InternalError", "drive path full").body()
    s3.script = lambda request: Reply(200, raw=body) if request.verb == verb else None
    call = probe(TASK).probed()[name]
    assert (call.works, call.status, call.code) == (False, 200, "InternalError")
    assert call.message == "drive path full"
    assert s3.uploads == {}


def test_a_refused_part_leaves_nothing_to_complete(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: Reply(500, "InternalError") if request.verb == "part" else None
    calls = probe(TASK).probed()
    assert calls["multipart-complete"].error == "not tried: the upload has no part"
    assert calls["multipart-abort"].works
    assert s3.uploads == {}


def test_a_refused_abort_is_told_with_its_code(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: Reply(500, "InternalError") if request.verb == "abort" else None
    found = probe(TASK)
    call = found.probed()["multipart-abort"]
    assert (call.works, call.status, call.code) == (False, 500, "InternalError")
    assert "abort of the probe cannot be removed: 500 InternalError" in found.complaints


def test_a_second_start_that_is_refused(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: (
        Reply(500, "InternalError") if (request.verb, request.number) == ("create", 2) else None
    )
    call = probe(TASK).probed()["multipart-abort"]
    assert call.error == "not tried: a second upload could not be started: 500 InternalError"


@pytest.mark.parametrize("reply", [Reply(0), Reply(200, raw=b"x" * 100, cut=50)])
def test_an_answer_that_does_not_come_whole_is_no_success(
    s3: FakeS3, probe: Probing, reply: Reply
) -> None:
    s3.script = lambda request: reply if request.verb == "get" else None
    call = probe(TASK).probed()["get"]
    assert not call.works
    assert call.error


def test_versions_of_its_own_are_removed_one_by_one(s3: FakeS3, probe: Probing) -> None:
    def keep_versions(request: Request) -> None:
        if request.verb in ("put", "copy", "complete"):
            s3.versions.setdefault(request.key, []).append(f"v{len(s3.requests)}")
        elif request.verb == "delete" and s3.verbs().count("delete") == 1:
            s3.versions[request.key].append("marker")

    s3.script = keep_versions
    s3.versions["some-0001"] = ["v0"]
    assert probe(TASK).complaints == ""
    assert len(s3.versions) == 5
    assert {key: names for key, names in s3.versions.items() if names} == {"some-0001": ["v0"]}


def test_health_is_seen_before_meanwhile_and_after(s3: FakeS3, probe: Probing) -> None:
    def wait_for_more(request: Request) -> None:
        if request.verb == "put" and request.number == 1:
            s3.wait_for("health", s3.verbs().count("health") + 5)

    s3.script = wait_for_more
    found = probe(TASK)
    kinds = [type(record) for record in found.records]
    assert kinds[:5] == [TaskStarted] + [HealthSeen] * 4
    assert kinds[-5:] == [HealthSeen] * 4 + [TaskEnded]
    assert len(found.health()) >= 12
    first = found.health()[:4]
    assert [seen.endpoint for seen in first] == ["live", "ready", "cluster", "cluster/read"]
    assert all(seen.status == 200 for seen in found.health())


def test_the_status_that_the_server_gives_itself_is_told(s3: FakeS3, probe: Probing) -> None:
    offline = Reply(200, raw=b"", headers=(("x-minio-server-status", "offline"),))
    s3.script = lambda request: offline if request.key == "health/live" else None
    statuses = {seen.endpoint: seen.server_status for seen in probe(TASK).health()}
    assert statuses == {"live": "offline", "ready": None, "cluster": None, "cluster/read": None}


def test_an_endpoint_that_gives_no_answer_is_told(s3: FakeS3, probe: Probing) -> None:
    s3.script = lambda request: Reply(0) if request.key == "health/ready" else None
    statuses = {seen.endpoint: seen.status for seen in probe(TASK).health()}
    assert statuses == {"live": 200, "ready": None, "cluster": 200, "cluster/read": 200}


def test_sigterm_ends_the_call_under_way(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: s3.hang(request) if request.verb == "copy" else None
    running = Probe(program.on(s3.url), *replace(TASK, timeout=3600.0).to_arguments())
    s3.wait_for("copy")
    running.terminate()
    found = running.finish()
    assert found.ended()[0] == "terminated"
    assert found.code == 143
    assert list(found.probed())[-1] == "copy"


def test_a_server_that_never_answers(program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        found = Probe(program.on(url), *replace(TASK, ready_timeout=0.0).to_arguments()).finish()
    assert found.ended() == ("unreachable", 0, 0, 1)
    assert found.complaints.startswith("the server was not ready in time: ConnectionRefusedError")


@pytest.mark.parametrize("change", [
    {"small": 0}, {"large": 0}, {"part_size": -1}, {"timeout": 0}, {"ready_timeout": -1},
    {"bucket": ""}, {"surprise": 1}, {"small": "much"},
])  # fmt: skip
def test_values_without_sense_are_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(TASK.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError)):
        read_task([text])


def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program) -> None:
    found = Probe(program.on("http://minio:9000"), "{}").finish()
    assert (found.code, found.records) == (2, [])
    assert found.complaints.startswith("prober: ")
