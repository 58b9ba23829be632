"""`labctl step`, and what steps may be given, on the real engine."""

import json
from xml.etree import ElementTree

import pytest

from labctl.app.records import DriveSample
from labctl.events import StepStarted, read_events
from tests.e2e.conftest import Labctl

MIB = 2**20
FILES = "files={some: {count: 10, size: 1MiB}, more: {count: 5, size: 1MiB}}"
SMALL = ("minio.size=64m", FILES, "expect={}")
BALLAST_FIRST = "steps=[{ballast: 60MiB}, {upload: some}, {ballast: 0}, {verify: all}]"


def test_the_files_own_steps_one_by_one(labctl: Labctl, take_down: None) -> None:
    made = labctl("up", *labctl.named("200m", *SMALL, BALLAST_FIRST))
    assert "steps left: ballast 0 bytes; verify all" in made.out
    assert "labctl step --lab" in made.out
    ended = labctl("step", "--lab", labctl.lab, "--next")
    assert "step 3, ballast 0 bytes" in ended.out
    assert "accepted" not in ended.out, "it sent nothing"
    (verified,) = labctl("step", "--lab", labctl.lab, "--rest", "--format", "json").document
    assert verified["steps"]["integrity"]["counts"].keys() <= {"intact", "absent", "ghost"}
    spent = labctl("step", "--lab", labctl.lab, "--next", code=2)
    assert "all steps of lab" in spent.err


def test_steps_from_the_command_line(labctl: Labctl, take_down: None) -> None:
    labctl("up", *labctl.named("200m", *SMALL, "steps=[{upload: some}]"))

    def play(text: str, code: int = 0) -> dict[str, object]:
        return labctl("step", "--lab", labctl.lab, text, "--format", "json", code=code).document[0]

    play("ballast: 100%")
    probed = play("{probe: all, expect: {probe: {get: works, put-small: refused}, health: green}}")
    assert probed["verdict"] == "pass"
    play("grow: 80m")
    play("{wait: {writable: 1MiB}, within: 20s}")
    play("ballast: 0")
    play("delete: {count: 2}")
    sent = play("upload: more")
    assert sent["acknowledged"] == 5
    verified = play("{verify: all, expect: {acknowledged: intact, redundancy: complete}}")
    assert verified["verdict"] == "pass"
    # The probe could make no object of its own on the full drive, and deleted one of the client's.
    assert verified["steps"]["integrity"]["counts"]["intact"] == 12
    refused = play("{upload: more, expect: {refused: {count: 3}}}", code=1)
    assert refused["verdict"] == "fail"
    down = labctl("down", labctl.lab, "--purge", "--format", "json").document
    assert "verdict: fail" in down[0]["answer"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("ballast: 900m", "step:1:10: ballast: 900 MiB is more than minio/data1 holds, 64 MiB"),
        ("grow: 32m", "step:1:7: grow: 32 MiB is less than minio/data1 has by then, 64 MiB"),
        ("upload: none-such", "there is no group 'none-such'"),
        ("explode: now", "step:1:1: unknown key 'explode'"),
    ],
)
def test_a_step_that_the_lab_cannot_play_says_why(
    labctl: Labctl, take_down: None, step: str, told: str
) -> None:
    labctl("up", *labctl.named("200m", *SMALL))
    assert told in labctl("step", "--lab", labctl.lab, step, code=2).err


def test_a_quota_is_set_and_taken_away(labctl: Labctl) -> None:
    steps = "steps=[{quota: 1MiB}, {upload: some}, {quota: none}, {upload: more}, {verify: all}]"
    wanted = (*SMALL, steps, "client.part_size=5MiB", "expect.acknowledged=intact")
    found = labctl("run", *labctl.named("200m", *wanted), "--format", "json").document
    assert [row["reason"] for row in found["refusals"]] == ["quota"], "an object as large as it"
    assert found["acknowledged"] == 5
    assert found["verdict"] == "pass"


def test_what_is_played_meanwhile(labctl: Labctl) -> None:
    aside = "meanwhile: [{wait: {drive_used: 10%}, at: minio/data1}, {ballast: 100%, for: 1s}]"
    steps = f"steps=[{{upload: {{groups: some, pace: 300ms}}, {aside}}}, {{verify: all}}]"
    wanted = ("minio.size=64m", "files={some: {count: 20, size: 1MiB}}", steps)
    expected = "expect={refused: {reason: drive-full}, acknowledged: intact}"
    found = labctl("run", *labctl.named("200m", *wanted, expected), "--format", "json").document
    assert found["verdict"] == "pass"
    assert 0 < found["refused"] < 20, "refused while the ballast was there, and taken after that"
    played = {step["step"]: step for step in found["steps"]["played"]}
    assert [played[number]["parent"] for number in (1, 2, 3, 4)] == [None, 1, 1, None]
    assert played[3]["seconds"] < played[1]["seconds"]


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        ("steps=[{upload: some}, {ballast: 95%}, {wait: {drive_used: 99%}, within: 2s}]", ()),
        ("steps=[{upload: some}, {wait: {log: nothing says this}, within: 2s}]", ()),
        ("steps=[{upload: some}, {wait: 1m}]", ("--within", "4s")),
        ("steps=[{upload: some}, {ballast: 100%}, {wait: {writable: 1MiB}, within: 2s}]", ()),
    ],
    ids=["drive", "log", "run", "writable"],
)
def test_what_never_comes_ends_the_lab_and_keeps_the_evidence(
    labctl: Labctl, steps: str, options: tuple[str, ...]
) -> None:
    ended = labctl("run", *labctl.named("200m", *SMALL, steps), *options, code=4)
    assert "within" in ended.err
    folder = labctl.folder / "runs" / labctl.lab / "latest"
    summary = json.loads((folder / "summary.json").read_text())
    assert "within" in summary["failure"]
    events = [event.record for event in read_events(folder / "events.jsonl")]
    assert any(isinstance(record, StepStarted) for record in events)
    assert any(isinstance(record, DriveSample) for record in events)


def test_a_verdict_for_ci(labctl: Labctl) -> None:
    step = "{upload: some, expect: {refused: {count: 0}}}"
    wanted = (
        *SMALL,
        f"steps=[{step}, {{verify: all}}]",
        "expect={acknowledged: intact, log: said by nobody}",
    )
    labctl("run", *labctl.named("200m", *wanted), "--junit", "verdict.xml", code=1)
    suite = ElementTree.parse(labctl.folder / "verdict.xml").getroot()
    cases = {case.attrib["name"]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert sorted(cases) == ["acknowledged", "log", "step 1, refused"]
    assert cases["acknowledged"] == []
    assert cases["log"] == ["failure"]


def test_objects_of_ones_own_are_read_back(labctl: Labctl) -> None:
    folder = labctl.folder / "mine"
    folder.mkdir()
    for number in range(4):
        (folder / f"file{number}").write_bytes(bytes([number]) * (number * 700_000 + 5))
    steps = "steps=[{ballast: 100%}, {upload: all}, {ballast: 0}, {wait: {writable: 3MiB}}, {upload: {resend: refused}}, {verify: all}]"  # noqa: E501
    lab = labctl.folder / "own.yaml"
    lab.write_text("minio: {size: 64m}\nfiles: {mine: {dir: mine}}\n")
    wanted = (steps, "expect={acknowledged: intact, resent: all}")
    found = labctl("run", *labctl.named(str(lab), *wanted), "--format", "json").document
    assert found["verdict"] == "pass"
    assert found["steps"]["integrity"]["counts"] == {"intact": 4}
