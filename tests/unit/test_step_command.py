"""`labctl up` of a lab with several steps, `labctl step`, and what is left of both."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labctl import labels
from labctl.app.task import UploadTask
from labctl.cli.main import labctl
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Running, make_image
from labctl.errors import (
    Conflict,
    EngineError,
    Interrupted,
    LabctlError,
    LabFailed,
    LabFileError,
    LabHeld,
    NoMemory,
    NoSuchLab,
    UsageError,
)
from labctl.events import Event, StepEnded, StepStarted
from labctl.evidence.runs import RunFolder
from labctl.images.app import app_reference, app_source
from labctl.interrupts import Interrupts
from labctl.labfile.lab import DEFAULT_IMAGE
from labctl.labfile.load import LoadedLab, load_lab
from labctl.orchestrator.down import Down, DownOptions, down
from labctl.orchestrator.look import list_containers
from labctl.orchestrator.run import RunOptions, RunResult, run
from labctl.orchestrator.step import StepOptions, StepResult, step
from labctl.orchestrator.up import Made, UpOptions, up
from labctl.orchestrator.view import Silent, View
from labctl.owner import Owner, this_process
from labctl.resources import Observed, State, never_started
from tests.unit.world import World, arguments, engine_of, eventually, until_stopped

APP_IMAGE = make_image(app_reference(), {labels.IMAGE: app_source().recipe})
BALLAST_FIRST = "[{ballast: 1m}, {upload: all}, {wait: 1ms}, {verify: all}]"
UPLOAD_FIRST = "[{upload: some}, {wait: 1ms}, {verify: all}]"


class Lab:
    """A lab file and an engine, and the commands on them."""

    def __init__(self, folder: Path, steps: str, more: str = "") -> None:
        self.world = World()
        self.engine: MemoryEngine = engine_of(self.world, DEFAULT_IMAGE, APP_IMAGE, "mine:1")
        self._folder = folder
        path = folder / "t.yaml"
        text = "minio: {size: 20m}\nfiles: {some: {count: 3, size: 1MiB}}\n"
        path.write_text(f"{text}steps: {steps}\n{more}")
        self.loaded: LoadedLab = load_lab(path)

    def up(self, view: View | None = None) -> Made:
        return up(self.engine, self.loaded, UpOptions(self._folder / "runs"), view or Silent())

    def run(self, view: View | None = None, **options: Any) -> RunResult:
        given = RunOptions(UpOptions(self._folder / "runs"), **options)
        return run(self.engine, self.loaded, given, view or Silent(), Interrupts())

    def step(
        self, text: str | None = None, *, rest: bool = False, view: View | None = None
    ) -> tuple[StepResult, ...]:
        following = math.inf if rest else 1
        options = StepOptions(None, self._folder / "runs", text, following)
        return step(self.engine, options, view or Silent())

    def down(self) -> Down:
        return down(self.engine, None, DownOptions(self._folder / "runs", purge=True), Silent())

    def events(self) -> list[Event]:
        return list(RunFolder.open(self._folder / "runs" / "t" / "latest").read_events())

    def told(self) -> list[tuple[str, int]]:
        steps = (e.record for e in self.events() if isinstance(e.record, StepStarted | StepEnded))
        return [(record.type.removeprefix("step-"), record.step) for record in steps]

    def roles(self) -> list[str]:
        return sorted(seen.role for seen in self.engine.observe("t").containers)

    def holder(self) -> dict[str, str]:
        found = self.engine.observe("t").by_role(labels.HOLDER)
        assert found is not None
        return dict(found.labels)

    def leave_to(self, owner: Owner | None) -> None:
        """As if another process had made the lab; without one, as if its holder were gone."""
        found = self.engine.observe("t").by_role(labels.HOLDER)
        assert found is not None
        self.engine.remove(found)
        if owner is not None:
            marks = dict(found.labels) | {labels.OWNER: owner.to_json()}
            self.engine.create(never_started(found.name, marks, found.image))

    def state(self, role: str) -> State:
        return self.engine.inspect(f"labctl-t-{role}").state


Make = Callable[..., Lab]


@pytest.fixture
def lab(tmp_path: Path) -> Make:
    """Labs of given steps."""
    return lambda steps=UPLOAD_FIRST, more="": Lab(tmp_path, steps, more)


def gone() -> Owner:
    return replace(this_process(), started=1)


def elsewhere() -> Owner:
    return replace(this_process(), host="elsewhere", boot="another", pid=4711)


class Sees(Silent):
    """Does something when a text is told."""

    def __init__(self, text: str, do: Callable[[], None]) -> None:
        self._text = text
        self._do = do
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def progress(self, text: str) -> None:
        if text.startswith(self._text):
            self._do()


def interrupt() -> None:
    raise Interrupted(2)


def test_up_plays_what_comes_before_the_first_upload(lab: Make) -> None:
    made = (one := lab(BALLAST_FIRST)).up()
    assert made.client == "labctl-t-uploader"
    assert made.steps_left == ("wait 1 ms", "verify all")
    assert one.told() == [("started", 1), ("ended", 1), ("started", 2)]
    assert one.roles() == ["ballast-1", "bucket", "holder", "minio", "observer", "uploader"]
    again = one.up()
    assert (again.operations, again.steps_left) == (0, made.steps_left)
    assert len(one.told()) == 3
    assert [row.role for row in list_containers(one.engine.observe())] == [
        "ballast-1", "minio", "observer", "uploader",
    ]  # fmt: skip
    assert ("mc", "mb", "--ignore-existing", "lab/files") in one.world.commands


@pytest.mark.parametrize("call", ["create", "start"])
def test_up_goes_on_where_an_earlier_one_failed(lab: Make, call: str) -> None:
    one = lab(BALLAST_FIRST)
    one.engine.fail(call, EngineError("no more room"), name="labctl-t-uploader")
    with pytest.raises(EngineError, match="no more room"):
        one.up()
    one.leave_to(gone())
    made = one.up()
    assert (made.operations, made.client) == (0, "labctl-t-uploader")
    assert one.state("uploader") is not State.CREATED
    assert one.told().count(("started", 1)) == 1
    assert one.holder()[labels.OWNER] == this_process().to_json()


def test_up_plays_nothing_on_a_lab_of_somebody_else(lab: Make) -> None:
    one = lab(BALLAST_FIRST)
    one.engine.fail("start", EngineError("no more room"), name="labctl-t-uploader")
    with pytest.raises(EngineError):
        one.up()
    one.leave_to(elsewhere())
    with pytest.raises(LabHeld, match="process 4711"):
        one.up()
    assert one.state("uploader") is State.CREATED


def test_a_lab_without_any_upload(lab: Make) -> None:
    one = lab("[{ballast: 1m}, {probe: all}]")
    made = one.up()
    assert (made.client, made.steps_left) == (None, ("ballast 1 MiB", "probe all"))
    assert made.started == {}
    assert one.told() == []
    assert one.up().operations == 0
    assert [done.number for done in one.step(rest=True)] == [1, 2]
    assert one.up().steps_left == ()


def test_up_says_that_nobody_plays_other_steps_while_the_upload_goes_on(lab: Make) -> None:
    view = Sees("", lambda: None)
    lab("[{upload: all, meanwhile: [{wait: 1ms}]}]").up(view)
    assert "step 1: its `meanwhile` is played by labctl run alone" in view.said


def test_a_step_that_fails_ends_up_and_leaves_the_lab(lab: Make) -> None:
    one = lab(BALLAST_FIRST)
    one.world.plays["ballast-1"] = lambda _: 4
    with pytest.raises(LabFailed, match="ballast-1 ended with exit code 4"):
        one.up()
    assert one.state("minio") is State.RUNNING
    assert "uploader" not in one.roles()


def test_steps_one_by_one(lab: Make) -> None:
    one = lab()
    assert one.up().steps_left == ("wait 1 ms", "verify all")
    [done] = one.step("probe: all")
    assert (done.number, done.text) == (4, "probe all")
    [done] = one.step()
    assert (done.lab, done.number, done.text) == ("t", 2, "wait 1 ms")
    [done] = one.step("ballast: 1m")
    assert (done.number, done.text) == (5, "ballast 1 MiB")
    [done] = one.step()
    assert (done.number, done.text) == (3, "verify all")
    with pytest.raises(UsageError, match="all steps of lab t have been played"):
        one.step()
    with pytest.raises(UsageError):
        one.step(rest=True)
    assert [done.number for done in one.step("wait: 1ms")] == [6]
    assert [done.number for done in one.step("quota: 5m")] == [7]


def test_all_steps_that_are_left(lab: Make) -> None:
    one = lab()
    one.up()
    assert [(done.number, done.last) for done in one.step(rest=True)] == [(2, False), (3, True)]
    assert not one.step("wait: 1ms")[-1].last
    with pytest.raises(UsageError) as caught:
        one.step()
    assert "`labctl down t` judges the whole" in caught.value.hint


def test_only_the_last_step_of_the_file_is_the_last(lab: Make) -> None:
    one = lab()
    one.up()
    assert [one.step()[0].last for _ in range(2)] == [False, True]


def test_a_step_is_judged_when_the_servers_record_has_come(lab: Make) -> None:
    one = lab()
    one.up()
    [done] = one.step("probe: all")
    assert any("labctl.app.marker" in argv for argv in one.world.commands)
    assert not [gap for gap in done.summary.gaps if "last records" in gap.what]


def test_a_server_whose_record_does_not_come_leaves_a_gap_in_the_step(lab: Make) -> None:
    one = lab()
    one.up()
    one.world.engine = None
    one.engine.fail("exec", EngineError("no exec"), name="labctl-t-observer")
    [done] = one.step("probe: all")
    [gap] = [gap for gap in done.summary.gaps if "last records may be missing" in gap.what]
    assert "no exec" in gap.what


def test_steps_played_meanwhile_have_numbers_too(lab: Make) -> None:
    one = lab("[{upload: all}, {verify: all, meanwhile: [{wait: 1ms}, {probe: all}]}]")
    one.up()
    done = one.step("probe: all\nmeanwhile: [{wait: 1ms}]")
    assert [(each.number, each.text) for each in done] == [(5, "probe all"), (6, "wait 1 ms")]
    assert [done.number for done in one.step("wait: 1ms")] == [7]
    assert [done.number for done in one.step(rest=True)] == [2, 3, 4]


def test_what_is_played_meanwhile_is_judged_by_what_it_expects(lab: Make) -> None:
    one = lab()
    one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    one.world.refused = {"some/1"}
    meanwhile = "{upload: some, expect: {refused: {count: 2}}}"
    outer, inner = one.step(f"{{wait: 1ms, meanwhile: [{meanwhile}]}}")
    assert outer.verdict.checks == ()
    assert [check.result for check in inner.verdict.checks] == ["fail"]
    assert inner.summary.refused == 1


def test_each_step_is_judged(lab: Make) -> None:
    one = lab()
    one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    one.world.refused = {"some/1", "some/3"}
    [good] = one.step("{upload: some, expect: {refused: {count: 2}}}")
    one.world.refused = {"some/1"}
    [bad] = one.step("{upload: some, expect: {refused: {count: 2}}}")
    assert (good.verdict.result, good.summary.refused) == ("pass", 2)
    assert (bad.verdict.result, bad.summary.refused) == ("fail", 1)
    taken = one.down()
    assert "verdict: fail" in str(taken.answer)
    [fault] = [fault for fault in taken.faults if fault.step is not None]
    assert (fault.name, fault.step, fault.result) == ("refused", 5, "fail")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ballast: 900m", "is more than minio/data1 holds"),
        ("grow: 1m", "is less than minio/data1 has"),
        ("upload: other", "there is no group 'other'"),
        ("verify", "verify"),
    ],
)
def test_a_step_that_the_lab_cannot_play_says_why(lab: Make, text: str, told: str) -> None:
    one = lab()
    one.up()
    with pytest.raises(LabFileError) as caught:
        one.step(text)
    assert caught.value.exit_code == 2
    assert caught.value.message.startswith("step:1:")
    assert told in caught.value.message
    assert one.holder()[labels.PARTS] == "", "several steps: what will be made is not known"


@pytest.mark.parametrize("text", ["verify: all", "upload: {resend: refused}"])
def test_a_step_asks_for_an_upload_that_was_played(lab: Make, text: str) -> None:
    one = lab("[{ballast: 1m}, {probe: all}]")
    one.up()
    with pytest.raises(LabFileError) as caught:
        one.step(text)
    assert caught.value.exit_code == 2
    one.step("upload: all")
    one.step(text)


def test_a_step_asks_for_parts_that_were_left(lab: Make) -> None:
    one = lab()
    one.up()
    with pytest.raises(LabFileError, match="there is no upload with `parts: leave` before it"):
        one.step("upload: {parts: abort}")
    one.step("upload: {parts: leave}")
    one.step("upload: {parts: abort}")


def test_drives_that_would_grow_beyond_memory_are_not_even_made(lab: Make) -> None:
    one = lab("[{upload: all}, {grow: 100t}]")
    with pytest.raises(NoMemory, match="the drives take 100 TiB once they have grown") as caught:
        one.up()
    assert caught.value.exit_code == 3
    assert "let the step `grow` less" in caught.value.hint
    assert one.engine.observe() == Observed()


def test_a_step_that_grows_beyond_memory_is_refused(lab: Make) -> None:
    one = lab()
    one.up()
    with pytest.raises(NoMemory, match="the drives would grow by 100 TiB") as caught:
        one.step("grow: 100t")
    assert (caught.value.exit_code, "grow to less" in caught.value.hint) == (3, True)
    assert not [role for role in one.roles() if role.startswith("grow")]
    one.step("grow: 30m")


def test_the_lab_passes_to_the_step_that_works_on_it(lab: Make) -> None:
    one = lab()
    one.up()
    one.leave_to(gone())
    before = one.holder()
    one.step()
    after = one.holder()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {labels.OWNER}
    assert after[labels.OWNER] == this_process().to_json()
    assert not one.up().operations, "no drift"


def test_down_looks_twice_at_what_a_step_may_have_asked_for(lab: Make) -> None:
    one = lab("[{upload: some}]")
    one.up()
    assert "labctl-t-uploader" in one.holder()[labels.PARTS]
    one.leave_to(gone())
    one.step("wait: 1ms")
    assert one.holder()[labels.PARTS] == ""


def test_a_lab_of_somebody_else_is_left_alone(lab: Make) -> None:
    one = lab()
    one.up()
    one.leave_to(elsewhere())
    with pytest.raises(LabHeld, match="process 4711"):
        one.step()
    assert one.holder()[labels.OWNER] == elsewhere().to_json()


def test_a_race_for_the_lab_has_one_winner(lab: Make) -> None:
    one = lab()
    one.up()
    one.leave_to(gone())
    create = one.engine.create

    def race(resource: Any) -> None:
        one.engine.create = create  # type: ignore[method-assign]
        marks = dict(resource.labels) | {labels.OWNER: elsewhere().to_json()}
        create(never_started(resource.name, marks, resource.image))
        create(resource)

    one.engine.create = race  # type: ignore[method-assign]
    with pytest.raises(LabHeld, match="process 4711"):
        one.step()


def test_a_race_whose_winner_is_not_to_be_seen_is_no_error_of_the_engine(lab: Make) -> None:
    one = lab()
    one.up()
    one.leave_to(gone())
    one.engine.fail("create", Conflict("Conflict. The name is in use"), name="labctl-t-holder")
    with pytest.raises(LabHeld, match="another labctl has just taken lab t"):
        one.step()


def no_lab(one: Lab) -> None:
    one.down()


def no_server(one: Lab) -> None:
    one.engine.end("labctl-t-minio", 1)


def no_holder(one: Lab) -> None:
    one.leave_to(None)


@pytest.mark.parametrize(
    ("harm", "kind", "told"),
    [
        (no_lab, NoSuchLab, "no lab is up"),
        (no_server, LabFailed, "MinIO of lab t does not run"),
        (no_holder, LabFailed, "lab t is not whole"),
    ],
)
def test_labs_on_which_no_step_can_be_played(
    lab: Make, harm: Callable[[Lab], None], kind: type[LabctlError], told: str
) -> None:
    one = lab()
    one.up()
    harm(one)
    with pytest.raises(kind, match=told):
        one.step()


def test_a_lab_without_a_holder_is_finished_by_up(lab: Make) -> None:
    one = lab()
    one.up()
    one.leave_to(None)
    assert one.up().operations == 1
    assert [done.number for done in one.step()] == [2]


def test_an_upload_that_runs_is_let_come_to_its_end_first(lab: Make) -> None:
    one = lab()
    seen: list[bool] = []

    def uploads(running: Running) -> int:
        eventually(lambda: seen)
        return one.world._uploader(running)

    one.world.plays["uploader"] = uploads
    assert one.up().client_exit is None
    one.step(view=Sees("waiting for uploader", lambda: seen.append(True)))
    assert one.told() == [("started", 1), ("ended", 1), ("started", 2), ("ended", 2)]


def test_an_upload_of_up_outlives_a_step_that_is_interrupted(lab: Make) -> None:
    one = lab()
    one.world.plays["uploader"] = until_stopped
    one.up()
    with pytest.raises(Interrupted) as caught:
        one.step(view=Sees("waiting for uploader", interrupt))
    assert one.state("uploader") is State.RUNNING
    assert one.told() == [("started", 1)]
    assert "lab t stays up" in caught.value.hint


def test_a_step_that_is_interrupted_ends_its_container(lab: Make) -> None:
    one = lab("[{upload: some}, {verify: all}]")
    one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    one.world.plays["verify-2"] = until_stopped

    def once_it_runs() -> None:
        if "verify-2" in one.roles():
            interrupt()

    with pytest.raises(Interrupted) as caught:
        one.step(view=Sees("", once_it_runs))
    assert caught.value.exit_code == 130
    assert one.engine.inspect("labctl-t-verify-2").exit_code == 143
    assert one.state("minio") is State.RUNNING
    assert one.told()[-1] == ("ended", 2)
    assert "verdict" in str(one.down().answer)


def test_what_containers_said_is_read_once_to_judge_a_step(lab: Make) -> None:
    one = lab("[{upload: some}, {wait: 1ms}]")
    one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    one.step("wait: 1ms")
    before = len(one.engine.calls)
    one.step()
    reads = [call for call in one.engine.calls[before:] if call.verb == "logs"]
    assert [call.name for call in reads].count("labctl-t-uploader") == 1


def test_a_step_that_fails_leaves_the_lab_up(lab: Make) -> None:
    one = lab("[{upload: some}, {ballast: 1m}, {verify: all}]")
    one.up()
    one.world.plays["ballast-2"] = lambda _: 4
    with pytest.raises(LabFailed, match="exit code 4"):
        one.step()
    assert [done.number for done in one.step()] == [3]


def test_what_a_step_that_was_killed_leaves(lab: Make) -> None:
    """One of its containers may run on, another may have been made and not started."""
    one = lab("[{upload: some}, {verify: all}, {probe: all}]")
    one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    one.world.plays["verify-2"] = until_stopped
    one.engine.fail("stop", EngineError("killed"), name="labctl-t-verify-2")
    one.engine.fail("start", EngineError("killed"), name="labctl-t-probe-3")
    with pytest.raises(Interrupted):
        one.step(view=Sees("", lambda: "verify-2" in one.roles() and interrupt()))
    assert one.state("verify-2") is State.RUNNING
    going = Sees("waiting for verify-2", lambda: one.engine.end("labctl-t-verify-2", 0))
    with pytest.raises(EngineError, match="killed"):
        one.step(view=going)
    assert one.state("probe-3") is State.CREATED
    assert [done.number for done in one.step()] == [3]
    assert one.state("probe-3") is State.EXITED


def test_down_judges_all_steps_and_keeps_what_each_said(lab: Make, tmp_path: Path) -> None:
    steps = "[{upload: some, expect: {refused: {count: 0}}}, {verify: all}]"
    one = lab(steps, "expect: {refused: {count: 0}}\n")
    one.up()
    one.step(rest=True)
    one.step("{upload: some, expect: {refused: {count: 1}}}")
    one.step("wait: 1ms")
    taken = one.down()
    assert "verdict: fail" in str(taken.answer)
    assert one.engine.observe() == Observed()
    logs = tmp_path / "runs" / "t" / "latest" / "logs"
    assert sorted(path.stem for path in logs.iterdir()) == [
        "minio", "observer", "uploader", "uploader-3", "verify-2",
    ]  # fmt: skip
    begun = {e.record.step: e.record for e in one.events() if isinstance(e.record, StepStarted)}
    assert {number: record.expect for number, record in begun.items() if record.expect} == {
        1: {"refused": {"count": {"min": 0, "max": 0}}},
        3: {"refused": {"count": {"min": 1, "max": 1}}},
    }
    assert {event.source for event in one.events()} >= {"uploader-3", "verify-2", "labctl"}


def test_a_client_of_ones_own_plays_uploads_too(lab: Make) -> None:
    one = lab("[{wait: 1ms}]", "client: {image: 'mine:1', command: [go]}\n")
    one.world.plays["uploader-2"] = lambda _: 0
    one.up()
    one.step("upload: all")
    made = one.world.made[-1]
    assert (made.image, made.command) == ("mine:1", ("go",))
    one.engine.remove_image("mine:1")
    with pytest.raises(LabFailed, match="image mine:1 is gone"):
        one.step("upload: all")


def test_an_upload_sends_bytes_of_its_own(lab: Make) -> None:
    one = lab()
    one.up()
    one.step("upload: some")
    task = UploadTask.from_arguments(arguments(one.world.made[-1]))
    assert (task.step, task.seed) == (4, 4)


def test_evidence_goes_elsewhere_where_its_folder_is_gone(lab: Make, tmp_path: Path) -> None:
    one = lab()
    made = one.up()
    eventually(lambda: one.state("uploader") is State.EXITED)
    made.evidence.rename(tmp_path / "moved")
    one.leave_to(gone())
    one.step()
    assert Path(one.holder()[labels.EVIDENCE]).is_dir()
    assert one.told() == [("started", 2), ("ended", 2)]


def test_a_wait_that_is_late_ends_a_run_and_keeps_its_evidence(lab: Make) -> None:
    one = lab("[{upload: some}, {wait: {writable: 1m}, within: 5s}, {verify: all}]")
    one.world.plays["wait-2"] = lambda _: 3
    result = one.run()
    assert isinstance(result.failure, LabFailed)
    assert "no put was accepted within 5.0 s" in result.failure.message
    assert one.engine.observe() == Observed()
    assert (result.folder.path / "logs" / "wait-2.log").is_file()
    assert [number for _, number in one.told()] == [1, 1, 2, 2]
    assert "within 5.0 s" in (result.folder.path / "summary.json").read_text()


def test_a_step_played_meanwhile_that_fails_is_no_interruption(lab: Make) -> None:
    one = lab("[{upload: some, meanwhile: [{wait: {log: never}, within: 100ms}]}]")
    one.world.plays["uploader"] = until_stopped
    result = one.run()
    assert isinstance(result.failure, LabFailed)
    assert "did not hold 'never' within 100 ms" in result.failure.message


def test_the_time_of_a_run_is_over(lab: Make) -> None:
    one = lab()
    one.world.plays["uploader"] = until_stopped
    result = one.run(within=1.0)
    assert isinstance(result.failure, LabFailed)
    assert "did not end within" in result.failure.message
    assert one.engine.observe() == Observed()


@pytest.mark.parametrize("words", [(), ("--next", "--rest"), ("wait: 1s", "--next")])
def test_one_kind_of_step_is_asked_for(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="STEP, --next or --rest"):
        labctl.main(["step", *words], standalone_mode=False)
