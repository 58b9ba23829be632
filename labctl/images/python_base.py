"""The Python base of Dockerfile.app: the official one, else Debian's Python by mmdebstrap."""

import os
import shutil

from labctl import labels
from labctl.errors import NoImage
from labctl.images.cache import locked, work_folder
from labctl.images.source import BUILT, Place, Source, Work

REFERENCE = "python:3.11-slim-bookworm"
BUILT_TAG = "labctl/python:3.11-bookworm"
PYTHON = "3.11"
_INCLUDE = "python3,python3-venv,ca-certificates"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_DEBIAN_NAMES = {"386": "i386", "arm": "armhf", "ppc64le": "ppc64el"}
_RECIPE = labels.spec_hash([PYTHON, _INCLUDE, _LEFT_OUT])


def python_source() -> Source:
    """Where the Python base can come from."""
    return Source(
        REFERENCE, "the Python base", PYTHON, built=BUILT_TAG, recipe=_RECIPE, build=build
    )


def build(place: Place, work: Work) -> None:
    """Build the base for the engine's architecture. Raises NoImage or EngineError."""
    program = _find_mmdebstrap(work)
    architecture = place.describe().architecture
    with work_folder("python") as folder:
        root = folder / "root.tar"
        argv = (
            program,
            "--variant=minbase",
            f"--include={_INCLUDE}",
            f"--architectures={_DEBIAN_NAMES.get(architecture, architecture)}",
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
            "bookworm",
            str(root),
        )
        for line in work.programs.lines(argv):
            work.say(line or "mmdebstrap is at work")
        work.say("importing the root file system")
        place.import_image(root, BUILT_TAG, _changes())


def _changes() -> tuple[str, ...]:
    marks = f"{labels.HOW}={BUILT} {labels.IMAGE}={_RECIPE} {labels.RELEASE}={PYTHON}"
    return (
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        'CMD ["python3"]',
        f"LABEL {marks}",
    )


def _find_mmdebstrap(work: Work) -> str:
    """mmdebstrap, installed where this is a Debian or Ubuntu and root asks."""
    found = shutil.which("mmdebstrap")
    apt = shutil.which("apt-get")
    if found is None and (apt is None or os.geteuid() != 0):
        raise NoImage("mmdebstrap is missing; on Debian or Ubuntu: apt-get install mmdebstrap")
    if found is None and apt is not None:
        with locked("apt", work):
            found = shutil.which("mmdebstrap") or _install_mmdebstrap(apt, work)
    if found is None:
        raise NoImage("mmdebstrap was installed but is not to be found")
    return found


def _install_mmdebstrap(apt: str, work: Work) -> str | None:
    work.say("installing Debian's mmdebstrap, which this machine lacks")
    environment = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    packages = ("mmdebstrap", "debian-archive-keyring")
    lock_wait = ("-o", "DPkg::Lock::Timeout=120")
    install = ("install", "-y", "--no-install-recommends")
    for argv in ((apt, *lock_wait, "update"), (apt, *lock_wait, *install, *packages)):
        for line in work.programs.lines(argv, environment):
            work.say(line)
    return shutil.which("mmdebstrap")
