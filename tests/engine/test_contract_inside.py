"""What every engine does alike: commands, output and files inside containers."""

import threading
import time
from pathlib import Path

import pytest

from labctl.engine.base import Engine, FileEntry, LogLine
from labctl.errors import EngineError, EngineTimeout
from labctl.resources import (
    Mount,
)
from tests.engine.lab import WAITS, Lab


def test_a_command_gets_its_input_and_gives_its_output(
    engine: Engine, lab: Lab, image: str
) -> None:
    name = lab.run(image, WAITS)
    code = (
        "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data[::-1]);"
        "print(len(data), file=sys.stderr); sys.exit(7)"
    )
    data = bytes(range(256)) * 8192
    result = engine.exec(name, ("python3", "-c", code), data)
    assert (result.exit_code, result.stderr) == (7, b"2097152\n")
    assert result.stdout == data[::-1]


def test_a_command_may_answer_while_it_is_fed(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, WAITS)
    code = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer, 4096)"
    data = bytes(3 * 2**20)
    assert engine.exec(name, ("python3", "-c", code), data).stdout == data


def test_a_command_that_reads_no_input_ends(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, WAITS)
    result = engine.exec(name, ("python3", "-c", "print('done')"), bytes(4 * 2**20))
    assert (result.exit_code, result.stdout) == (0, b"done\n")


def test_a_command_without_input_finds_its_end(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, WAITS)
    code = "import sys; print(repr(sys.stdin.read()))"
    for _ in range(5):
        result = engine.exec(name, ("python3", "-c", code))
        assert (result.exit_code, result.stdout, result.stderr) == (0, b"''\n", b"")


def test_a_command_has_a_time_limit(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, WAITS)
    began = time.monotonic()
    with pytest.raises(EngineTimeout, match="python3"):
        engine.exec(name, ("python3", "-c", "import time; time.sleep(5)"), timeout=0.4)
    assert time.monotonic() - began < 4


def test_no_command_runs_in_a_container_that_does_not(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.container(image)
    with pytest.raises(EngineError, match="not running"):
        engine.exec(name, ("python3", "-c", ""))


SPEAKS = """
import sys
for number in range(3):
    print("out", number, flush=True)
    print("error", number, file=sys.stderr, flush=True)
print("long", "x" * 40000, flush=True)
print("end", end="", flush=True)
"""


def test_output_comes_in_lines_of_both_streams(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, SPEAKS)
    engine.wait(name, 20)
    lines = list(engine.logs(name))
    out = [line.text for line in lines if line.stream == "stdout"]
    assert out == ["out 0", "out 1", "out 2", "long " + "x" * 40000, "end"]
    assert [line.text for line in lines if line.stream == "stderr"] == [
        "error 0",
        "error 1",
        "error 2",
    ]
    times = [line.time for line in lines if line.stream == "stdout"]
    assert times == sorted(times)
    assert times[0] == pytest.approx(time.time(), abs=60)


def test_output_can_be_cut(engine: Engine, lab: Lab, image: str) -> None:
    code = "import time\nfor n in range(5): print(n, flush=True); time.sleep(0.01)"
    name = lab.run(image, code)
    engine.wait(name, 20)
    lines = list(engine.logs(name))
    assert [line.text for line in lines] == ["0", "1", "2", "3", "4"]
    assert list(engine.logs(name, tail=2)) == lines[3:]
    assert list(engine.logs(name, tail=0)) == []
    assert list(engine.logs(name, since=lines[2].time)) == lines[2:]
    assert list(engine.logs(name, since=lines[4].time + 1)) == []


def test_a_container_that_never_ran_has_said_nothing(engine: Engine, lab: Lab, image: str) -> None:
    assert list(engine.logs(lab.container(image))) == []


def test_following_ends_with_the_container(engine: Engine, lab: Lab, image: str) -> None:
    code = "import time; print('a', flush=True); time.sleep(0.3); print('b')"
    name = lab.container(image, code)
    assert list(engine.logs(name, follow=True)) == []
    engine.start(name)
    assert [line.text for line in engine.logs(name, follow=True)] == ["a", "b"]
    assert engine.wait(name, 20) == 0
    assert [line.text for line in engine.logs(name, follow=True)] == ["a", "b"]


def test_following_ends_where_the_container_is_removed(
    engine: Engine, lab: Lab, image: str
) -> None:
    name = lab.run(image, WAITS)
    lines = engine.logs(name, follow=True)
    assert next(lines).text == "up"
    engine.remove(lab.listed(name))
    assert list(lines) == []


def test_following_is_ended_from_outside(engine: Engine, lab: Lab, image: str) -> None:
    lines = engine.logs(lab.run(image, WAITS), follow=True)
    found: list[LogLine] = []
    first = threading.Event()

    def read() -> None:
        for line in lines:
            found.append(line)
            first.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert first.wait(20)
    lines.close()
    lines.close()
    reader.join(10)
    assert not reader.is_alive()
    assert [line.text for line in found] == ["up"]
    assert list(lines) == []


def test_output_need_not_be_read_to_its_end(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, "for n in range(20000): print(n)")
    engine.wait(name, 20)
    lines = engine.logs(name)
    assert next(lines).text == "0"
    lines.close()
    assert list(lines) == []


def test_files_are_copied_into_a_container_before_it_starts(
    engine: Engine, lab: Lab, image: str, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "source").write_bytes(content)
    (tmp_path / "empty").touch()
    volume = lab.volume()
    code = (
        "import pathlib\n"
        "for p in sorted(pathlib.Path('/data').rglob('*')):\n"
        "    if p.is_file(): print(p.name, sum(p.read_bytes()), p.stat().st_size)\n"
    )
    name = lab.container(image, code, mounts=(Mount(volume.name, "/data"),))
    long = "deep/er/" + "n" * 150 + "/ünï code"
    entries = [FileEntry(tmp_path / "empty", "empty"), FileEntry(tmp_path / "source", long)]
    engine.put(name, "/data", entries)
    engine.put(name, "/data", [])
    engine.start(name)
    assert engine.wait(name, 20) == 0
    said = [line.text for line in engine.logs(name)]
    assert said == [f"ünï code {sum(content)} {len(content)}", "empty 0 0"]


def test_files_go_into_volumes_that_may_be_written_only(
    engine: Engine, lab: Lab, image: str, tmp_path: Path
) -> None:
    (tmp_path / "source").write_bytes(b"content")
    volume = lab.volume()
    name = lab.container(image, mounts=(Mount(volume.name, "/data", read_only=True),))
    for folder in ("/data", "/etc"):
        with pytest.raises(EngineError):
            engine.put(name, folder, [FileEntry(tmp_path / "source", "file")])
