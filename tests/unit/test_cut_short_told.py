"""`labctl run` that comes to no good end: what programs and CI are told of it."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from labctl.cli.main import run
from labctl.engine.memory_box import Running, Script
from labctl.labels import resource_name
from tests.unit.test_step_command import Lab
from tests.unit.world import eventually, until_stopped

STEPS = """
  - upload: some
    expect: {refused: {count: 0}}
  - wait: 1h
    within: 2h
  - verify: all
    expect: {acknowledged: intact, redundancy: complete}
"""
MORE = "expect: {accepted: 3MiB}\n"
MINIO = resource_name("t", "minio")


class Command:
    """`labctl run` of a lab on an engine in memory, and what came of it."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.lab = Lab(folder, STEPS, MORE)
        self.code = 0
        self.folder = folder
        self._capfd = capfd

    def __call__(self, *options: str, form: str = "json") -> Any:
        """The document that it printed; its words otherwise."""
        told = ("--junit", str(self.folder / "told.xml"), "--runs", str(self.folder / "runs"))
        file = str(self.folder / "t.yaml")
        self.code = run(["run", file, *told, "--format", form, *options])
        said = self._capfd.readouterr()
        self.words = said.err
        return json.loads(said.out) if form == "json" else said.out

    def suite(self) -> ElementTree.Element:
        """What was written for CI."""
        [found] = ElementTree.parse(self.folder / "told.xml").getroot()
        return found

    def cases(self) -> dict[str, str]:
        """What each case came to, with its message."""
        found = {}
        for case in self.suite().findall("testcase"):
            end = next(iter(case), None)
            said = "passed" if end is None else f"{end.tag}: {end.get('message')}"
            found[str(case.get("name"))] = said
        return found


@pytest.fixture
def command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """The command; there is no other engine than the one in memory."""
    made = Command(tmp_path, capfd)
    monkeypatch.setattr("labctl.engine.docker.connect", lambda: made.lab.engine)
    return made


def ends_labctl(number: signal.Signals) -> Callable[[Running], int]:
    """A program that sends labctl a signal, and runs until it is stopped."""

    def play(running: Running) -> int:
        os.kill(os.getpid(), number)
        return until_stopped(running)

    return play


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_run_whose_client_is_at_work(
    command: Command, number: signal.Signals, code: int, word: str
) -> None:
    command.lab.world.plays["uploader"] = ends_labctl(number)
    document = command()
    assert (command.code, document["exit_code"], document["error"]) == (code, code, word)
    assert f"error: {word}\nhint: the lab was taken down; evidence: " in command.words
    told = command.cases()
    assert told["the lab itself"] == f"error: {word}"
    assert told["step 1, refused"].startswith("error: expected no objects refused; seen: ")
    assert told["step 1, refused"].endswith(word)
    assert told["accepted"].endswith(word)
    assert told["step 3, acknowledged"] == f"skipped: not judged: {word}"
    assert told["step 3, redundancy"] == f"skipped: not judged: {word}"
    suite = command.suite()
    assert (suite.get("tests"), suite.get("errors"), suite.get("skipped")) == ("6", "4", "2")
    assert command.lab.engine.observe("t").labs() == ()


def test_what_was_judged_before_stays(command: Command) -> None:
    command.lab.world.plays["wait-2"] = until_stopped
    document = command("--within", "1s")
    assert command.code == 4
    assert "did not pass within" in document["failure"]
    assert document["failure"] in command.words
    told = command.cases()
    assert told["the lab itself"] == f"error: {document['failure']}"
    assert told["step 1, refused"] == "passed"
    assert told["step 3, redundancy"].startswith("skipped: ")


def test_before_the_first_step(command: Command) -> None:
    command.lab.engine.programs[MINIO] = ends_labctl(signal.SIGINT)
    document = command()
    assert document.keys() == {"error", "hint", "exit_code", "problems"}
    assert (command.code, document["error"]) == (130, "interrupted")
    assert command.cases()["accepted"].endswith("interrupted")
    assert command.suite().get("name") == "t"
    assert command.lab.engine.observe("t").labs() == ()


def test_a_server_that_never_is_healthy(command: Command) -> None:
    command.lab.engine.programs[MINIO] = Script(lines=("FATAL",), exit_code=1)
    document = command()
    assert (command.code, document["exit_code"]) == (4, 4)
    told = command.cases()
    assert "FATAL" in told["the lab itself"]
    assert told["step 3, acknowledged"].startswith("skipped: ")
    [[evidence]] = command.suite().findall("properties")
    assert (Path(str(evidence.get("value"))) / "events.jsonl").is_file()


def test_a_lab_that_never_was_begun(command: Command) -> None:
    command.lab.engine.memory = 2**20
    document = command()
    assert (command.code, document["exit_code"]) == (3, 3)
    told = command.cases()
    assert told.pop("the lab itself") == f"error: {document['error']}"
    assert told.keys() == {
        "accepted", "step 1, refused", "step 3, acknowledged", "step 3, redundancy",
    }  # fmt: skip
    assert {said.partition(":")[0] for said in told.values()} == {"skipped"}
    assert command.suite().findall("properties") == []


def test_a_file_that_cannot_be_written_hides_no_error(command: Command, tmp_path: Path) -> None:
    command.lab.engine.memory = 2**20
    (tmp_path / "told.xml").mkdir()
    assert "of memory are left" in command("--junit", str(tmp_path / "gone" / "x.xml"))["error"]
    assert "x.xml cannot be written" in command.words


def test_people_read_one_error(command: Command) -> None:
    command.lab.world.plays["uploader"] = ends_labctl(signal.SIGINT)
    assert "error" not in command(form="text")
    assert command.words.count("interrupted") == 1


def test_the_lines_of_logs_are_the_document(
    command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = command.lab.engine
    command.lab.world.plays["uploader"] = until_stopped
    command.lab.up()

    def interrupt() -> None:
        eventually(lambda: "logs" in {call.verb for call in engine.calls})
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    sender.start()
    assert run(["logs", "-f", "--format", "json"]) == 130
    sender.join()
    said = capfd.readouterr()
    assert json.loads(said.out) == []
    assert "error: interrupted" in said.err
    command.lab.down()
