"""Records as sentences, for `labctl logs`."""

from dataclasses import replace
from typing import get_args

import pytest

from labctl.app import records
from labctl.app.records import AppRecord, encode
from labctl.report.lines import line_text
from tests.unit.histories import BEGIN, MIB, attempt, sample, upload_ended, upload_started
from tests.unit.summaries import call, contents, health

ENOSPC = {"status": 507, "code": "XMinioStorageFull", "message": "full"}


def read_back(outcome: str = "present", **more: object) -> records.ReadBack:
    usual: dict[str, object] = {
        "time": BEGIN, "object": "small/1", "group": "small", "started": BEGIN - 0.5,
        "ended": BEGIN, "outcome": outcome, "bytes": MIB, "listed": True, "expected": True,
        "writers": [[1, 7, 16]],
    }  # fmt: skip
    return records.ReadBack(**usual | more)  # type: ignore[arg-type]


def deletion(outcome: str = "ok", **more: object) -> records.Deletion:
    return records.Deletion(
        BEGIN, "small/1", "small", BEGIN - 0.5, BEGIN, outcome, **more  # type: ignore[arg-type]
    )  # fmt: skip


def trial(outcome: str, *, removed: bool = False, **more: object) -> records.Trial:
    return records.Trial(
        BEGIN, 4, "t", MIB, BEGIN - 0.5, BEGIN, outcome, removed, **more  # type: ignore[arg-type]
    )  # fmt: skip


def audit(**more: object) -> records.Audit:
    usual: dict[str, object] = {
        "time": BEGIN, "ended": BEGIN, "seconds": 0.25, "api": "PutObject", "bucket": "files",
        "object": "small/1", "status": 507, "rx": MIB, "tx": 0, "request_id": "R",
        "client": "minio-py",
    }  # fmt: skip
    return records.Audit(**usual | more)  # type: ignore[arg-type]


SENTENCES: list[tuple[object, str]] = [
    (
        upload_started(3, size=3 * MIB).record,
        "minio-py 7.2.20 sends 3 objects, 3 MiB, to files, on error: continue",
    ),
    (
        upload_ended(1.0, objects=3, acknowledged=2, refused=1).record,
        "done: 2 of 3 objects acknowledged, 0 bytes, 1 refused, exit code 0",
    ),
    *(
        (
            replace(upload_started(3, size=3 * MIB).record, parts=parts),  # type: ignore[type-var]
            f"minio-py 7.2.20 {does} 3 objects, 3 MiB, to files, on error: continue",
        )
        for parts, does in (
            ("leave", "sends, and leaves unfinished,"),
            ("complete", "completes what was left of"),
            ("abort", "aborts what was left of"),
        )
    ),
    (
        attempt(1, 1.0, outcome="info", status=200).record,
        "small/0001 1 MiB: all parts accepted after 0.010 s, the upload left unfinished",
    ),
    (attempt(1, 1.0).record, "small/0001 1 MiB: acknowledged after 0.010 s"),
    (
        attempt(1, 1.0, outcome="info", last=False, **ENOSPC).record,  # type: ignore[arg-type]
        "small/0001 1 MiB: 507 XMinioStorageFull after 0.010 s, in doubt, attempt 1, "
        "tries again: full",
    ),
    (
        attempt(1, 1.0, outcome="info", status=None, error="timed out").record,
        "small/0001 1 MiB: timed out after 0.010 s, in doubt",
    ),
    (sample(1.0, MIB).record, "minio/data1: 1 MiB free of 200 MiB"),
    (records.Gap(BEGIN, "it is torn"), "not recorded: it is torn"),
    (
        records.TaskStarted(BEGIN, "verifier", "minio-py 7.2.20", "files"),
        "the verifier begins with files, minio-py 7.2.20",
    ),
    (
        records.TaskEnded(BEGIN, "waiter", "late", 9, 0, 1),
        "late: the waiter tried 9, 0 went well, exit code 1",
    ),
    (records.Shards(BEGIN, "small/1", 4, 3), "small/1: complete on 3 of 4 drives"),
    (read_back(), "small/1 1 MiB: as sent by upload 1 stamp 7 after 0.500 s"),
    (read_back(writers=[]), "small/1 1 MiB: as sent by nobody after 0.500 s"),
    (read_back(foreign=1), "small/1 1 MiB: 1 block that no upload sent after 0.500 s"),
    (read_back(foreign=2), "small/1 1 MiB: 2 blocks that no upload sent after 0.500 s"),
    (read_back(as_file=True), "small/1 1 MiB: the same as its file after 0.500 s"),
    (read_back(as_file=False), "small/1 1 MiB: other than its file after 0.500 s"),
    (
        read_back("absent", status=404, code="NoSuchKey", message="no such key"),
        "small/1 is absent: 404 NoSuchKey after 0.500 s: no such key",
    ),
    (read_back("unavailable"), "small/1 is unavailable: no answer after 0.500 s"),
    (
        contents(foreign=9 * MIB, temporary=MIB),
        "minio/data1: objects 53 MiB, 1 unfinished uploads 4 MiB, trash 2 MiB, temporary 1 MiB, "
        "system 1 MiB, ballast 9 MiB, free 140 MiB",
    ),
    (
        records.Aborted(BEGIN, "small/1", "small", BEGIN - 0.5, BEGIN, "ok"),
        "abort the upload of small/1: acknowledged after 0.500 s",
    ),
    (deletion(), "delete small/1: acknowledged after 0.500 s"),
    (
        deletion("fail", versions=2, status=404, code="NoSuchBucket"),
        "delete small/1 (2 versions): 404 NoSuchBucket after 0.500 s, without effect",
    ),
    (call("get"), "get: works, after 0.100 s"),
    (
        call("copy", works=False, **ENOSPC),
        "copy: refused, 507 XMinioStorageFull, after 0.100 s: full",
    ),
    (health("live"), "health live: 200 after 1 ms"),
    (health("live", None), "health live: no answer after 1 ms"),
    (
        health("ready", server_status="offline"),
        "health ready: 200 (server offline) after 1 ms",
    ),
    (trial("ok", removed=True), "trial 4, 1 MiB: acknowledged after 0.500 s, deleted again"),
    (
        trial("info", **ENOSPC),
        "trial 4, 1 MiB: 507 XMinioStorageFull after 0.500 s, in doubt: full",
    ),
    (
        records.DriveChanged(BEGIN, "minio/data1", "ballast", 0, 150 * MIB, 200 * MIB, MIB),
        "minio/data1: ballast from 0 bytes to 150 MiB, 1 MiB free",
    ),
    (
        audit(),
        "PutObject files/small/1: 507 after 0.250 s, 1 MiB received, 0 bytes sent",
    ),
    (
        audit(object="", part=3, error="disk full"),
        "PutObject files part 3: 507 after 0.250 s, 1 MiB received, 0 bytes sent: disk full",
    ),
]


@pytest.mark.parametrize(("record", "sentence"), SENTENCES)
def test_a_record_is_a_sentence(record: object, sentence: str) -> None:
    assert line_text(encode(record)) == sentence


def test_every_record_of_the_labs_programs_has_a_sentence() -> None:
    assert {type(record) for record, _ in SENTENCES} == set(get_args(AppRecord))


def test_any_other_line_stays_as_it_is() -> None:
    for line in ("API: PutObject", "", '{"type":"unheard-of","time":"2026-01-31T12:00:00Z"}'):
        assert line_text(line) == line
