import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labctl.app.observer import next_tick, read_drives, sample
from labctl.app.records import DriveSample
from labctl.events import parse_record
from tests.unit.app.fake_s3 import Program

LIMIT = 60


class Observer:
    """The observer as a program of its own."""

    def __init__(self, program: Program, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*program.argv, "labctl.app.observer", *arguments],
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def samples(self) -> Iterator[DriveSample]:
        assert self.process.stdout
        for line in self.process.stdout:
            record = parse_record(line)
            assert isinstance(record, DriveSample)
            yield record

    def finish(self) -> tuple[int, str]:
        with self.process:
            self.process.send_signal(signal.SIGTERM)
            _, complaints = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, complaints


def test_samples_every_drive_until_sigterm(program: Program, tmp_path: Path) -> None:
    observer = Observer(program, f"minio/data1={tmp_path}", "minio/data2=/")
    samples = observer.samples()
    seen = [next(samples) for _ in range(6)]
    assert observer.finish() == (0, "")
    assert [record.drive for record in seen] == ["minio/data1", "minio/data2"] * 3
    assert seen[0].time < seen[2].time < seen[4].time
    assert 0 < seen[0].free <= seen[0].size


def test_a_drive_that_fails_is_one_plain_line(program: Program, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    observer = Observer(program, f"bad={missing}", f"good={tmp_path}")
    samples = observer.samples()
    assert {next(samples).drive for _ in range(3)} == {"good"}
    code, complaints = observer.finish()
    assert code == 0
    assert complaints.count("\n") == 1
    assert complaints.startswith("bad cannot be read: ")


def test_a_drive_that_comes_back_is_sampled_again(program: Program, tmp_path: Path) -> None:
    late = tmp_path / "late"
    observer = Observer(program, f"late={late}")
    assert observer.process.stderr
    assert "cannot be read" in observer.process.stderr.readline()
    late.mkdir()
    assert next(observer.samples()).drive == "late"
    assert observer.finish() == (0, "")


def test_arguments_without_sense_are_exit_code_2(program: Program) -> None:
    observer = Observer(program, "minio/data1")
    _, complaints = observer.process.communicate(timeout=LIMIT)
    assert observer.process.returncode == 2
    assert complaints == "observer: give drives as NAME=PATH, each name once\n"


@pytest.mark.parametrize("arguments", [[], ["a"], ["=/x"], ["a="], ["a=/x", "a=/y"], ["a=/x", "b"]])
def test_drives_without_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match="NAME=PATH"):
        read_drives(arguments)


def test_a_path_may_hold_an_equals_sign() -> None:
    assert read_drives(["a=/x=y"]) == {"a": "/x=y"}


def test_a_sample_counts_bytes_and_inodes() -> None:
    seen = sample("root", "/")
    assert seen.size > seen.free > 0
    assert seen.inodes >= seen.inodes_free


def test_ticks_keep_to_their_grid_and_missed_ones_are_left_out() -> None:
    assert next_tick(10.0, 10.0, 1.0) == 11.0
    assert next_tick(10.0, 10.9, 1.0) == 11.0
    assert next_tick(10.0, 11.0, 1.0) == 12.0
    assert next_tick(10.0, 14.5, 1.0) == 15.0
    assert next_tick(10.0, 9.9, 1.0) == 11.0


def test_the_observer_does_not_load_the_client() -> None:
    code = (
        "import sys, labctl.app.observer; print('minio' in sys.modules, 'urllib3' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
