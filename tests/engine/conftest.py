"""One suite, every engine: `engine` is a Docker daemon, then the engine in memory."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from labctl.engine.base import Engine, ExecResult
from labctl.engine.docker import DockerEngine, connect
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Running
from labctl.images.app import app_reference
from labctl.images.obtain import obtain
from tests.engine.lab import Lab


class PythonHere:
    """Plays `python3 -c CODE` of containers in memory with this machine's Python.

    Files that were copied into a container lie in a folder of its own, which takes the place of
    the container's `/data` in the code.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.engine: MemoryEngine | None = None

    def run(self, running: Running) -> int:
        """Be a container's main program."""
        container = running.container
        argv = self._argv(container.name, container.command, running.files)
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            readers = [
                threading.Thread(target=_pump, args=(process.stdout, running, "stdout")),
                threading.Thread(target=_pump, args=(process.stderr, running, "stderr")),
            ]
            for reader in readers:
                reader.start()
            code = _attend(process, running)
            for reader in readers:
                reader.join()
        return code

    def answer(self, name: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        """Be a command inside a container."""
        assert self.engine is not None
        argv = tuple(self._argv(name, argv, self.engine.files(name)))
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=20)
        return ExecResult(done.returncode, done.stdout, done.stderr)

    def _argv(self, name: str, argv: tuple[str, ...], files: Mapping[str, bytes]) -> list[str]:
        assert argv[:2] == ("python3", "-c")
        own = self._folder / name
        for path, content in files.items():
            place = own / path.removeprefix("/data/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return [sys.executable, "-c", argv[2].replace("/data", str(own))]


def _pump(source: IO[str] | None, running: Running, stream: str) -> None:
    assert source is not None
    for line in source:
        running.say(line.removesuffix("\n"), stream)


def _attend(process: subprocess.Popen[str], running: Running) -> int:
    terminated = False
    while process.poll() is None:
        if running.killed.wait(0.01):
            process.kill()
        elif running.asked_to_stop.is_set() and not terminated:
            process.terminate()
            terminated = True
    code = process.wait()
    return code if code >= 0 else 128 - code


@pytest.fixture(scope="session")
def image() -> str:
    """An image that holds python3: labctl's own, got where it is missing."""
    name = app_reference()
    with closing(connect()) as engine:
        obtain(engine, (name,), lambda _: None)
    return name


@pytest.fixture
def docker_engine() -> Iterator[DockerEngine]:
    """The Docker engine that answers here."""
    engine = connect()
    yield engine
    engine.close()


@pytest.fixture
def memory_engine(image: str, tmp_path: Path) -> MemoryEngine:
    """An engine in memory whose containers run Python one-liners."""
    python = PythonHere(tmp_path)
    engine = MemoryEngine(images=[image], default=python.run, answer=python.answer)
    python.engine = engine
    return engine


@pytest.fixture(params=["docker", "memory"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


def _cleared(engine: Engine, name: str) -> Iterator[Lab]:
    lab = Lab(engine, name)
    yield lab
    lab.remove_all()
    assert not engine.observe(name)


@pytest.fixture
def lab(engine: Engine, image: str) -> Iterator[Lab]:
    """A lab of a name of its own, of which nothing is left after the test."""
    yield from _cleared(engine, f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def docker_lab(docker_engine: DockerEngine, image: str) -> Iterator[Lab]:
    """The same on Docker alone."""
    yield from _cleared(docker_engine, f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until a condition holds, and fails where it does not within 20 s."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "did not come true within 20 s"
            time.sleep(0.02)

    return wait
