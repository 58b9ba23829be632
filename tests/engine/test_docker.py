"""What Docker alone does: safe defaults on a real container, ports, images from files."""

import json
import os
import socket
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from labctl.engine.base import FileEntry
from labctl.engine.docker import DockerEngine
from labctl.engine.docker_connect import find_address
from labctl.errors import EngineError, PortTaken
from labctl.resources import Container, HealthCheck, Mount, Port, State
from tests.engine.lab import WAITS, Lab


@pytest.fixture
def sdk() -> Iterator[docker.APIClient]:
    """The SDK itself, to see what was really made."""
    address = find_address(os.environ)
    with docker.APIClient(base_url=address.url, tls=address.tls or False) as client:
        yield client


def test_containers_are_made_safe(docker_lab: Lab, sdk: docker.APIClient, image: str) -> None:
    volume, network = docker_lab.volume(size=2**20), docker_lab.network()
    name = docker_lab.container(
        image,
        network=network.name,
        aliases=("minio",),
        ports=(Port(9000),),
        mounts=(Mount(volume.name, "/data"), Mount(volume.name, "/seen", read_only=True)),
        health=HealthCheck(("python3", "-V"), interval=0.5, start_period=30),
        memory=64 * 2**20,
        pids=77,
        stop_grace=3,
    )
    found: dict[str, Any] = sdk.inspect_container(name)
    config, host = found["Config"], found["HostConfig"]
    assert config["User"] == "1000:1000"
    assert config["StopTimeout"] == 3
    assert config["Healthcheck"]["Test"] == ["CMD", "python3", "-V"]
    assert config["Healthcheck"]["Interval"] == 500_000_000
    assert config["Healthcheck"]["StartPeriod"] == 30_000_000_000
    assert host["CapDrop"] == ["ALL"]
    assert host["ReadonlyRootfs"] is True
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Privileged"] is False
    assert (host["Memory"], host["MemorySwap"]) == (64 * 2**20, 64 * 2**20)
    assert host["PidsLimit"] == 77
    assert host["LogConfig"]["Type"] == "json-file"
    assert host["LogConfig"]["Config"] == {"max-size": "100m", "max-file": "3"}
    assert host["NetworkMode"] == network.name
    [binding] = host["PortBindings"]["9000/tcp"]
    assert binding["HostIp"] == "127.0.0.1"
    assert {mount["Destination"]: mount["RW"] for mount in found["Mounts"]} == {
        "/data": True,
        "/seen": False,
    }
    assert {mount["Type"] for mount in found["Mounts"]} == {"volume"}
    assert "minio" in found["NetworkSettings"]["Networks"][network.name]["Aliases"]


LOOKS = """
import os, pathlib, json
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
drive, tmp = os.statvfs("/data"), os.statvfs("/tmp")
def refuses(path):
    try:
        pathlib.Path(path).touch()
    except OSError:
        return True
    return False
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "caps": status["CapBnd"], "nnp": status["NoNewPrivs"],
    "drive": drive.f_blocks * drive.f_frsize, "inodes": drive.f_files,
    "tmp": tmp.f_blocks * tmp.f_frsize, "owner": os.stat("/data").st_uid,
    "mode": oct(os.stat("/tmp").st_mode & 0o7777),
    "root": refuses("/etc/file"), "writes": not refuses("/data/file") and not refuses("/tmp/file"),
}))
"""


CAPABILITIES = """
lines = open("/proc/self/status").read().splitlines()
print(*(line.split("\\t")[1] for line in lines if line.startswith("Cap")))
"""
SYS_ADMIN = f"{1 << 21:016x}"


@pytest.mark.parametrize(
    ("capabilities", "user", "effective", "allowed"),
    [
        (("SYS_ADMIN",), "0:0", SYS_ADMIN, SYS_ADMIN),
        (("SYS_ADMIN",), "1000:1000", "0" * 16, SYS_ADMIN),
        ((), "0:0", "0" * 16, "0" * 16),
        ((), "1000:1000", "0" * 16, "0" * 16),
    ],
)
def test_a_container_has_the_capabilities_that_it_was_given_and_no_others(
    docker_lab: Lab,
    image: str,
    capabilities: tuple[str, ...],
    user: str,
    effective: str,
    allowed: str,
) -> None:
    name = docker_lab.run(image, CAPABILITIES, capabilities=capabilities, user=user)
    assert docker_lab.engine.wait(name, 20) == 0
    [line] = docker_lab.engine.logs(name)
    _inherited, _permitted, found, bounding, ambient = line.text.split()
    assert (found, bounding, ambient) == (effective, allowed, "0" * 16)


def test_a_container_with_a_capability_is_safe_otherwise(
    docker_lab: Lab, sdk: docker.APIClient, image: str
) -> None:
    name = docker_lab.container(image, capabilities=("SYS_ADMIN",))
    host = sdk.inspect_container(name)["HostConfig"]
    assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], ["SYS_ADMIN"])
    assert host["SecurityOpt"] == ["no-new-privileges", "apparmor=unconfined"]
    assert (host["Privileged"], host["ReadonlyRootfs"]) == (False, True)


TAKES_MEMORY = "print(len(bytearray(b'x') * (100 * 2**20)))"


def test_a_memory_limit_that_was_raised_holds(
    docker_lab: Lab, sdk: docker.APIClient, image: str
) -> None:
    engine, small, large = docker_lab.engine, 48 * 2**20, 256 * 2**20
    made = docker_lab.container(image, TAKES_MEMORY, "made", memory=small)
    runs = docker_lab.run(image, WAITS, "runs", memory=small)
    assert engine.exec(runs, ("python3", "-c", TAKES_MEMORY)).exit_code == 137
    for name in (made, runs):
        engine.limit_memory(name, large)
        host = sdk.inspect_container(name)["HostConfig"]
        assert (host["Memory"], host["MemorySwap"]) == (large, large)
    assert engine.exec(runs, ("python3", "-c", TAKES_MEMORY)).exit_code == 0
    engine.start(made)
    assert engine.wait(made, 20) == 0


def test_the_container_finds_what_it_was_promised(docker_lab: Lab, image: str) -> None:
    size = 7 * 2**20 + 4096
    volume = docker_lab.volume(size=size, inodes=123)
    name = docker_lab.run(image, LOOKS, mounts=(Mount(volume.name, "/data"),))
    engine = docker_lab.engine
    engine.wait(name, 20)
    engine.start(name)
    engine.wait(name, 20)
    first, second = (json.loads(line.text) for line in engine.logs(name))
    assert first == second == {
        "uid": 1000,
        "gid": 1000,
        "caps": "0" * 16,
        "nnp": "1",
        "drive": size,
        "inodes": 123,
        "tmp": 64 * 2**20,
        "owner": 1000,
        "mode": "0o1777",
        "root": True,
        "writes": True,
    }  # fmt: skip


def test_an_image_of_the_users_own_may_opt_out(docker_lab: Lab, image: str) -> None:
    code = "import os; open('/file', 'w').close(); print(os.getuid())"
    name = docker_lab.run(image, code, user="0:0", read_only=False)
    assert docker_lab.engine.wait(name, 20) == 0
    assert [line.text for line in docker_lab.engine.logs(name)] == ["0"]


def test_a_container_without_a_network_has_none(docker_lab: Lab, image: str) -> None:
    name = docker_lab.run(image, "import socket; print(len(socket.if_nameindex()))")
    docker_lab.engine.wait(name, 20)
    assert [line.text for line in docker_lab.engine.logs(name)] == ["1"]


def test_a_containers_alias_is_its_name_in_the_network(docker_lab: Lab, image: str) -> None:
    network = docker_lab.network().name
    name = docker_lab.run(image, WAITS, network=network, aliases=("minio",))
    code = "import socket; print(socket.gethostbyname('minio') == socket.gethostbyname('minio'))"
    assert docker_lab.engine.exec(name, ("python3", "-c", code)).stdout == b"True\n"


def test_a_container_that_shares_an_address_knows_the_same_names(
    docker_lab: Lab, image: str
) -> None:
    network = docker_lab.network().name
    docker_lab.run(image, WAITS, "minio", network=network, aliases=("minio",))
    shared = docker_lab.run(image, WAITS, "shared", network=network, aliases=("observer",))
    code = "import socket; print(*map(socket.gethostbyname, ('minio', 'observer')))"
    seen = docker_lab.engine.exec(shared, ("python3", "-c", code)).stdout.decode().strip()
    name = docker_lab.run(image, code, "beside", network=network, shares=shared)
    assert docker_lab.engine.wait(name, 20) == 0
    assert [line.text for line in docker_lab.engine.logs(name)] == [seen]


def test_being_killed_for_memory_is_told(docker_lab: Lab, image: str) -> None:
    name = docker_lab.run(image, "b = b'x' * 2**27", memory=24 * 2**20)
    assert docker_lab.engine.wait(name, 20) == 137
    assert docker_lab.engine.inspect(name).oom_killed


def test_a_command_that_is_not_in_the_image(docker_lab: Lab, image: str) -> None:
    name = docker_lab.named("main")
    made = Container(name, docker_lab.labels("main"), image, ("/nowhere/none",))
    docker_lab.engine.create(made)
    with pytest.raises(EngineError, match="/nowhere/none"):
        docker_lab.engine.start(name)
    assert docker_lab.engine.inspect(name).state is State.CREATED


def test_a_port_of_another_program_is_taken(docker_lab: Lab, image: str) -> None:
    network = docker_lab.network().name
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        name = docker_lab.container(image, network=network, ports=(Port(80, port),))
        with pytest.raises(PortTaken, match=f"{port} .*another program") as caught:
            docker_lab.engine.start(name)
    assert caught.value.port == port
    docker_lab.engine.start(name)


def test_a_picked_port_that_is_taken_meanwhile_is_picked_again(docker_lab: Lab, image: str) -> None:
    network = docker_lab.network().name
    name = docker_lab.container(image, WAITS, network=network, ports=(Port(80),))
    first = docker_lab.engine.inspect(name).ports[80]
    with socket.create_server(("127.0.0.1", first)):
        docker_lab.engine.start(name)
        assert docker_lab.listed(name).ports[80] != first
    assert len(docker_lab.engine.observe(docker_lab.name).containers) == 1


def test_files_belong_to_the_labs_user(docker_lab: Lab, image: str, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("content")
    (tmp_path / "script").chmod(0o700)
    volume = docker_lab.volume()
    code = (
        "import os\nfor p in ('', '/script'):\n    s = os.stat('/data/sub' + p)\n"
        "    print(s.st_uid, s.st_gid, oct(s.st_mode & 0o777))"
    )
    name = docker_lab.container(image, code, mounts=(Mount(volume.name, "/data"),))
    entry = FileEntry(tmp_path / "script", "sub/script")
    docker_lab.engine.put(name, "/data", [entry])
    docker_lab.engine.start(name)
    docker_lab.engine.wait(name, 20)
    said = [line.text for line in docker_lab.engine.logs(name)]
    assert said == ["1000 1000 0o755", "1000 1000 0o644"]


def test_a_root_file_system_becomes_an_image(docker_engine: DockerEngine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(10_000))
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        archive.add(tmp_path / "file", "file")
    tag = f"labctl-test/{uuid.uuid4().hex[:12]}:1"
    changes = ('ENTRYPOINT ["/file"]', "LABEL labctl.image=abc labctl.how=built")
    docker_engine.import_image(tmp_path / "root.tar", tag, changes)
    try:
        found = docker_engine.find_image(tag)
        assert found is not None
        assert found.labels == {"labctl.image": "abc", "labctl.how": "built"}
        assert found.tags == (tag,)
    finally:
        docker_engine.remove_image(tag)


def test_what_is_no_archive_becomes_no_image(docker_engine: DockerEngine, tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(b"nonsense" * 1000)
    with pytest.raises(EngineError, match="labctl-test/none:1"):
        docker_engine.import_image(tmp_path / "root.tar", "labctl-test/none:1", ())
    assert docker_engine.find_image("labctl-test/none:1") is None


def test_a_build_that_fails_says_what_it_printed(
    docker_engine: DockerEngine, image: str, tmp_path: Path
) -> None:
    script = "print('so far'); raise SystemExit(9)"
    (tmp_path / "Recipe").write_text(f'FROM {image}\nRUN ["python3", "-c", "{script}"]\n')
    with pytest.raises(EngineError, match=r"(?s)labctl-test/none:1.*code: 9.*so far"):
        list(docker_engine.build_image(tmp_path, "Recipe", "labctl-test/none:1", {}))


def test_memory_is_asked_for_in_a_container_of_a_far_engine(
    docker_engine: DockerEngine, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = docker_engine.memory_available(image)
    monkeypatch.setattr(DockerEngine, "_is_here", lambda self: False)
    assert docker_engine.memory_available(image) == pytest.approx(here, rel=0.2)
