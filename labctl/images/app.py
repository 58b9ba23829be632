"""The image of labctl/app: Dockerfile.app with a context of what it copies and nothing else."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import labctl
from labctl.assets import asset
from labctl.errors import LabctlError
from labctl.images.cache import work_folder
from labctl.images.python_base import PYTHON, python_source
from labctl.images.resolve import resolve
from labctl.images.source import Place, Source, Work
from labctl.images.toolchain import pip_command

PURPOSE = "uploader and observer"
NAME = "labctl/app"
_DOCKERFILE = "Dockerfile.app"
_REQUIREMENTS = "labctl/app/requirements.txt"
_BUNDLE = "ca-bundle.crt"
_BUNDLE_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_CHATTER = ("--->", "Removing intermediate container")
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "386": "i686", "arm": "armv7l"}
_MANYLINUX = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34")


@cache
def app_reference() -> str:
    """The image of this very labctl/app; another source, lock or Dockerfile has another name.

    Its files are read once: they are of the labctl that runs.
    """
    return f"{NAME}:{labctl.__version__}-{_content_hash()}"


def app_source() -> Source:
    """Where the app's image comes from: it is always built."""
    return Source(
        reference := app_reference(),
        PURPOSE,
        labctl.__version__,
        built=reference,
        recipe=reference.rpartition("-")[2],
        build=lambda place, work: build(reference, place, work),
        unpullable="nobody publishes this image",
    )


def build(reference: str, place: Place, work: Work) -> None:
    """Build the image on a Python base. Raises NoImage or EngineError."""
    base = resolve(python_source(), place, work)
    architecture = place.describe().architecture
    with work_folder("app") as context:
        _copy_files(context)
        recipe = reference.rpartition("-")[2]
        arguments = {"BASE": base.tag, "RECIPE": recipe, "RELEASE": labctl.__version__}
        if not _download_wheels(context / "wheels", architecture, work):
            _take_bundle(context, os.environ)
            arguments |= _proxies(os.environ)
        for line in place.build_image(context, _DOCKERFILE, reference, arguments):
            work.say("" if line.lstrip().startswith(_CHATTER) else line)


def _files() -> dict[str, Path]:
    """All that the image is made of, by its place in the build context."""
    package = Path(labctl.__file__).parent
    sources = sorted((package / "app").rglob("*.py"))
    found = {path.relative_to(package.parent).as_posix(): path for path in sources}
    lock = package.parent / _REQUIREMENTS
    return {_DOCKERFILE: asset(_DOCKERFILE), _REQUIREMENTS: lock} | found


def _content_hash() -> str:
    digest = hashlib.sha256()
    for name, path in sorted(_files().items()):
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:8]


def _copy_files(context: Path) -> None:
    for name, path in _files().items():
        target = context / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o644)


def _download_wheels(folder: Path, architecture: str, work: Work) -> bool:
    """Whether the host got all wheels for the container's Python; else it installs by itself."""
    work.say("downloading the app's wheels")
    machine = _MACHINES.get(architecture, architecture)
    platforms = (f"--platform={prefix}_{machine}" for prefix in _MANYLINUX)
    choice = ("--no-deps", "--require-hashes", "--only-binary=:all:", f"--python-version={PYTHON}")
    lock = str(_files()[_REQUIREMENTS])
    try:
        argv = (*pip_command(work), "download", "--quiet", "--disable-pip-version-check", *choice)
        work.programs.read((*argv, *platforms, "--dest", str(folder), "-r", lock))
    except LabctlError as error:
        work.say(f"no wheels from here, the build fetches them: {error.message}")
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def _take_bundle(context: Path, environment: Mapping[str, str]) -> None:
    """Give the build the certificate authorities that this machine's programs trust."""
    for name in _BUNDLE_VARIABLES:
        bundle = Path(environment.get(name, ""))
        if bundle.is_file():
            shutil.copyfile(bundle, context / _BUNDLE)
            return


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Proxies as build arguments: Docker knows these names and keeps them out of the image."""
    names = (form for name in _PROXY_VARIABLES for form in (name, name.lower()))
    return {name: environment[name] for name in names if environment.get(name)}
