import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labctl.app.observer import read_arguments
from labctl.app.place import PATH
from labctl.app.records import AppRecord, Audit, DriveSample
from labctl.events import parse_record
from tests.unit.app.audits import minio_text
from tests.unit.app.fake_s3 import Program

LIMIT = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Observer:
    """The observer as a program of its own."""

    def __init__(self, program: Program, *drives: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [*program.argv, "labctl.app.observer", str(port), *drives],
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def records(self) -> Iterator[AppRecord]:
        assert self.process.stdout
        for line in self.process.stdout:
            record = parse_record(line)
            assert record is not None
            yield record

    def samples(self) -> Iterator[DriveSample]:
        for record in self.records():
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
    seen = [next(samples) for _ in range(9)]
    assert observer.finish() == (0, "")
    for drive in ("minio/data1", "minio/data2"):
        times = [record.time for record in seen if record.drive == drive]
        assert len(times) > 2
        assert times == sorted(set(times))
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


def test_arguments_in_their_order() -> None:
    assert read_arguments(["8080", "a=/x", "b=/y"]) == (8080, {"a": "/x", "b": "/y"})


@pytest.mark.parametrize("arguments", [[], ["a=/x"], ["-1", "a=/x"], ["65536", "a=/x"], ["80"]])
def test_arguments_without_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match="NAME=PATH"):
        read_arguments(arguments)


def test_audit_records_come_between_the_samples(program: Program, tmp_path: Path) -> None:
    port = free_port()
    observer = Observer(program, f"minio/data1={tmp_path}", port=port)
    next(observer.samples())
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    made.request("POST", PATH, minio_text())
    assert made.getresponse().status == 200
    found = next(record for record in observer.records() if isinstance(record, Audit))
    assert found.object == "a b/ü"
    # The connection is still open, and does not hold the end up.
    began = time.monotonic()
    assert observer.finish() == (0, "")
    assert time.monotonic() - began < 1.0
    made.close()


def test_a_port_that_is_taken_is_exit_code_1(program: Program, tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        observer = Observer(program, f"a={tmp_path}", port=port)
        _, complaints = observer.process.communicate(timeout=LIMIT)
    assert observer.process.returncode == 1
    assert complaints.startswith(f"observer: cannot listen on port {port}: ")


def test_the_observer_does_not_load_the_client() -> None:
    code = (
        "import sys, labctl.app.observer; print('minio' in sys.modules, 'urllib3' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
