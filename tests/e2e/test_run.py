"""`labctl run`: the 200m lab from nothing to a verdict and back to nothing."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from labctl.engine.docker import DockerEngine
from labctl.events import read_events
from labctl.images.app import app_reference
from labctl.resources import Observed
from tests.e2e.conftest import Labctl

MIB = 2**20
ACCESS, SECRET = "an-access-key-found-nowhere", "a-secret-key-found-nowhere"
TOKEN = "a-token-found-nowhere"


def _evidence(labctl: Labctl) -> Path:
    return labctl.folder / "runs" / labctl.lab / "latest"


def test_the_200m_lab(labctl: Labctl, engine: DockerEngine) -> None:
    ended = labctl("run", *labctl.named("200m"), "--format", "json")
    found = ended.document
    assert found["verdict"] == "pass"
    assert {check["name"]: check["result"] for check in found["checks"]} == {
        "refused": "pass",
        "log": "pass",
    }
    assert found["objects"] == 70
    assert found["acknowledged"] + found["refused"] == 70
    assert 150 * MIB <= found["bytes_acknowledged_before_refusal"] <= found["bytes_acknowledged"]
    assert found["bytes_acknowledged"] <= 200 * MIB
    assert "drive-full" in {row["reason"] for row in found["refusals"]}
    assert {row["container"]: row["oom_killed"] for row in found["containers"]} == {
        "minio": False,
        "observer": False,
        "uploader": False,
    }
    assert engine.observe(labctl.lab) == Observed()


def test_what_a_person_reads(labctl: Labctl) -> None:
    out = labctl("run", *labctl.named("200m")).out.splitlines()
    assert any(line.startswith("create container labctl-") for line in out)
    assert any(line.startswith(f"{labctl.lab}: the drive was full after") for line in out)
    assert any("before the first refusal" in line for line in out)
    assert out[-2] == "verdict: pass"
    assert out[-1].startswith(f"evidence: {labctl.folder}/runs/{labctl.lab}/")


def test_the_evidence(labctl: Labctl) -> None:
    labctl("run", *labctl.named("200m"))
    folder = _evidence(labctl)
    assert folder.is_symlink()
    logs = {path.name for path in (folder / "logs").iterdir()}
    assert logs == {"minio.log", "observer.log", "uploader.log"}
    assert "no space left on device" in (folder / "logs" / "minio.log").read_text()
    assert json.loads((folder / "summary.json").read_text())["verdict"] == "pass"
    assert "size: 200m" in (folder / "lab.yaml").read_text()


def test_the_record_is_whole(labctl: Labctl) -> None:
    labctl("run", *labctl.named("200m"))
    events = list(read_events(_evidence(labctl) / "events.jsonl"))
    kinds = {event.record.type for event in events}
    assert kinds >= {"run-started", "operation", "drive", "attempt", "log", "container"}
    attempts = [event.record for event in events if event.record.type == "attempt"]
    assert sorted(attempt.operation for attempt in attempts) == list(range(1, 71))
    samples = [event.time for event in events if event.record.type == "drive"]
    steps = [later - earlier for earlier, later in pairwise(samples)]
    assert 0.05 < sorted(steps)[len(steps) // 2] < 0.15


def test_the_login_stands_nowhere(labctl: Labctl) -> None:
    login = (f"minio.access_key={ACCESS}", f"minio.secret_key={SECRET}")
    token = f"minio.env={{MINIO_LOGGER_WEBHOOK_AUTH_TOKEN_LAB: {TOKEN}}}"
    ended = labctl("run", *labctl.named("200m", *login, token))
    written = [path for path in _evidence(labctl).resolve().rglob("*") if path.is_file()]
    assert len(written) >= 6
    for text in (ended.out, ended.err, *(path.read_text() for path in written)):
        assert ACCESS not in text
        assert SECRET not in text
        assert TOKEN not in text


def test_an_expectation_that_fails(labctl: Labctl) -> None:
    ended = labctl("run", *labctl.named("200m", "expect={refused: {count: 0}}"), code=1)
    assert "verdict: fail" in ended.out


def test_a_client_that_stops_at_the_first_error_exits_1(labctl: Labctl) -> None:
    wanted = ("client.on_error=stop", "expect={refused: {reason: drive-full}, client_exit: 1}")
    found = labctl("run", *labctl.named("200m", *wanted), "--format", "json").document
    assert found["verdict"] == "pass"
    assert found["refused"] == 1
    assert found["never_sent"] > 0


def test_a_client_that_tries_again(labctl: Labctl) -> None:
    wanted = ("minio.size=32m", "files={some: {count: 40, size: 1MiB}}", "client.on_error=retry")
    wanted += ("expect={refused: {reason: drive-full}}",)
    quick = ("client.retry={attempts: 3, wait: 10ms, max_wait: 20ms}",)
    found = labctl("run", *labctl.named("200m", *wanted, *quick), "--format", "json").document
    assert found["verdict"] == "pass"
    assert found["attempts"] == found["acknowledged"] + 3 * found["refused"]


def test_several_steps(labctl: Labctl) -> None:
    steps = "steps=[{upload: large}, {upload: {groups: [small], parallel: 4}}]"
    found = labctl("run", *labctl.named("200m", steps), "--format", "json").document
    assert found["verdict"] == "pass"
    assert [upload["objects"] for upload in found["uploads"]] == [10, 60]
    assert [upload["parallel"] for upload in found["uploads"]] == [1, 4]


def test_a_quota_is_set_before_the_client_starts(labctl: Labctl) -> None:
    wanted = ("bucket={name: files, quota: 10MiB}", "expect={refused: {reason: quota}}")
    files = "files={big: {count: 1, size: 12MiB}, small: {count: 2, size: 1MiB}}"
    part = "client.part_size=16MiB"
    found = labctl("run", *labctl.named("200m", *wanted, files, part), "--format", "json").document
    assert found["verdict"] == "pass"
    assert found["refusals"][0]["code"] == "XMinioAdminBucketQuotaExceeded"


@pytest.mark.parametrize("drives", [2, 4])
def test_several_drives(labctl: Labctl, drives: int) -> None:
    wanted = (f"minio.drives={drives}", "minio.size=64m", "expect={refused: {reason: drive-full}}")
    found = labctl("run", *labctl.named("200m", *wanted), "--format", "json").document
    assert found["verdict"] == "pass"
    assert len(found["drives"]) == drives


def test_a_client_of_ones_own(labctl: Labctl) -> None:
    script = "import os, minio; print(sorted(os.environ)); raise SystemExit(7)"
    client = f"client={{image: '{app_reference()}', command: [python3, -c, '{script}']}}"
    wanted = (client, "expect={client_exit: 7}")
    labctl("run", *labctl.named("200m", *wanted))
    said = (_evidence(labctl) / "logs" / "uploader.log").read_text()
    for variable in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_REGION", "S3_BUCKET"):
        assert variable in said


def test_a_kept_lab_is_collected_again_and_not_twice(
    labctl: Labctl, take_down: None, engine: DockerEngine
) -> None:
    kept = labctl("run", *labctl.named("200m"), "--keep", "--format", "json").document
    assert {seen.role for seen in engine.observe(labctl.lab).containers} >= {"minio", "observer"}
    labctl("down", labctl.lab, "--purge")
    again = json.loads((_evidence(labctl) / "summary.json").read_text())
    assert again["verdict"] == "pass"
    for figure in ("objects", "attempts", "acknowledged", "refused", "bytes_acknowledged"):
        assert again[figure] == kept[figure]
    assert again["logs"][0]["count"] == kept["logs"][0]["count"]
