import json
import socket
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from labctl.app.content import BLOCK, Generator
from labctl.app.records import DriveContents, Gap, ReadBack, Shards, TaskEnded, TaskStarted
from labctl.app.task import Group, VerifyTask, Writer
from labctl.app.verifier import read_task
from labctl.events import Record
from tests.unit.app.fake_drive import make_drives, store
from tests.unit.app.fake_s3 import SECRET, FakeS3, Program, Reply, Request
from tests.unit.app.programs import Running

SOME = Group("some", 3, 1000)
TASK = VerifyTask("files", (SOME,), (Writer(1, 5, 3),), {}, False, 20.0, 20.0)
GENERATOR = Generator(5)


def fill(s3: FakeS3, count: int = 3, size: int = 1000) -> None:
    for number in range(1, count + 1):
        key = f"some-{number:04}"
        s3.objects[key] = GENERATOR.block(key, 1, 0, size)


def run(s3: FakeS3, program: Program, task: VerifyTask) -> tuple[int, list["Record | None"], str]:
    return Running(program.on(s3.url), "verifier", *task.to_arguments()).finish()


def pick_reads(records: list["Record | None"]) -> dict[str, ReadBack]:
    return {record.object: record for record in records if isinstance(record, ReadBack)}


def pick_end(records: list["Record | None"]) -> TaskEnded:
    end = records[-1]
    assert isinstance(end, TaskEnded)
    return end


def test_every_object_of_the_groups_is_read(s3: FakeS3, program: Program) -> None:
    fill(s3, 2)
    s3.objects["own"] = b"not asked for"
    code, records, complaints = run(s3, program, TASK)
    reads = pick_reads(records)
    assert (code, complaints) == (0, "")
    assert isinstance(records[0], TaskStarted)
    assert (records[0].program, records[0].bucket) == ("verifier", "files")
    assert list(reads) == ["some-0001", "some-0002", "some-0003"]
    assert [read.outcome for read in reads.values()] == ["present", "present", "absent"]
    whole, gone = reads["some-0001"], reads["some-0003"]
    assert (whole.bytes, whole.writers, whole.foreign) == (1000, [[1, 1, 1]], 0)
    assert (whole.group, whole.listed, whole.expected) == ("some", True, True)
    assert (whole.status, whole.request_id) == (200, "R1")
    assert (gone.bytes, gone.listed, gone.writers) == (0, False, [])
    assert (gone.status, gone.code) == (404, "NoSuchKey")
    end = pick_end(records)
    assert (end.program, end.reason, end.tried, end.done, end.exit_code) == (
        "verifier", "done", 3, 3, 0,
    )  # fmt: skip
    assert s3.verbs() == ["health", "list", "list", "get", "get", "get"]


def test_what_only_the_listing_names_is_read_as_well(s3: FakeS3, program: Program) -> None:
    fill(s3)
    s3.objects |= {"a b/ä": b"bytes", "zero": b""}
    _, records, _ = run(s3, program, replace(TASK, listed=True))
    reads = pick_reads(records)
    assert list(reads) == ["some-0001", "some-0002", "some-0003", "a b/ä", "zero"]
    for key in ("a b/ä", "zero"):
        assert (reads[key].listed, reads[key].expected, reads[key].group) == (True, False, "")
        assert (reads[key].foreign, reads[key].writers) == (1, [])


def test_only_picks_what_is_read(s3: FakeS3, program: Program) -> None:
    fill(s3)
    task = replace(TASK, groups=(replace(SOME, only=((2, 2),)),), listed=True)
    _, records, _ = run(s3, program, task)
    assert list(pick_reads(records)) == ["some-0002"]


def test_every_page_of_the_listing_is_read(s3: FakeS3, program: Program) -> None:
    s3.page = 2
    s3.objects = {f"k{number}": b"x" for number in range(7)}
    _, records, _ = run(s3, program, replace(TASK, groups=(), listed=True))
    assert list(pick_reads(records)) == [f"k{number}" for number in range(7)]


def test_a_torn_object_names_both_writers(s3: FakeS3, program: Program) -> None:
    task = replace(TASK, groups=(Group("some", 1, 3 * BLOCK),))
    key = "some-0001"
    one, two = (GENERATOR.block(key, stamp, 0, 4 * BLOCK) for stamp in (1, 2))
    s3.objects[key] = one[: 2 * BLOCK] + b"?" * BLOCK + two[3 * BLOCK :]
    read = pick_reads(run(s3, program, task)[1])[key]
    assert (read.outcome, read.bytes) == ("present", 4 * BLOCK)
    assert (read.writers, read.foreign, read.first_foreign) == (
        [[1, 1, 2], [1, 2, 1]], 1, 2 * BLOCK,
    )  # fmt: skip


def test_files_are_held_against_the_folder(s3: FakeS3, program: Program, tmp_path: Path) -> None:
    for name in ("as-it-was", "changed", "gone"):
        (tmp_path / name).write_bytes(b"1" * 100_000)
    s3.objects = {"as-it-was": b"1" * 100_000, "changed": b"1" * 99_999}
    task = replace(TASK, groups=(Group("own", folder=str(tmp_path)),))
    reads = pick_reads(run(s3, program, task)[1])
    assert [(read.outcome, read.as_file) for read in reads.values()] == [
        ("present", True), ("present", False), ("absent", None),
    ]  # fmt: skip
    assert all(read.writers == [] for read in reads.values())


@pytest.mark.parametrize(
    ("reply", "outcome", "gets"),
    [
        (Reply(404, "NoSuchBucket"), "absent", 1),
        (Reply(405, "MethodNotAllowed"), "absent", 1),
        (Reply(503, "SlowDownRead", f"not {SECRET}"), "unavailable", 3),
        (Reply(404, raw=b"<html>", kind="text/html"), "unavailable", 3),
        (Reply(0), "unavailable", 3),
        (Reply(200, raw=b"x" * 200_000, cut=100_000), "unavailable", 3),
        (Reply(200, raw=b"x" * 1000, cut=0), "unavailable", 3),
    ],
)
def test_what_cannot_be_read(
    s3: FakeS3, program: Program, reply: Reply, outcome: str, gets: int
) -> None:
    s3.script = lambda request: reply if request.verb == "get" else None
    code, records, _ = run(s3, program, replace(TASK, groups=(replace(SOME, count=1),)))
    read = pick_reads(records)["some-0001"]
    assert (read.outcome, read.bytes, read.writers) == (outcome, 0, [])
    assert (code, s3.verbs().count("get")) == (0, gets)
    assert (pick_end(records).tried, pick_end(records).done) == (1, int(outcome == "absent"))
    assert read.code == (reply.code or None)


def test_an_object_that_comes_at_the_second_try(s3: FakeS3, program: Program) -> None:
    fill(s3, 1, 200_000)
    half = Reply(200, raw=s3.objects["some-0001"], cut=150_000)
    s3.script = lambda request: half if (request.verb, request.number) == ("get", 1) else None
    read = pick_reads(run(s3, program, replace(TASK, groups=(replace(SOME, count=1),)))[1])
    assert (read["some-0001"].outcome, read["some-0001"].bytes) == ("present", 200_000)
    assert read["some-0001"].writers == [[1, 1, 4]]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(403, "AccessDenied"), "403 AccessDenied: refused by the test"),
        (Reply(200, raw=b"<half"), "ParseError: "),
        (Reply(502, raw=b"<html>", kind="text/html"), "InvalidResponseError: "),
    ],
)
def test_a_listing_that_fails_is_a_gap(
    s3: FakeS3, program: Program, reply: Reply, why: str
) -> None:
    fill(s3)
    s3.script = lambda request: reply if request.verb == "list" else None
    code, records, _ = run(s3, program, replace(TASK, listed=True))
    (gap,) = [record for record in records if isinstance(record, Gap)]
    assert code == 0
    assert gap.what.startswith(f"bucket files could not be listed: {why}")
    assert [read.listed for read in pick_reads(records).values()] == [False] * 3


def test_a_listing_is_tried_again(s3: FakeS3, program: Program) -> None:
    fill(s3)
    s3.script = lambda request: (
        Reply(503, "SlowDown") if (request.verb, request.number) == ("list", 1) else None
    )
    _, records, _ = run(s3, program, TASK)
    assert [read.listed for read in pick_reads(records).values()] == [True] * 3


def test_a_bucket_that_is_not_there(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: None if request.verb == "health" else Reply(404, "NoSuchBucket")
    code, records, complaints = run(s3, program, TASK)
    assert (code, complaints) == (0, "")
    assert {read.outcome for read in pick_reads(records).values()} == {"absent"}
    assert not any(isinstance(record, Gap) for record in records)


def test_drives_are_looked_at_before_anything_is_asked(
    s3: FakeS3, program: Program, tmp_path: Path
) -> None:
    fill(s3)
    drives = make_drives(tmp_path)
    for path in drives.values():
        store(Path(path), "some-0001", (100,))
    store(Path(drives["minio/data2"]), "some-0002", (100,))

    def look(request: Request) -> None:
        if request.verb in ("list", "get"):
            for path in drives.values():
                store(Path(path), "too-late")

    s3.script = look
    _, records, _ = run(s3, program, replace(TASK, drives=drives))
    seen = [record for record in records if isinstance(record, Shards)]
    assert [(s.object, s.drives, s.complete) for s in seen] == [
        ("some-0001", 4, 4), ("some-0002", 4, 1),
    ]  # fmt: skip
    contents = [record for record in records if isinstance(record, DriveContents)]
    assert [record.drive for record in contents] == list(drives)
    order = [type(record) for record in records]
    kinds = [TaskStarted, Shards, DriveContents, ReadBack, TaskEnded]
    assert [a for a, b in pairwise([*order, None]) if a != b] == kinds


def test_a_drive_that_is_not_there_is_a_gap(s3: FakeS3, program: Program, tmp_path: Path) -> None:
    fill(s3)
    drives = make_drives(tmp_path, 1) | {"minio/data2": str(tmp_path / "nowhere")}
    store(Path(drives["minio/data1"]), "some-0001", (100,))
    code, records, _ = run(s3, program, replace(TASK, drives=drives))
    gaps = [record for record in records if isinstance(record, Gap)]
    assert code == 0
    assert [gap.what.split(":")[0] for gap in gaps] == ["drive minio/data2 could not be looked at"]
    assert [r.drive for r in records if isinstance(r, DriveContents)] == ["minio/data1"]
    assert len(pick_reads(records)) == 3


def test_sigterm_ends_a_read_under_way(s3: FakeS3, program: Program) -> None:
    s3.script = lambda request: s3.hang(request) if request.verb == "get" else None
    task = replace(TASK, timeout=3600.0)
    verifier = Running(program.on(s3.url), "verifier", *task.to_arguments())
    s3.wait_for("get")
    verifier.terminate()
    code, records, _ = verifier.finish()
    end = pick_end(records)
    assert (code, end.reason, end.exit_code, end.tried) == (143, "terminated", 143, 0)
    assert pick_reads(records) == {}


def test_a_server_that_never_answers(program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        task = replace(TASK, ready_timeout=0.0)
        code, records, _ = Running(program.on(url), "verifier", *task.to_arguments()).finish()
    assert code == 1
    assert [(end.reason, end.exit_code) for end in records if isinstance(end, TaskEnded)] == [
        ("unreachable", 1)
    ]
    assert len(records) == 1


@pytest.mark.parametrize("text", ["", "rubbish", "[]", "{}"])
def test_a_task_without_sense_is_one_line_and_exit_code_2(program: Program, text: str) -> None:
    code, records, complaints = Running(program.on("http://minio:9000"), "verifier", text).finish()
    assert (code, records) == (2, [])
    assert complaints.startswith("verifier: no sense in this task: ")
    assert complaints.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"timeout": 0}, {"ready_timeout": -1}, {"drives": {"d": ""}}, {"surprise": 1},
        {"groups": [{"name": "g", "count": -1}]}, {"writers": [{"upload": 1}]},
        {"writers": [{"upload": 1, "seed": 1, "stamps": -1}]},
        {"groups": [{"name": "g", "count": 1, "only": [[2, 1]]}]},
    ],
)  # fmt: skip
def test_values_without_sense_are_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(TASK.to_arguments()[0]) | change)
    with pytest.raises((ValueError, TypeError)):
        read_task([text])


def test_a_task_with_sense_is_read() -> None:
    task = replace(TASK, groups=(replace(SOME, only=((1, 2),)),), drives={"d": "/drives/d"})
    assert read_task(task.to_arguments()) == task
