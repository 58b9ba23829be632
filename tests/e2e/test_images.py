"""Images on the real engine; pulls come from a registry on loopback."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import docker
import pytest

from labctl.engine.docker import DockerEngine
from labctl.errors import NoImage
from labctl.images.app import app_reference
from labctl.images.obtain import obtain
from labctl.images.source import Progress
from labctl.labfile.lab import DEFAULT_IMAGE
from labctl.resources import Container

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def registry_program() -> Path:
    """Debian's docker-registry: installed, or unpacked from its package without installing it."""
    installed = shutil.which("docker-registry")
    if installed is not None:
        return Path(installed)
    build = REPOSITORY / ".build"
    build.mkdir(exist_ok=True)
    program = build / "docker-registry" / "usr" / "bin" / "docker-registry"
    with (build / "docker-registry.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            unpack_registry(build / "docker-registry")
    return program


def unpack_registry(folder: Path) -> None:
    """Download the package and unpack it: an installation would start a service."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "-q", "update"], check=True, timeout=200)
        os.chown(folder, pwd.getpwnam("_apt").pw_uid, -1)
    subprocess.run(["apt-get", "download", "docker-registry"], cwd=folder, check=True, timeout=200)
    [package] = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True, timeout=60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    """Whether a registry answers there."""
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of an empty registry, which ends with the tests."""
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    settings = folder / "registry.yml"
    settings.write_text(CONFIGURATION.format(folder=folder / "data", port=port))
    environment = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [registry_program(), "serve", settings],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 30
        while not answers(f"127.0.0.1:{port}"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@dataclass(frozen=True)
class Published:
    """An image that a registry holds and the engine does not."""

    reference: str
    digest: str
    id: str


@pytest.fixture
def published(registry: str, engine: DockerEngine, tmp_path: Path) -> Iterator[Published]:
    """A small image, made, pushed, and removed from the engine."""
    name, tag = f"{registry}/maker/thing", uuid.uuid4().hex[:8]
    reference = f"{name}:{tag}"
    engine.import_image(small_root(tmp_path, tag), reference, ('CMD ["/nothing"]',))
    made = engine.find_image(reference)
    assert made is not None
    api = docker.from_env().api
    try:
        pushed = list(api.push(name, tag=tag, stream=True, decode=True))
        digest = next(line["aux"]["Digest"] for line in pushed if "aux" in line)
        engine.remove_image(reference)
        assert engine.find_image(made.id) is None
        yield Published(reference, f"{name}@{digest}", made.id)
    finally:
        api.close()
        for held in (reference, f"{name}@{digest}"):
            engine.remove_image(held)
    assert engine.find_image(made.id) is None


def small_root(folder: Path, content: str) -> Path:
    """A root file system of one small file, as a tar."""
    root = folder / "root.tar"
    with tarfile.open(root, "w") as tar:
        entry = tarfile.TarInfo("nothing")
        entry.size = len(content)
        tar.addfile(entry, BytesIO(content.encode()))
    return root


def refuse(step: Progress) -> None:
    """Where nothing is to be done, nothing is told."""
    pytest.fail(f"not expected: {step}")


def test_pulled_then_present(engine: DockerEngine, published: Published) -> None:
    told: list[Progress] = []
    pulled = obtain(engine, (published.reference,), told.append)[published.reference]
    assert (pulled.how, pulled.tag, pulled.id) == ("pulled", published.reference, published.id)
    assert pulled.release == published.reference.rpartition(":")[2]
    assert any("pulling" in step.text for step in told)
    again = obtain(engine, (published.reference,), refuse)[published.reference]
    assert (again.how, again.id) == ("present", published.id)


def test_pulled_by_digest(engine: DockerEngine, published: Published) -> None:
    used = obtain(engine, (published.digest,), lambda _: None)[published.digest]
    assert (used.how, used.id) == ("pulled", published.id)


def test_what_the_registry_lacks(engine: DockerEngine, registry: str) -> None:
    reference = f"{registry}/maker/missing:1"
    with pytest.raises(NoImage) as caught:
        obtain(engine, (reference,), lambda _: None)
    assert f"there is no image {reference}\n  not present: " in caught.value.message
    assert "\n  not pulled: " in caught.value.message
    assert "\n  not built: labctl has no recipe for it" in caught.value.message
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("registry_name", ["registry.invalid", "127.0.0.1:9"])
def test_a_registry_that_is_not_there_fails_in_seconds(
    engine: DockerEngine, registry_name: str
) -> None:
    began = time.monotonic()
    with pytest.raises(NoImage, match="not pulled: "):
        obtain(engine, (f"{registry_name}/maker/thing:1",), lambda _: None)
    assert time.monotonic() - began < 20


def test_images_of_a_lab_hold_what_they_say(engine: DockerEngine) -> None:
    used = obtain(engine, (DEFAULT_IMAGE, app_reference()), refuse)
    minio, app = used[DEFAULT_IMAGE], used[app_reference()]
    assert minio.release == DEFAULT_IMAGE.rpartition(":")[2]
    assert minio.release in output_of(engine, minio.tag, ("minio", "--version"))
    assert "mc version" in output_of(engine, minio.tag, ("mc", "--version"))
    assert app.how == "built"
    program = "import minio, os, labctl.app; print(os.getuid(), os.access('/opt/labctl', os.W_OK))"
    assert output_of(engine, app.tag, ("python3", "-c", program)) == "1000 False"


def output_of(engine: DockerEngine, image: str, command: tuple[str, ...]) -> str:
    """What a command prints in a container of its own."""
    name = f"labctl-test-{uuid.uuid4().hex[:10]}"
    labels = {"labctl.lab": name, "labctl.role": "probe"}
    engine.create(Container(name=name, labels=labels, image=image, command=command))
    try:
        engine.start(name)
        engine.wait(name, 60.0)
        return "\n".join(line.text for line in engine.logs(name)).strip()
    finally:
        engine.remove(engine.inspect(name))
