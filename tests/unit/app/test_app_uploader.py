import json
import platform
import socket
from dataclasses import replace
from pathlib import Path

import minio
import pytest

from labctl.app.content import Generator
from labctl.app.program import read_access
from labctl.app.records import Attempt, UploadEnded, UploadStarted
from labctl.app.task import Group, UploadTask
from labctl.app.uploader import read_task
from labctl.events import Record
from tests.unit.app.fake_s3 import MIB, SECRET, FakeS3, Program, Reply
from tests.unit.app.programs import Running


def begin(program: Program, *arguments: str) -> Running:
    return Running(program, "uploader", *arguments)


def ended(record: "Record | None") -> tuple[str, int]:
    assert isinstance(record, UploadEnded)
    return record.reason, record.exit_code


def test_sends_everything(s3: FakeS3, task: UploadTask, program: Program) -> None:
    task = replace(task, groups=(Group("large", 1, 6 * MIB), Group("small", 2, 10)), parallel=2)
    code, records, complaints = begin(program.on(s3.url), task.to_arguments()[0]).finish()
    started, *attempts, end = records
    assert (code, complaints) == (0, "")
    assert isinstance(started, UploadStarted)
    python = platform.python_version()
    assert started.client == f"minio-py {minio.__version__} (python {python})"
    assert (started.objects, started.bytes, started.seed) == (3, 6 * MIB + 20, 1)
    assert all(isinstance(record, Attempt) and record.outcome == "ok" for record in attempts)
    assert end == UploadEnded(end.time if end else 0, "done", 3, 3, 0, 3, 6 * MIB + 20, 0)
    assert s3.objects["large-0001"] == Generator(1).block("large-0001", 1, 0, 6 * MIB)
    assert s3.verbs()[:2] == ["health", "bucket"]
    assert "get" not in s3.verbs()


def test_sends_a_folder(s3: FakeS3, task: UploadTask, program: Program, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.bin").write_bytes(b"own bytes")
    task = replace(task, groups=(Group("own", folder=str(tmp_path)),), make_bucket=False)
    code, records, _ = begin(program.on(s3.url), task.to_arguments()[0]).finish()
    assert (code, ended(records[-1])) == (0, ("done", 0))
    assert s3.objects == {"sub/one.bin": b"own bytes"}
    assert "bucket" not in s3.verbs()


def test_rounds_send_every_object_again_with_bytes_of_their_own(
    s3: FakeS3, task: UploadTask, program: Program
) -> None:
    groups = (Group("some", 5, 1000, only=((2, 3),)),)
    task = replace(task, groups=groups, overwrite=3, step=4, on_error="retry", attempts=2)
    s3.script = lambda request: (
        Reply(503, "SlowDown") if (request.verb, request.number) == ("put", 5) else None
    )
    code, records, _ = begin(program.on(s3.url), task.to_arguments()[0]).finish()
    started, *rest = records
    attempts = [record for record in rest if isinstance(record, Attempt)]
    assert code == 0
    assert isinstance(started, UploadStarted)
    assert (started.objects, started.bytes, started.overwrite, started.step) == (6, 6000, 3, 4)
    assert [(a.operation, a.attempt, a.object, a.stamp) for a in attempts] == [
        (1, 1, "some-0002", 1), (2, 1, "some-0003", 1),
        (3, 1, "some-0002", 3), (4, 1, "some-0003", 3),
        (5, 1, "some-0002", 5), (5, 2, "some-0002", 6), (6, 1, "some-0003", 5),
    ]  # fmt: skip
    for key, stamp in (("some-0002", 6), ("some-0003", 5)):
        assert s3.objects[key] == Generator(1).block(key, stamp, 0, 1000)


@pytest.mark.parametrize(("mode", "code", "reason"), [
    ("stop", 1, "stopped"), ("continue", 0, "done"), ("retry", 0, "done"),
])  # fmt: skip
def test_refusals(
    s3: FakeS3, task: UploadTask, program: Program, mode: str, code: int, reason: str
) -> None:
    s3.script = lambda request: (
        Reply(507, "XMinioStorageFull", f"full, {SECRET}") if request.verb == "put" else None
    )
    task = replace(task, on_error=mode, attempts=2)
    exit_code, records, complaints = begin(program.on(s3.url), task.to_arguments()[0]).finish()
    assert (exit_code, ended(records[-1])) == (code, (reason, code))
    puts = {"stop": 1, "continue": 3, "retry": 6}[mode]
    assert s3.verbs().count("put") == len(records) - 2 == puts
    expected = "upload stopped: some-0001: 507 XMinioStorageFull: full, ***\n"
    assert complaints == (expected if mode == "stop" else "")


def test_sigterm_aborts_the_running_upload(s3: FakeS3, task: UploadTask, program: Program) -> None:
    s3.script = lambda request: s3.hang(request) if request.verb == "part" else None
    task = replace(task, groups=(Group("large", 5, 11 * MIB),), timeout=3600.0)
    uploader = begin(program.on(s3.url), task.to_arguments()[0])
    s3.wait_for("part")
    uploader.terminate()
    code, records, _ = uploader.finish()
    assert (code, ended(records[-1])) == (143, ("terminated", 143))
    assert [type(record) for record in records] == [UploadStarted, Attempt, UploadEnded]
    assert s3.verbs()[-3:] == ["create", "part", "abort"]
    assert (s3.uploads, s3.objects) == ({}, {})


def test_sigterm_ends_the_wait_before_a_retry(
    s3: FakeS3, task: UploadTask, program: Program
) -> None:
    s3.script = lambda request: Reply(503, "SlowDown") if request.verb == "put" else None
    task = replace(task, on_error="retry", wait=3600.0, max_wait=3600.0, give_up=7200.0)
    uploader = begin(program.on(s3.url), task.to_arguments()[0])
    s3.wait_for("put")
    uploader.terminate()
    code, records, _ = uploader.finish()
    assert (code, ended(records[-1])) == (143, ("terminated", 143))
    assert s3.verbs().count("put") == 1


def test_sigterm_ends_the_wait_for_the_server(
    s3: FakeS3, task: UploadTask, program: Program
) -> None:
    s3.script = lambda request: Reply(503, raw=b"")
    uploader = begin(program.on(s3.url), replace(task, ready_timeout=3600.0).to_arguments()[0])
    s3.wait_for("health", 2)
    uploader.terminate()
    code, records, _ = uploader.finish()
    assert (code, [ended(record) for record in records]) == (143, [("terminated", 143)])


def test_a_server_that_never_answers(task: UploadTask, program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        task = replace(task, ready_timeout=0.0)
        code, records, complaints = begin(program.on(url), task.to_arguments()[0]).finish()
    assert (code, [ended(record) for record in records]) == (1, [("unreachable", 1)])
    assert complaints.startswith("the server was not ready in time: ConnectionRefusedError")


def test_a_bucket_that_is_refused(s3: FakeS3, task: UploadTask, program: Program) -> None:
    s3.script = lambda request: Reply(403, "AccessDenied") if request.verb == "bucket" else None
    code, records, complaints = begin(program.on(s3.url), task.to_arguments()[0]).finish()
    assert (code, [ended(record) for record in records]) == (1, [("stopped", 1)])
    assert "bucket files cannot be made: 403 AccessDenied" in complaints


@pytest.mark.parametrize("text", ["", "rubbish", "5", "[]", "{}", '{"groups":[5]}'])
def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program, text: str) -> None:
    code, records, complaints = begin(program.on("http://minio:9000"), text).finish()
    assert (code, records) == (2, [])
    assert complaints.startswith("uploader: ")
    assert complaints.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"parallel": 0}, {"parallel": "many"}, {"on_error": "panic"}, {"part_size": 1000},
        {"pace": -1}, {"timeout": 0}, {"attempts": 0}, {"groups": [{"name": "g", "count": -1}]},
        {"overwrite": 0}, {"groups": [{"name": "g", "count": 1, "only": [[0, 1]]}]},
        {"surprise": 1},
    ],
)  # fmt: skip
def test_values_without_sense_are_refused(task: UploadTask, change: dict[str, object]) -> None:
    text = json.dumps(json.loads(task.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError)):
        read_task([text])


def test_a_task_with_sense_is_read(task: UploadTask) -> None:
    assert read_task([task.to_arguments()[0]]) == task


@pytest.mark.parametrize("url", ["", "minio:9000", "ftp://minio", "http://a:b@minio:9000"])
def test_an_endpoint_without_sense_is_refused(url: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": SECRET}
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL") as caught:
        read_access(keys | {"AWS_ENDPOINT_URL": url})
    assert SECRET not in str(caught.value)


def test_access_does_not_show_its_keys() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": SECRET}
    access = read_access(keys | {"AWS_ENDPOINT_URL": "http://minio:9000"})
    assert SECRET not in repr(access)
    assert access.region == "us-east-1"
