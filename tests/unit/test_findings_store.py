"""Folders of evidence into findings, and the programs that make them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from findings.__main__ import findings
from findings.play import RANGE, Job, PlayError, Programs, lanes, play
from findings.store import about, load
from labctl import events
from labctl.events import Event, RunStarted
from tests.unit.histories import full_drive

COMMENT = """\
# yaml-language-server: $schema=lab.schema.json
#
# What it shows,
# in 2.5 lines. And more.
#
# Not this.
minio: {size: 200m}
"""


def store(folder: Path, lab: str, time: str, *, release: str = "R1", file: str = "x: 1") -> Path:
    """The evidence of a run."""
    path = folder / lab / time
    path.mkdir(parents=True)
    lines = [events.encode(_on_release(event, release)) for event in full_drive()]
    (path / "events.jsonl").write_text("\n".join(lines) + "\n")
    (path / "summary.json").write_text(json.dumps({"failure": None}))
    (path / "lab.yaml").write_text(file)
    return path


def _on_release(event: Event, release: str) -> Event:
    if not isinstance(event.record, RunStarted):
        return event
    event.record.images["minio"]["release"] = release
    return event


@pytest.fixture
def labs(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / f"{name}.yaml" for name in ("200m", "churn")}
    for path in found.values():
        path.write_text(COMMENT)
    return found


def test_what_a_lab_shows_is_the_first_sentence_of_its_comment(labs: dict[str, Path]) -> None:
    assert about(labs["200m"]) == "What it shows, in 2.5 lines."


def test_runs_are_found_and_labs_without_one_named(tmp_path: Path, labs: dict[str, Path]) -> None:
    path = store(tmp_path, "200m", "T1")
    (path.parent / "latest").symlink_to("T1")
    found = load(tmp_path, labs)
    assert [run.name for run in found.runs] == ["200m/T1"]
    assert found.missing == ("churn",)
    assert found.runs[0].summary.acknowledged == 53


def test_a_run_that_was_cut_short_does_not_count(tmp_path: Path, labs: dict[str, Path]) -> None:
    (store(tmp_path, "200m", "T1") / "summary.json").unlink()
    found = load(tmp_path, labs)
    assert found.runs == ()
    assert found.left_out == ("200m/T1: it was cut short",)


def test_runs_of_other_files_and_releases_do_not_count(
    tmp_path: Path, labs: dict[str, Path]
) -> None:
    store(tmp_path, "200m", "T1", file="x: 2")
    store(tmp_path, "200m", "T2")
    assert load(tmp_path, labs).left_out == (
        "200m/T1: its lab file was another than that of the newest run",
    )
    store(tmp_path, "churn", "T3", release="R0")
    assert "churn/T3: its MinIO is R0" in load(tmp_path, labs).left_out


def test_the_command_writes_the_document_without_paths(tmp_path: Path) -> None:
    store(tmp_path / "runs", "200m", "T1")
    target = tmp_path / "docs" / "findings.md"
    result = CliRunner().invoke(
        findings,
        ["--from", str(tmp_path / "runs"), "--to", str(target)],
        standalone_mode=False,
    )
    assert result.return_value == 1, "other labs have no run"
    assert "no run of churn" in result.stderr
    text = target.read_text()
    assert "200m/T1" in text
    assert str(tmp_path) not in text


def test_a_folder_without_evidence_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(findings, ["--from", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no evidence" in result.stderr


def test_long_labs_begin_first_and_one_lab_never_runs_beside_itself() -> None:
    found = lanes(["200m", "churn", "paced"])
    assert [lane[0].lab for lane in found] == ["paced", "200m", "churn"]
    assert found[1] == (*[Job("200m")] * RANGE, Job("200m", ("client.on_error=stop",)))


def test_a_job_takes_free_ports_and_its_settings() -> None:
    argv = Job("200m", ("a=b",)).argv
    assert argv == ("run", "200m", "--set", "minio.ports=auto", "--set", "a=b")


def test_programs_that_were_ended_start_nothing_more(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    code, output, _ = programs.run("check", "200m")
    assert (code, "sound" in output) == (0, True)
    programs.end()
    with pytest.raises(PlayError):
        programs.run("check", "200m")


def test_a_lab_that_cannot_run_is_told(tmp_path: Path) -> None:
    heard = []
    done = play(["no-such-lab"], tmp_path / "runs", tmp_path, heard.append)
    assert list(done) == heard
    assert heard[0].verdict is None
    assert heard[0].said.startswith("exit code 2: no-such-lab: no such file")


def test_files_that_cannot_be_made_end_it(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("")
    with pytest.raises(PlayError, match="files make"):
        play([], tmp_path / "runs", tmp_path, print)
