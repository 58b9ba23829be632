import json
import socket
import zlib
from dataclasses import replace

import pytest

from labctl.app.records import TaskEnded, TaskStarted, Trial
from labctl.app.task import WaitTask
from labctl.app.waiter import QUOTA_CODE, read_task
from tests.unit.app.fake_s3 import MIB, FakeS3, Program, Reply, Request, Script
from tests.unit.app.programs import Kept

WRITABLE = WaitTask("files", "writable", 1000, 0.001, 30.0, 20.0, 20.0)
ARMED = replace(WRITABLE, until="quota-armed")


class Wait(Kept):
    """The waiter as a program of its own, and what it printed."""

    module = "waiter"

    def trials(self) -> list[Trial]:
        return [record for record in self.records if isinstance(record, Trial)]

    def ended(self) -> tuple[str, int, int, int]:
        last = self.records[-1]
        assert isinstance(last, TaskEnded)
        assert (last.program, last.exit_code) == ("waiter", self.code)
        return last.reason, last.tried, last.done, last.exit_code


def wait(s3: FakeS3, program: Program, task: WaitTask) -> Wait:
    return Wait(program.on(s3.url), *task.to_arguments()).finish()


def refuse_first(count: int, reply: Reply) -> Script:
    return lambda request: reply if request.verb == "put" and request.number <= count else None


def test_writable_ends_with_the_first_put_that_gets_in(s3: FakeS3, program: Program) -> None:
    s3.script = refuse_first(2, Reply(507, "XMinioStorageFull", "no room"))
    found = wait(s3, program, WRITABLE)
    assert found.complaints == ""
    assert found.ended() == ("done", 3, 1, 0)
    assert isinstance(found.records[0], TaskStarted)
    seen = [(trial.outcome, trial.status, trial.removed) for trial in found.trials()]
    assert seen == [("info", 507, False), ("info", 507, False), ("ok", 200, True)]
    assert [trial.object for trial in found.trials()] == [f"labctl-wait-{n}" for n in (1, 2, 3)]
    assert [trial.number for trial in found.trials()] == [1, 2, 3]
    assert found.trials()[0].code == "XMinioStorageFull"
    assert s3.objects == {}


def test_quota_armed_takes_the_quotas_code_alone(s3: FakeS3, program: Program) -> None:
    answers = {2: Reply(507, "XMinioStorageFull"), 3: Reply(0), 5: Reply(400, QUOTA_CODE)}
    s3.script = lambda request: answers.get(request.number) if request.verb == "put" else None
    found = wait(s3, program, ARMED)
    assert found.ended() == ("done", 5, 2, 0)
    outcomes = [trial.outcome for trial in found.trials()]
    assert outcomes == ["ok", "info", "info", "ok", "fail"]
    assert s3.verbs().count("delete") == 2
    assert s3.objects == {}


def test_late_is_exit_code_3(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: Reply(507, "Full") if request.verb == "put" else None
    found = wait(s3, program, replace(WRITABLE, within=0.0))
    assert found.ended() == ("late", 1, 0, 3)


def test_late_comes_at_the_limit_and_not_before(s3: FakeS3, program: Program) -> None:
    found = wait(s3, program, replace(ARMED, every=3600.0, within=1.0))
    assert found.ended() == ("late", 1, 1, 3)
    started, end = found.records[0], found.records[-1]
    assert started
    assert end
    assert end.time - started.time > 0.5


def test_puts_keep_their_distance(s3: FakeS3, program: Program) -> None:
    s3.script = refuse_first(2, Reply(507, "Full"))
    found = wait(s3, program, replace(WRITABLE, every=0.2))
    starts = [trial.started for trial in found.trials()]
    assert starts[1] - starts[0] >= 0.19
    assert starts[2] - starts[1] >= 0.19


def test_a_large_object_is_one_put_of_bytes_of_its_own(s3: FakeS3, program: Program) -> None:
    kept: list[bytes] = []

    def keep(request: Request) -> Reply | None:
        if request.verb == "delete":
            kept.append(s3.objects[request.key])
        return Reply(400, QUOTA_CODE) if (request.verb, request.number) == ("put", 3) else None

    s3.script = keep
    found = wait(s3, program, replace(ARMED, size=6 * MIB))
    assert found.ended()[:3] == ("done", 3, 2)
    assert {"create", "part"} & set(s3.verbs()) == set()
    first, second = kept
    assert len(first) == len(second) == 6 * MIB
    assert first != second
    assert len(zlib.compress(first[:MIB])) > MIB * 0.99


def test_a_version_is_removed_by_its_id(s3: FakeS3, program: Program) -> None:
    s3.versions["labctl-wait-1"] = ["v0", "v1"]
    stored = Reply(200, raw=b"", headers=(("x-amz-version-id", "v1"),))
    s3.script = lambda request: stored if request.verb == "put" else None
    assert wait(s3, program, WRITABLE).ended() == ("done", 1, 1, 0)
    assert s3.versions == {"labctl-wait-1": ["v0"]}


def test_an_object_that_stays_is_told(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: Reply(503, "SlowDown") if request.verb == "delete" else None
    found = wait(s3, program, WRITABLE)
    assert found.ended() == ("done", 1, 1, 0)
    assert [trial.removed for trial in found.trials()] == [False]
    assert "labctl-wait-1 of the wait cannot be removed: 503 SlowDown" in found.complaints


def test_sigterm_ends_the_rest_between_puts(s3: FakeS3, program: Program) -> None:
    running = Wait(program.on(s3.url), *replace(ARMED, every=3600.0, within=7200.0).to_arguments())
    s3.wait_for("delete")
    running.terminate()
    found = running.finish()
    assert found.ended() == ("terminated", 1, 1, 143)


def test_sigterm_ends_a_put_under_way(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: s3.hang(request) if request.verb == "put" else None
    running = Wait(program.on(s3.url), *replace(WRITABLE, timeout=3600.0).to_arguments())
    s3.wait_for("put")
    running.terminate()
    found = running.finish()
    assert found.ended() == ("terminated", 1, 0, 143)
    assert [trial.outcome for trial in found.trials()] == ["info"]


def test_a_server_that_never_answers(program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        task = replace(WRITABLE, ready_timeout=0.0)
        found = Wait(program.on(url), *task.to_arguments()).finish()
    assert found.ended() == ("unreachable", 0, 0, 1)


@pytest.mark.parametrize("change", [
    {"until": "tomorrow"}, {"size": 0}, {"size": 5 * 2**30 + 1}, {"every": -1}, {"within": -1},
    {"timeout": 0}, {"ready_timeout": -1}, {"bucket": ""}, {"surprise": 1}, {"size": "much"},
])  # fmt: skip
def test_values_without_sense_are_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(WRITABLE.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError)):
        read_task([text])


def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program) -> None:
    found = Wait(program.on("http://minio:9000"), "{}").finish()
    assert (found.code, found.records) == (2, [])
    assert found.complaints.startswith("waiter: ")
