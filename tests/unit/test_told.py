"""What commands say of labs that were made or taken down, and of steps: each thing once."""

import json
from pathlib import Path
from typing import Any

import pytest

from labctl.checks import Check, Verdict
from labctl.cli.show import operation_text
from labctl.cli.told import print_down, print_made
from labctl.errors import LabFailed
from labctl.events import Operation
from labctl.figures.steps import Steps
from labctl.labfile.load import load_lab
from labctl.orchestrator.down import Down
from labctl.report.text import plain_lines, step_document, step_lines
from tests.unit.summaries import integrity, proof, summary, with_steps
from tests.unit.test_step_command import Lab, Sees

FAULT = Check("refused", "unknown", "exactly 3 objects refused", "nothing was recorded", step=2)
TAKEN = Down("t", ("a",), (), Path("here"), "an answer; verdict: unknown", 1.0, (FAULT,))


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_down_names_what_did_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    print_down((TAKEN,), "text")
    assert (
        "  an answer; verdict: unknown\n"
        "  unknown  step 2, refused: expected exactly 3 objects refused; "
        "seen: nothing was recorded\n"
        "  evidence here\n"
    ) in told(capsys)


def test_down_names_what_did_not_pass_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_down((TAKEN,), "json")
    [document] = json.loads(told(capsys))
    [fault] = document["faults"]
    assert (fault["name"], fault["step"], fault["result"]) == ("refused", 2, "unknown")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("", "login    labctl-access, secret key labctl-secret (the default; "),
        ("minio: {secret_key: of-my-own}\n", "login    labctl-access, secret key as in "),
    ],
)
def test_where_the_secret_key_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, text: str
) -> None:
    path = tmp_path / "u.yaml"
    path.write_text(f"files: {{some: {{count: 3, size: 1MiB}}}}\n{more}")
    made = Lab(tmp_path, "[{upload: some}]").up()
    print_made(made, load_lab(path), "text")
    said = told(capsys)
    assert text in said
    assert "of-my-own" not in said


def test_an_error_is_left_to_the_end_of_the_command(tmp_path: Path) -> None:
    failed = Operation(1.0, "start a", "", 0.5, "twelve lines")
    assert operation_text(failed) == "start a: failed"
    one = Lab(tmp_path, "[{upload: some}, {probe: all}]")
    one.up()
    one.world.plays["probe-2"] = lambda _: 4
    view = Sees("", lambda: None)
    with pytest.raises(LabFailed, match="exit code 4"):
        one.step(view=view)
    assert "step 2, probe all: failed" in view.said


def test_objects_that_are_not_as_they_were_sent_are_named() -> None:
    kinds: dict[Any, tuple[Any, ...]] = {
        "undecided": (proof("some/4: nobody knows"),),
        "lost": (proof("some/1: is not there"), proof("some/2: is not there")),
        "ghost": (proof("some/3: 5 bytes"),),
    }
    found = with_steps(integrity=integrity({"intact": 1, "lost": 2}, examples=kinds))
    nothing = Verdict(())
    for lines in (step_lines(found, nothing, 3), plain_lines(found, nothing, Path())):
        shown = [" ".join(line.split()) for line in lines]
        odd = [line for line in shown if "some/" in line and ":" in line.split("some/")[0]]
        assert odd == [
            "not as sent: lost some/1: is not there",
            "not as sent: lost some/2: is not there",
            "not known: undecided some/4: nobody knows",
            "sent in doubt: ghost some/3: 5 bytes",
        ]


def test_what_is_intact_is_not_named() -> None:
    lines = step_lines(with_steps(integrity=integrity()), Verdict(()), 3)
    assert not any("not as sent" in line or "a intact object" in line for line in lines)


def test_a_step_answers_programs_as_it_answers_people() -> None:
    found = summary()
    sentence = step_document(found, Verdict(()), 4)["answer"]
    assert next(iter(step_lines(found, Verdict(()), 4))) == f"step 4: {sentence}"
    assert "were refused" in sentence
    nothing_sent = summary(uploads=(), attempts=0, first_refusal=None, steps=Steps())
    assert step_document(nothing_sent, Verdict(()), 4)["answer"] is None
