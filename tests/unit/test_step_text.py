"""A step from the command line: its errors are told as seen from its own text."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl.errors import LabFileError
from labctl.labfile.fields import Share
from labctl.labfile.lab import Lab
from labctl.labfile.sense import Before
from labctl.labfile.step import EXAMPLES, VERBS, Step
from labctl.labfile.step_text import load_step
from labctl.labfile.verbs import Ballast, Delete, Probe, Upload

MIB = 2**20
DRIVES = {"minio/data1": 200 * MIB, "minio/data2": 100 * MIB}
LAB = Lab.model_validate(
    {
        "files": {"a": {"count": 1, "size": 1}, "007": {"count": 1, "size": 1}},
        "minio": {"drives": 2},
    }
)
Told = Callable[[str], list[str]]


def load(text: str, **lab: Any) -> Step:
    return load_step(text, LAB.model_copy(update=lab), DRIVES, Before(quota=True)).step


def test_a_quota_that_is_not_there_is_not_waited_for() -> None:
    with pytest.raises(LabFileError, match="can never come: the bucket has no quota then"):
        load_step("wait: quota_armed", LAB, DRIVES, Before(quota=False))


def test_a_warning_is_told_as_seen_from_the_text() -> None:
    assert load_step("quota: 900m", LAB, DRIVES, Before(quota=False)).warnings == (
        "step:1:8: quota: 900 MiB cannot be reached: the drives hold 150 MiB of objects; "
        "write less, or enlarge minio.size",
    )
    assert load_step("quota: 100m", LAB, DRIVES, Before(quota=False)).warnings == ()


def told(text: str) -> list[str]:
    with pytest.raises(LabFileError) as caught:
        load(text)
    assert caught.value.exit_code == 2
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("ballast: 95%", Step(ballast=Ballast(size=Share(0.95)))),
        ("{ballast: 150m, at: minio/data1}",
         Step(ballast=Ballast(size=150 * MIB), at=("minio/data1",))),
        ("upload: a", Step(upload=Upload(groups=("a",)))),
        ("upload: '007'", Step(upload=Upload(groups=("007",)))),
        ("upload: {resend: refused}", Step(upload=Upload(resend="refused"))),
        ("delete: {group: a}", Step(delete=Delete(group="a"))),
        ("probe: all\n", Step(probe=Probe())),
        ("# a comment\nprobe: all\nwithin: 5s\n", Step(probe=Probe(), within=5)),
        ("upload: a\nmeanwhile:\n- probe: all\n",
         Step(upload=Upload(groups=("a",)), meanwhile=(Step(probe=Probe()),))),
    ],
)  # fmt: skip
def test_steps_that_can_be_played(text: str, step: Step) -> None:
    assert load(text) == step


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: is empty; write one verb, for example `upload: all`"),
        ("# nothing", "1:1: is empty; write one verb, for example `upload: all`"),
        ("~", "1:1: is empty; write one verb, for example `upload: all`"),
        ("probe", "1:1: a step is a map, not 'probe'; write `probe: all`"),
        ("ballast:150MiB", "1:1: a step is a map, not 'ballast:150MiB'; "
         "put a space after the ':', `ballast: 150MiB`"),
        ("frobnicate", "1:1: a step is a map, not 'frobnicate'; "
         "write one verb, for example `upload: all`"),
        ("5", "1:1: a step is a map, not 5; write one verb, for example `upload: all`"),
        ("- probe: all", "1:1: a step is a map, not a list; "
         "write one verb, for example `upload: all`"),
        ("{}", "1:1: has no verb; write one of: " + ", ".join(VERBS)),
        ("{probe: all, upload: all}", "1:1: has the verbs upload and probe; make a step of each"),
        ("probe:", f"1:7: probe: is empty; write {EXAMPLES['probe']}"),
        ("balast: 5m", "1:1: unknown key 'balast'; did you mean 'ballast'? known keys: "
         "upload, verify, probe, delete, ballast, grow, quota, wait, at, for, within, expect, "
         "meanwhile"),
        ("kill: minio", "1:1: this labctl cannot play 'kill' yet; known verbs: "
         + ", ".join(VERBS)),
        ("ballast: [", None),
        ("a: b: c", None),
        ("probe: !!str all", "1:8: tags are not read here; remove it, or put text in quotes"),
        ("probe: *all", "1:8: there is no anchor of that name; write &NAME before *NAME"),
        ("probe: all\n---\nprobe: all", "2:1: one document is enough; "
         "remove the '---' and what follows"),
        ("probe: all\nprobe: all", "2:1: 'probe' is given again (first in line 1); "
         "remove one of the two"),
        ("ballast: 300m", "1:10: ballast: 300 MiB is more than minio/data1 holds, 200 MiB; "
         "write less, or a percentage such as 95%"),
        ("ballast: 150m", "1:10: ballast: 150 MiB is more than minio/data2 holds, 100 MiB; "
         "write less, or a percentage such as 95%"),
        ("grow: 150m", "1:7: grow: 150 MiB is less than minio/data1 has by then, 200 MiB; "
         "a drive only grows: write more, or name other drives with `at`"),
        ("{ballast: 5m, at: minio/data3}", "1:19: at: there is no drive 'minio/data3'; "
         "write one of: minio/data1, minio/data2"),
        ("{probe: all, at: minio/data1}", "1:18: at: does not go with probe; drives are named for "
         "`ballast`, `grow` and `wait: {drive_used: ...}`: remove it"),
        ("upload: b", "1:9: upload: there is no group 'b' under files; write one of: all, a, 007"),
        ("upload: 007", "1:9: upload: cannot be 7; write `upload: all`, or the name of a group"),
        ("upload: a\nmeanwhile:\n- delete: {group: b}", "3:19: meanwhile.0.delete.group: there is "
         "no group 'b' under files; write one of: all, a, 007"),
        ("{upload: a, expect: {probe: {get: works}}}", "1:22: expect.probe: is nothing that upload "
         "shows; write it under a probe step, or under `expect` of the lab"),
        ("upload: ${GONE}", "1:9: the variable GONE is not set; export it, or write a default: "
         "${GONE:-VALUE} ($$ is a dollar)"),
        ("wait: {writable: 1g}", "1:18: wait.writable: can never come: the drives hold 150 MiB of "
         "objects; write less"),
    ],
)  # fmt: skip
def test_steps_that_cannot(monkeypatch: pytest.MonkeyPatch, text: str, problem: str | None) -> None:
    monkeypatch.delenv("GONE", raising=False)
    [found] = told(text)
    if problem is None:
        assert found.startswith("step:1:")
    else:
        assert found == f"step:{problem}"


def test_all_that_is_wrong_is_told_in_order() -> None:
    assert [each.split(": ")[0] for each in told("{upload: 5, within: soon, fro: 5s}")] == [
        "step:1:10", "step:1:21", "step:1:27",
    ]  # fmt: skip
    assert [each.split(": ")[0] for each in told("{upload: b, meanwhile: [{grow: 5m}]}")] == [
        "step:1:10", "step:1:32",
    ]  # fmt: skip


def test_variables_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZE", "5")
    monkeypatch.setenv("GROUP", "007")
    assert load("ballast: ${SIZE}m") == Step(ballast=Ballast(size=5 * MIB))
    assert load("{ballast: '${GONE:-7}'}") == Step(ballast=Ballast(size=7))
    assert load("delete: {group: '${GROUP}'}") == Step(delete=Delete(group="007"))


def test_what_was_played_before_is_not_asked_for() -> None:
    load("upload: {resend: refused}")
    load("wait: quota_armed")
    load("upload: {parts: complete}")
    load("{verify: all, expect: {acknowledged: intact}}")
    load("{wait: 1s, expect: {writable_again: 5s, resent: all}}")


def test_a_step_is_not_warned_of() -> None:
    load("quota: 1g")
    load("wait: {writable: 120m}")


@given(st.text(max_size=30) | st.sampled_from(VERBS).flatmap(
    lambda verb: st.text(max_size=12).map(lambda more: f"{verb}: {more}")
))  # fmt: skip
def test_any_text_is_a_step_or_told(text: str) -> None:
    problems: tuple[str, ...] = ()
    try:
        assert load(text).name in VERBS
    except LabFileError as error:
        problems = error.problems
    for problem in problems:
        assert problem.startswith("step:")
        assert "steps.0" not in problem
        assert "is not understood" not in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("upload: {resend: refused}", "1:18: upload.resend: there is no upload before it to send "
         "again; put one first, or remove this"),
        ("verify: all", "1:9: verify: nothing has been uploaded by then, so there is nothing to "
         "read back; put an upload before it, or remove this"),
        ("upload: {parts: complete}", "1:17: upload.parts: there is no upload with `parts: leave` "
         "before it; put one first"),
        ("upload: {parts: abort}", "1:17: upload.parts: there is no upload with `parts: leave` "
         "before it; put one first"),
    ],
)  # fmt: skip
def test_what_was_never_played_is_asked_for(text: str, problem: str) -> None:
    before = Before(quota=False, uploads=False, parts=False)
    with pytest.raises(LabFileError) as caught:
        load_step(text, LAB, DRIVES, before)
    assert caught.value.problems == (f"step:{problem}",)


def test_parts_are_left_by_some_uploads_only() -> None:
    with pytest.raises(LabFileError, match="there is no upload with `parts: leave` before it"):
        load_step("upload: {parts: abort}", LAB, DRIVES, Before(quota=False, parts=False))
    load_step("upload: {resend: refused}", LAB, DRIVES, Before(quota=False, parts=False))


def test_a_delete_before_any_upload_is_warned_of() -> None:
    before = Before(quota=False, uploads=False, parts=False)
    assert load_step("delete: all", LAB, DRIVES, before).warnings == (
        "step:1:9: delete: nothing has been uploaded by then, so there is nothing to delete; "
        "put an upload before it, or remove this",
    )
    assert load_step("delete: {count: 99}", LAB, DRIVES, Before(quota=False)).warnings == ()
