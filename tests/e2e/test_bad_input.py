"""Whatever is wrong: a clear error, the documented exit code, and nothing left behind."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from labctl.engine.docker import DockerEngine
from labctl.resources import Observed
from tests.e2e.conftest import Labctl

SMALL = ("minio.size=32m", "files={some: {count: 3, size: 1MiB}}", "expect={}")
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("files: [", "lab.yaml:1:"),
        ("files: {a: {count: 1, size: 1m}}\nminoi: {}\n", "lab.yaml:2:1: "),
        ("files: {a: {count: 1, size: 0}}\n", "lab.yaml:1:29: "),
        ("files: {a: {count: 1, size: -5m}}\n", "lab.yaml:1:29: "),
        ("files: {a: {count: 1, size: huge}}\n", "lab.yaml:1:29: "),
        ("minio: {access_key: ab}\nfiles: {a: {count: 1, size: 1}}\n", "lab.yaml:1:21: "),
        ("minio: {secret_key: short}\nfiles: {a: {count: 1, size: 1}}\n", "lab.yaml:1:21: "),
        ("bucket: ab\nfiles: {a: {count: 1, size: 1}}\n", "lab.yaml:1:9: "),
        ("bucket: Files\nfiles: {a: {count: 1, size: 1}}\n", "lab.yaml:1:9: "),
        ("files: {a: {dir: ./missing}}\n", "lab.yaml:1:18: "),
        ("files: {a: {dir: ./empty}}\n", "lab.yaml:1:18: "),
    ],
)
@pytest.mark.parametrize("command", ["check", "up", "run"])
def test_a_lab_file_that_is_wrong(labctl: Labctl, command: str, text: str, said: str) -> None:
    (labctl.folder / "lab.yaml").write_text(text)
    (labctl.folder / "empty").mkdir()
    ended = labctl(command, "lab.yaml", code=2, env=NO_ENGINE)
    assert said in ended.err


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("- upload: b", "lab.yaml:3:11: "),
        ("- {upload: a, verify: all}", "lab.yaml:3:3: "),
        ("- within: 5s", "lab.yaml:3:3: "),
        ("- uplaod: a", "lab.yaml:3:3: "),
        ("- probe:", "lab.yaml:3:9: "),
        ("- kill: minio", "lab.yaml:3:3: "),
        ("- wait: quota_armed", "lab.yaml:3:9: "),
        ("- wait: {writable: 1g}", "lab.yaml:3:20: "),
        ("- {wait: 9s, within: 5s}", "lab.yaml:3:10: "),
        ("- grow: 10m", "lab.yaml:3:9: "),
        ("- ballast: 1g", "lab.yaml:3:12: "),
        ("- {ballast: 1m, at: minio/data2}", "lab.yaml:3:21: "),
        ("- {grow: 1g, for: 5s}", "lab.yaml:3:19: "),
        ("- upload: {resend: refused}", "lab.yaml:3:20: "),
        ("- {upload: a, meanwhile: []}", "lab.yaml:3:26: "),
        ("- {upload: a, expect: {health: green}}", "lab.yaml:3:24: "),
        ("- quota: 0", "lab.yaml:3:10: "),
    ],
)
@pytest.mark.parametrize("command", ["check", "up", "run"])
def test_a_step_that_makes_no_sense(labctl: Labctl, command: str, step: str, said: str) -> None:
    text = f"files: {{a: {{count: 1, size: 1m}}}}\nsteps:\n{step}\n"
    (labctl.folder / "lab.yaml").write_text(text)
    ended = labctl(command, "lab.yaml", code=2, env=NO_ENGINE)
    assert said in ended.err


def test_what_cannot_be_reached_is_warned_of(labctl: Labctl) -> None:
    text = "bucket: {name: abc, quota: 1g}\nfiles: {a: {count: 1, size: 1g}}\n"
    (labctl.folder / "lab.yaml").write_text(text)
    ended = labctl("check", "lab.yaml", env=NO_ENGINE)
    assert "warning: lab.yaml:1:28: bucket.quota: 1 GiB cannot be reached" in ended.err
    assert "warning: lab.yaml:2:29: files.a.size: cannot fit" in ended.err
    told = labctl("check", "lab.yaml", "--format", "json", env=NO_ENGINE).document
    assert told["sound"] is True
    assert [each.split(": ")[0] for each in told["warnings"]] == ["lab.yaml:1:28", "lab.yaml:2:29"]


def test_every_problem_at_once(labctl: Labctl) -> None:
    text = "minio: {size: 0, access_key: ab}\nbucket: X\nfiles: {a: {dir: no}}\nmore: 1\n"
    (labctl.folder / "lab.yaml").write_text(text)
    ended = labctl("check", "lab.yaml", code=2)
    for place in (
        "lab.yaml:1:15",
        "lab.yaml:1:30",
        "lab.yaml:2:9",
        "lab.yaml:3:18",
        "lab.yaml:4:1",
    ):
        assert place in ended.err


def test_an_error_for_programs(labctl: Labctl) -> None:
    (labctl.folder / "lab.yaml").write_text("files: {a: {count: 1, size: 0}}\n")
    told = labctl("check", "lab.yaml", "--format", "json", code=2).document
    assert told["exit_code"] == 2
    assert told["problems"][0].startswith("lab.yaml:1:29: ")
    unknown = labctl("down", labctl.lab, "--format=json", code=2).document
    assert labctl.lab in unknown["error"]


@pytest.mark.parametrize("command", ["check", "up", "run"])
def test_no_file(labctl: Labctl, command: str) -> None:
    assert "nothing.yaml" in labctl(command, "nothing.yaml", code=2).err


@pytest.mark.parametrize("command", ["logs", "down"])
def test_no_lab_of_that_name(labctl: Labctl, command: str) -> None:
    arguments = ("--lab", labctl.lab) if command == "logs" else (labctl.lab,)
    assert f"there is no lab '{labctl.lab}'" in labctl(command, *arguments, code=2).err


@pytest.fixture
def two_labs(labctl: Labctl, engine: DockerEngine) -> Iterator[tuple[str, str]]:
    """Two labs that are up."""
    names = (f"{labctl.lab}a", f"{labctl.lab}b")
    for name in names:
        labctl("up", *labctl.named("200m", *SMALL, f"name={name}"))
    yield names
    for name in names:
        labctl("down", name, "--purge")
        assert engine.observe(name) == Observed()


@pytest.mark.parametrize("command", ["logs", "down"])
def test_several_labs_and_none_named(
    labctl: Labctl, two_labs: tuple[str, str], command: str
) -> None:
    ended = labctl(command, code=2)
    assert "several labs are up" in ended.err
    assert all(name in ended.err for name in two_labs)


def test_drives_larger_than_the_memory_left(labctl: Labctl, engine: DockerEngine) -> None:
    ended = labctl("up", *labctl.named("200m", "minio.size=100t"), code=3)
    assert "the drives take 100 TiB" in ended.err
    assert "--force" in ended.err
    assert engine.observe(labctl.lab) == Observed()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens on."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_port_taken_by_another_program(
    labctl: Labctl, engine: DockerEngine, taken_port: int
) -> None:
    ended = labctl("up", *labctl.named("200m", f"minio.ports={{api: {taken_port}}}"), code=3)
    assert f"port {taken_port}" in ended.err
    assert "another program" in ended.err
    assert "--set minio.ports=auto" in ended.err
    assert engine.observe(labctl.lab) == Observed()


def test_a_port_taken_by_a_container(labctl: Labctl, take_down: None, engine: DockerEngine) -> None:
    made = labctl("up", *labctl.named("200m", *SMALL), "--format", "json").document
    port = made["urls"]["api"].rpartition(":")[2]
    other = f"{labctl.lab}x"
    pinned = (*SMALL, f"minio.ports={{api: {port}}}", f"name={other}")
    ended = labctl("up", *labctl.named("200m", *pinned), code=3)
    assert f"labctl-{labctl.lab}-minio" in ended.err
    assert engine.observe(other) == Observed()


def test_no_engine(labctl: Labctl) -> None:
    for arguments in (("up", "200m"), ("run", "200m"), ("ps",), ("logs",), ("down",)):
        ended = labctl(*arguments, code=3, env=NO_ENGINE)
        assert "no Docker engine answers at unix:///nowhere/docker.sock" in ended.err
        assert "hint: " in ended.err


def test_a_dry_run_without_an_engine(labctl: Labctl) -> None:
    ended = labctl("up", "200m", "--dry-run", env=NO_ENGINE)
    assert "start container labctl-200m-uploader" in ended.out
    assert "planned as on an empty engine" in ended.out


def test_an_image_that_exists_nowhere(labctl: Labctl, engine: DockerEngine) -> None:
    image = "minio.image=registry.invalid/minio:none"
    ended = labctl("up", *labctl.named("200m", image), code=3)
    for reason in ("not present", "not pulled", "not built"):
        assert reason in ended.err
    assert engine.observe(labctl.lab) == Observed()


@pytest.mark.parametrize("command", ["up", "run"])
def test_a_server_that_ends_at_start(labctl: Labctl, engine: DockerEngine, command: str) -> None:
    broken = "minio.env={MINIO_STORAGE_CLASS_STANDARD: 'EC:99'}"
    ended = labctl(command, *labctl.named("200m", *SMALL, broken), code=4)
    assert "ended with exit code 1" in ended.err
    assert "  | " in ended.err
    assert engine.observe(labctl.lab) == Observed()
    log = labctl.folder / "runs" / labctl.lab / "latest" / "logs" / "minio.log"
    assert log.read_text()


def test_a_server_that_is_killed_for_memory(labctl: Labctl, engine: DockerEngine) -> None:
    slow = ("client.pace=50ms", "files={some: {count: 150, size: 1MiB}}")
    run = labctl.start("run", *labctl.named("200m", *slow))
    assert run.stdout is not None
    while not run.stdout.readline().startswith("upload "):
        assert run.poll() is None
    _shrink_memory(f"labctl-{labctl.lab}-minio")
    out, err = run.communicate(timeout=60)
    assert run.returncode == 4, out + err
    assert "was killed for memory" in err
    assert engine.observe(labctl.lab) == Observed()


def _shrink_memory(name: str) -> None:
    """Leave a container less than it needs, as a drive that grew would."""
    with contextlib.closing(docker.from_env()) as client:
        api = client.api
        used = api.stats(name, stream=False, one_shot=True)["memory_stats"]["usage"]
        api.update_container(name, mem_limit=used + 2**24, memswap_limit=used + 2**24)


def test_a_server_that_is_not_healthy_in_time(labctl: Labctl, engine: DockerEngine) -> None:
    ended = labctl("up", *labctl.named("200m", *SMALL), "--timeout", "10ms", code=4)
    assert "was not healthy within 10 ms" in ended.err
    assert "--timeout" in ended.err
    assert engine.observe(labctl.lab) == Observed()


def test_a_step_that_takes_too_long(labctl: Labctl, engine: DockerEngine) -> None:
    slow = ("client.pace=1s", "steps=[{upload: all, within: 2s}]")
    ended = labctl("run", *labctl.named("200m", *slow), code=4)
    assert "did not end within 2.0 s" in ended.err
    assert engine.observe(labctl.lab) == Observed()


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "200m", "--timeout", "soon"),
        ("up", "200m", "--set", "minio.size"),
        ("up", "200m", "--set", "minio.colour=red"),
        ("logs", "--since", "yesterday"),
        ("down", "some", "--all"),
        ("files", "make", "x", "--size", "big"),
        ("nonsense",),
    ],
)
def test_a_command_that_makes_no_sense(labctl: Labctl, arguments: tuple[str, ...]) -> None:
    assert labctl(*arguments, code=2).err


def test_evidence_that_cannot_be_written(labctl: Labctl, engine: DockerEngine) -> None:
    (labctl.folder / "runs").write_text("a file, not a folder")
    ended = labctl("up", *labctl.named("200m", *SMALL), code=2)
    assert "--runs" in ended.err
    assert engine.observe(labctl.lab) == Observed()


def test_init_leaves_what_is_there(labctl: Labctl) -> None:
    labctl("init", "mine")
    changed = Path(labctl.folder, "mine", "200m.yaml")
    changed.write_text(changed.read_text() + "# mine\n")
    again = labctl("init", "mine").out
    assert "left alone" in again
    assert changed.read_text().endswith("# mine\n")
    labctl("check", "mine/200m.yaml")
