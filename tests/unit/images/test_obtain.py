"""Where an image comes from: present, pulled, built, and all of them side by side."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labctl import labels
from labctl.errors import EngineError, NoImage
from labctl.images import obtain
from labctl.images.app import app_reference, app_source
from labctl.images.catalog import default_references, source_of
from labctl.images.resolve import resolve
from labctl.images.source import Place, Progress, Source, Work, release_of
from tests.unit.images.store import BUILT_MINIO, MINIO, Store


def built_by(store: Store, *, fails: str = "") -> Source:
    """A source whose build puts the image into the store, or fails."""

    def build(_place: Place, _work: Work) -> None:
        if fails:
            raise NoImage(fails)
        store.calls.append(("build", "labctl/thing:1"))
        store.hold("labctl/thing:1", {labels.IMAGE: "r1", labels.HOW: "built"})

    return Source("maker/thing:1", "thing", "1", "labctl/thing:1", "r1", build)


def refuse(step: Progress) -> None:
    """Where nothing is to be done, nothing is told."""
    pytest.fail(f"not expected: {step}")


def assert_ended(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


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
            lines = work.programs.lines(("sh", "-c", "echo $$; exec sleep 300"))
            for line in filter(None, lines):
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
            lines = work.programs.lines(("sh", "-c", "echo $$; exec sleep 300"))
            for line in filter(None, lines):
                pids.append(int(line))
                signal.pthread_kill(main, signal.SIGINT)

        source = Source("a", "a", "1", "labctl/a", "r", endless, unpullable="no")
        monkeypatch.setattr(obtain, "source_of", lambda _: source)
        # What a script starts in the background inherits that SIGINT is ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                obtain.obtain(Store(), ("a",), lambda _: None)
        finally:
            signal.signal(signal.SIGINT, before)
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
