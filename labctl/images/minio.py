"""MinIO and mc, built by Go's own module client into an image made FROM scratch."""

import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path

from labctl import labels
from labctl.errors import NoImage
from labctl.images.cache import work_folder
from labctl.images.source import BUILT, Place, Source, Work
from labctl.images.toolchain import Go, find_go

PURPOSE = "MinIO"
BUILT_NAME = "labctl/minio"
_UPSTREAM = "minio/minio"
_TELL_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """A release of MinIO and the Go modules that it is made of."""

    tag: str
    release: str
    version: str
    commit: str
    minio: str
    mc: str
    published: bool


_MC = "github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9"
RECIPES = (
    Recipe(
        tag="RELEASE.2025-09-07T16-13-09Z",
        release="RELEASE.2025-09-07T16-13-09Z",
        version="2025-09-07T16:13:09Z",
        commit="07c3a429bfed433e49018cb0f78a52145d4bedeb",
        minio="github.com/minio/minio@v0.0.0-20250907161309-07c3a429bfed",
        mc=_MC,
        published=True,
    ),
    Recipe(
        tag="head-2026-02-12",
        release="DEVELOPMENT.2026-02-12T20-18-48Z",
        version="2026-02-12T20:18:48Z",
        commit="7aac2a2c5b7c",
        minio="github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
        mc=_MC,
        published=False,
    ),
)


def known_references() -> tuple[str, ...]:
    """The references for which there is a recipe."""
    return tuple(f"{_UPSTREAM}:{recipe.tag}" for recipe in RECIPES)


def minio_source(reference: str) -> Source | None:
    """Where an image of MinIO can come from, or None where there is no recipe for it."""
    recipe = _recipe_for(reference)
    if recipe is None:
        return None
    published = recipe.published and not reference.startswith(BUILT_NAME)
    return Source(
        reference,
        PURPOSE,
        recipe.release,
        built=f"{BUILT_NAME}:{recipe.tag}",
        recipe=recipe_hash(recipe),
        build=lambda place, work: build(recipe, place, work),
        unpullable="" if published else "nobody publishes this image",
    )


def recipe_hash(recipe: Recipe) -> str:
    """Another hash is another image."""
    return labels.spec_hash([astuple(recipe), _changes("")])


def build(recipe: Recipe, place: Place, work: Work) -> None:
    """Build the image for the engine's architecture. Raises NoImage or EngineError."""
    architecture = place.describe().architecture
    go = find_go(work)
    with work_folder("minio") as folder:
        programs = _install(recipe, go, architecture, folder, work)
        work.say("putting minio and mc into an image")
        root = folder / "root.tar"
        _write_root(root, programs)
        marks = f"{labels.IMAGE}={recipe_hash(recipe)} {labels.RELEASE}={recipe.release}"
        place.import_image(root, f"{BUILT_NAME}:{recipe.tag}", _changes(marks))


def _recipe_for(reference: str) -> Recipe | None:
    name, _, tag = reference.removeprefix("docker.io/").partition(":")
    if name not in (_UPSTREAM, BUILT_NAME):
        return None
    return next((recipe for recipe in RECIPES if recipe.tag == tag), None)


def _changes(marks: str) -> tuple[str, ...]:
    return (
        "ENV PATH=/usr/bin",
        "ENV MC_CONFIG_DIR=/tmp/.mc",
        'CMD ["minio"]',
        f"LABEL {labels.HOW}={BUILT} {marks}".strip(),
    )


def _install(
    recipe: Recipe, go: Go, architecture: str, folder: Path, work: Work
) -> dict[str, Path]:
    """Both programs, made side by side; each with a Go path of its own."""
    modules = go_setting(go, "GOMODCACHE", work)
    jobs = {"minio": (recipe.minio, _flags(recipe)), "mc": (recipe.mc, "-s -w")}
    progress = _Progress(work)

    def make(name: str) -> Path:
        environment = go.environment | {
            "CGO_ENABLED": "0",
            "GOOS": "linux",
            "GOARCH": architecture,
            "GOFLAGS": "-mod=mod",
            "GOPATH": str(folder / name),
            "GOMODCACHE": modules,
        }
        environment.pop("GOBIN", None)  # Go refuses it where it builds for another machine
        package, flags = jobs[name]
        argv = (go.program, "install", "-v", "-trimpath", "-ldflags", flags, package)
        progress.follow(name, work.programs.lines(argv, environment, folder))
        return _program(folder / name / "bin", name)

    with ThreadPoolExecutor(len(jobs)) as pool:
        return dict(zip(jobs, pool.map(make, jobs), strict=True))


def go_setting(go: Go, name: str, work: Work) -> str:
    """A setting of the user's Go, for example where it keeps its modules."""
    return work.programs.read((go.program, "env", name), go.environment)


def _flags(recipe: Recipe) -> str:
    told = {"Version": recipe.version, "ReleaseTag": recipe.release, "CommitID": recipe.commit}
    settings = (f"-X github.com/minio/minio/cmd.{name}={value}" for name, value in told.items())
    return " ".join(("-s -w", *settings))


class _Progress:
    """Counts what `go install -v` prints, and tells it about once a second."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._began = self._told = time.monotonic()
        self._downloads = 0
        self._packages: dict[str, int] = {}

    def follow(self, name: str, lines: Iterator[str]) -> None:
        self._packages[name] = 0
        for line in lines:
            downloaded = line.startswith("go: downloading ")
            self._downloads += downloaded
            self._packages[name] += bool(line) and not line.startswith("go: ")
            if time.monotonic() - self._told >= _TELL_EVERY:
                self._tell()
        self._work.say(f"{name} is compiled")

    def _tell(self) -> None:
        self._told = time.monotonic()
        compiled = ", ".join(f"{name} {count}" for name, count in self._packages.items())
        self._work.say(
            f"{self._downloads} modules downloaded, packages compiled: {compiled}; "
            f"{self._told - self._began:.0f} s"
        )


def _program(folder: Path, name: str) -> Path:
    """Go puts a program for another machine one folder deeper."""
    found = next((path for path in folder.rglob(name) if path.is_file()), None)
    if found is None:
        raise NoImage(f"go install ended well but made no {name}")
    return found


def _write_root(root: Path, programs: dict[str, Path]) -> None:
    """A root file system of the programs and a /tmp for all; equal programs give equal bytes."""
    with tarfile.open(root, "w") as tar:
        for folder, mode in (("tmp", 0o1777), ("usr", 0o755), ("usr/bin", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry, BytesIO())
        for name, program in sorted(programs.items()):
            entry = tarfile.TarInfo(f"usr/bin/{name}")
            entry.mode, entry.size = 0o755, program.stat().st_size
            with program.open("rb") as content:
                tar.addfile(entry, content)
