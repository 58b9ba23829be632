"""Programs that recipes run, and the folder that they run in."""

import threading
from dataclasses import replace

import pytest

from labctl.errors import Interrupted, NoImage
from labctl.images import cache, programs
from labctl.images.programs import Programs
from labctl.images.source import Work


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
