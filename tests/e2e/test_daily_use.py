"""`up`, `ps`, `logs`, `down`: a lab that stays up."""

import http.client
import json
import signal
import time
import urllib.request
from pathlib import Path

from labctl.engine.docker import DockerEngine
from labctl.resources import Observed
from tests.e2e.conftest import Labctl

SMALL = (
    "minio.size=32m",
    "files={some: {count: 40, size: 1MiB}}",
    "expect={refused: {reason: drive-full}}",
)


def _wait_for_the_client(engine: DockerEngine, labctl: Labctl) -> None:
    assert engine.wait(f"labctl-{labctl.lab}-uploader", 60) == 0


def test_up_twice_then_logs_down_and_purge(
    labctl: Labctl, engine: DockerEngine, take_down: None
) -> None:
    made = labctl("up", *labctl.named("200m", *SMALL), "--format", "json").document
    assert made["operations"] == 10
    _wait_for_the_client(engine, labctl)
    again = labctl("up", *labctl.named("200m", *SMALL), "--format", "json").document
    assert again["evidence"] == made["evidence"]
    assert again["operations"] in (0, 3)  # the engine's own health check may still be under way

    lines = labctl("logs", "--lab", labctl.lab, "-t").out.splitlines()
    assert any("minio" in line and "MinIO Object Storage Server" in line for line in lines)
    assert any("uploader" in line and "acknowledged" in line for line in lines)
    times = [line.split("|", 1)[1].split()[0] for line in lines]
    assert times == sorted(times)

    down = labctl("down", labctl.lab, "--format", "json").document[0]
    assert down["volumes_left"] == [f"labctl-{labctl.lab}-minio-data1"]
    assert down["evidence"] == made["evidence"]
    folder = Path(down["evidence"])
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["objects"], summary["verdict"]) == (40, "pass")
    left = engine.observe(labctl.lab)
    assert (left.containers, left.networks, len(left.volumes)) == ((), (), 1)

    assert "only volumes are left" in labctl("ps").out
    labctl("down", labctl.lab, "--purge")
    assert engine.observe(labctl.lab) == Observed()


def test_a_second_up_plans_nothing(labctl: Labctl, engine: DockerEngine, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)
    _wait_for_health(engine, labctl)
    plan = labctl("up", *labctl.named("200m", *SMALL), "--dry-run").out
    assert plan.strip() == "nothing to do: the lab is up as its file says"
    again = labctl("up", *labctl.named("200m", *SMALL)).out
    assert "nothing to do" in again
    assert "ended with exit code 0" in again


def _wait_for_health(engine: DockerEngine, labctl: Labctl) -> None:
    while engine.inspect(f"labctl-{labctl.lab}-minio").health != "healthy":
        engine.exec(f"labctl-{labctl.lab}-minio", ("mc", "ready", "local"))


def test_a_lab_after_down_comes_up_again(
    labctl: Labctl, engine: DockerEngine, take_down: None
) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    labctl("down", labctl.lab)
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)


def test_a_half_made_lab_is_finished(labctl: Labctl, engine: DockerEngine, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)
    observed = engine.observe(labctl.lab)
    for role in ("uploader", "minio"):
        seen = observed.by_role(role)
        assert seen is not None
        engine.remove(seen)
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)


def test_other_settings_need_recreate(
    labctl: Labctl, engine: DockerEngine, take_down: None
) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    other = (*SMALL, "minio.size=64m")
    refused = labctl("up", *labctl.named("200m", *other), code=3)
    assert f"labctl-{labctl.lab}-minio-data1" in refused.err
    assert "--recreate" in refused.err
    labctl("up", *labctl.named("200m", *other), "--recreate")
    _wait_for_the_client(engine, labctl)


def test_the_console_lets_the_login_in(labctl: Labctl, take_down: None) -> None:
    login = ("minio.access_key=myaccesskey", "minio.secret_key=mysecretkey")
    made = labctl("up", *labctl.named("200m", *SMALL, *login), "--format", "json").document
    console = made["urls"]["console"]
    assert "<title>MinIO Console</title>" in _page(f"{console}/login")
    body = json.dumps({"accessKey": "myaccesskey", "secretKey": "mysecretkey"}).encode()
    asked = urllib.request.Request(
        f"{console}/api/v1/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 204


def _page(url: str) -> str:
    """A page, once its server listens: the console begins a moment after the API."""
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as page:
                return str(page.read().decode())
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < end
            time.sleep(0.05)


def test_ps(labctl: Labctl, engine: DockerEngine, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)
    rows = [
        r for r in labctl("ps", "--format", "json").document["containers"] if r["lab"] == labctl.lab
    ]
    assert [row["role"] for row in rows] == ["minio", "observer", "uploader"]
    assert [row["state"] for row in rows] == ["running", "running", "exited"]
    table = labctl("ps").out
    assert "exited (0)" in table
    assert "127.0.0.1:" in table


def test_logs_of_chosen_roles(labctl: Labctl, engine: DockerEngine, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    _wait_for_the_client(engine, labctl)
    tail = labctl("logs", "uploader", "--lab", labctl.lab, "--tail", "1").out.splitlines()
    assert len(tail) == 1
    assert "done: " in tail[0]
    raw = labctl("logs", "uploader", "--lab", labctl.lab, "--tail", "1", "--raw").out
    assert json.loads(raw.split("|", 1)[1])["type"] == "upload-ended"
    entries = labctl("logs", "observer", "--lab", labctl.lab, "--since", "1s", "--format", "json")
    assert {entry["role"] for entry in entries.document} == {"observer"}
    missing = labctl("logs", "nobody", "--lab", labctl.lab, code=2)
    assert "it has: minio, observer, uploader" in missing.err


def test_logs_follow_until_interrupted(labctl: Labctl, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    follow = labctl.start("logs", "-f", "observer", "--lab", labctl.lab)
    assert follow.stdout is not None
    assert "free of 32 MiB" in follow.stdout.readline()
    follow.send_signal(signal.SIGINT)
    out, err = follow.communicate(timeout=30)
    assert follow.returncode == 130
    assert "Traceback" not in out + err


def test_a_document_that_is_followed_is_closed(labctl: Labctl, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    follow = labctl.start("logs", "-f", "observer", "--lab", labctl.lab, "--format", "json")
    assert follow.stdout is not None
    first = follow.stdout.readline()
    follow.send_signal(signal.SIGINT)
    # Not `communicate`, which leaves out what `readline` has taken from the pipe beyond the line.
    rest = follow.stdout.read()
    assert follow.wait(timeout=30) == 130
    assert {entry["role"] for entry in json.loads(first + rest)} == {"observer"}


def test_a_run_that_is_interrupted_leaves_nothing(labctl: Labctl, engine: DockerEngine) -> None:
    paced = labctl.named("200m", "client.pace=1s")
    run = labctl.start("run", *paced)
    assert run.stdout is not None
    while not run.stdout.readline().startswith("upload "):
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert engine.observe(labctl.lab) == Observed()
    evidence = labctl.folder / "runs" / labctl.lab / "latest"
    ended = (evidence / "logs" / "uploader.log").read_text().splitlines()[-1]
    assert '"reason":"terminated"' in ended


def test_a_lab_that_is_worked_on_is_left_alone(labctl: Labctl, engine: DockerEngine) -> None:
    run = labctl.start("run", *labctl.named("200m", "client.pace=1s"))
    assert run.stdout is not None
    while not run.stdout.readline().startswith("upload "):
        assert run.poll() is None
    held = labctl("down", labctl.lab, "--purge", code=3)
    assert f"process {run.pid}" in held.err
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 143


def test_files_of_ones_own(labctl: Labctl, engine: DockerEngine) -> None:
    made = labctl("files", "make", "files", "--total", "40MiB", "--size", "1MiB..8MiB")
    assert "40 MiB together" in made.out
    odd = labctl.folder / "files" / "deep" / "name with spaces & ünicode.bin"
    odd.parent.mkdir()
    odd.write_bytes(b"some bytes")
    named = labctl.named("200m-files", "minio.size=64m", "expect={refused: {count: 0}}")
    found = labctl("run", *named, "--format", "json").document
    files = [path for path in (labctl.folder / "files").rglob("*") if path.is_file()]
    assert found["acknowledged"] == len(files)
    assert found["bytes_acknowledged"] == sum(path.stat().st_size for path in files)
    assert engine.observe(labctl.lab) == Observed()
