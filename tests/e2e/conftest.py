"""Labs on the real engine: each test has a lab of its own name and leaves nothing behind."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labctl.engine.docker import DockerEngine, connect
from labctl.images.catalog import default_references
from labctl.images.obtain import obtain
from labctl.resources import Observed


@dataclass(frozen=True)
class Ended:
    """How a labctl command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Labctl:
    """Runs labctl in a folder, as a user would."""

    folder: Path
    lab: str
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(
        self,
        *arguments: str,
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Ended:
        """Run to the end; `code` is the exit code that must come, None for any."""
        done = subprocess.run(
            [sys.executable, "-m", "labctl", *arguments],
            cwd=self.folder,
            env=os.environ | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert code is None or done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start and do not wait."""
        process = subprocess.Popen(
            [sys.executable, "-m", "labctl", *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what was started and still runs, as after a failed test."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def named(self, file: str, *overrides: str) -> tuple[str, ...]:
        """Arguments that make a lab of this test's name on free ports."""
        wanted = (f"name={self.lab}", "minio.ports=auto", *overrides)
        return (file, *(word for override in wanted for word in ("--set", override)))


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """The real engine, with the images that labs need."""
    engine = connect()
    obtain(engine, default_references(), lambda _: None)
    yield engine
    engine.close()


@pytest.fixture
def lab_name() -> str:
    """A name that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
def labctl(tmp_path: Path, engine: DockerEngine, lab_name: str) -> Iterator[Labctl]:
    """labctl in an empty folder; afterwards nothing of the test's lab may be left, and what a
    failed test left is removed."""
    command = Labctl(tmp_path, lab_name)
    yield command
    command.end()
    left = engine.observe(lab_name)
    if left:
        command("down", lab_name, "--purge", "--force", code=None)
    assert left == Observed(), f"left behind: {[seen.name for seen in left.everything()]}"


@pytest.fixture
def take_down(labctl: Labctl) -> Iterator[None]:
    """Takes the test's lab down at its end: for tests that leave it up on purpose."""
    yield
    labctl("down", labctl.lab, "--purge", "--force", code=None)
