"""Steps are played: in which order, side by side, for how long, and how they end."""

import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from labctl import labels
from labctl.app.records import UploadEnded, encode
from labctl.app.task import HandTask
from labctl.engine.memory_box import Running
from labctl.errors import Conflict, Interrupted, LabFailed, StepStopped, Unhealthy
from labctl.events import QuotaSet, StepEnded, StepStarted
from labctl.labfile.lab import Lab, steps_of
from labctl.labfile.step import Step
from labctl.orchestrator.left import played_steps
from labctl.players import mark
from labctl.resources import State
from labctl.steps.number import number_steps
from labctl.steps.play import Playing, time_limit
from tests.unit.labs import lab
from tests.unit.world import Theatre, World, eventually, put_up, until_stopped

MIB = 2**20
LONG = 20.0
"""Far more seconds than anything here takes, and far fewer than the steps would wait."""


def play(theatre: Theatre) -> None:
    for numbered in number_steps(steps_of(theatre.stage.lab)):
        Playing(theatre.stage).play(numbered)


def ended(theatre: Theatre) -> dict[int, str | None]:
    return {each.step: each.error for each in theatre.told if isinstance(each, StepEnded)}


def exit_code(theatre: Theatre, role: str) -> int | None:
    return theatre.engine.inspect(theatre.named(role)).exit_code


def fails(running: Running) -> int:
    running.say("{}")
    running.say("the reason")
    return 4


STEPS = st.recursive(
    st.just(Step.model_validate({"wait": "1s"})),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda steps: Step.model_validate({"probe": "all"}).model_copy(
            update={"meanwhile": tuple(steps)}
        )
    ),
    max_leaves=6,
)


@given(st.lists(STEPS, min_size=1, max_size=4).map(tuple), st.integers(1, 50))
def test_steps_are_numbered_as_in_the_lab_file(steps: tuple[Step, ...], first: int) -> None:
    found = []

    def walk(numbered: Any) -> None:
        for each in numbered:
            found.append((each.number - first + 1, each.step))
            walk(each.meanwhile)

    walk(number_steps(steps, first))
    whole = lab().model_copy(update={"steps": steps})
    assert found == [(number, step) for number, (_, step) in whole.numbered().items()]


def test_each_step_is_told_when_it_begins_and_when_it_ends() -> None:
    aside = [{"quota": "5m"}, {"wait": "1ms"}]
    theatre = put_up(lab(steps=[{"verify": "all", "meanwhile": aside}, {"probe": "all"}]))
    until_quota = threading.Event()

    def verifies(_running: Running) -> int:
        assert until_quota.wait(LONG)
        return 0

    theatre.world.plays["verify-1"] = verifies
    tell = theatre.told.append

    def told(record: Any) -> None:
        tell(record)
        if isinstance(record, StepEnded) and record.verb == "wait":
            until_quota.set()

    object.__setattr__(theatre.stage, "tell", told)
    play(theatre)
    order = [(type(r).type, getattr(r, "step", 0)) for r in theatre.told]
    assert order == [
        ("step-started", 1), ("step-started", 2), ("quota-set", 0), ("step-ended", 2),
        ("step-started", 3), ("step-ended", 3), ("step-ended", 1),
        ("step-started", 4), ("step-ended", 4),
    ]  # fmt: skip
    begun = [each for each in theatre.told if isinstance(each, StepStarted)]
    assert [each.parent for each in begun] == [None, 1, 1, None]
    assert [each.role for each in begun] == ["verify-1", None, None, "probe-4"]
    assert set(ended(theatre).values()) == {None}


def test_when_a_step_played_meanwhile_fails_the_main_one_is_told_to_end() -> None:
    theatre = put_up(lab(steps=[{"upload": "all", "meanwhile": [{"ballast": "1m"}]}]))
    theatre.world.plays = {"uploader": until_stopped, "ballast-2": fails}
    with pytest.raises(LabFailed, match="ballast-2 ended with exit code 4: the reason") as caught:
        play(theatre)
    assert not isinstance(caught.value, StepStopped)
    assert exit_code(theatre, "uploader") == 143
    assert ended(theatre) == {
        1: "ballast-2 ended with exit code 4: the reason",
        2: "ballast-2 ended with exit code 4: the reason",
    }


@pytest.mark.parametrize("aside", [{"wait": "10m"}, {"wait": {"log": "x"}}, {"probe": "all"},
                                   {"ballast": "1m", "for": "10m"}])  # fmt: skip
def test_when_the_main_step_fails_what_is_played_meanwhile_is_told_to_end(aside: Any) -> None:
    theatre = put_up(lab(steps=[{"verify": "all", "meanwhile": [aside]}]))

    def verifies(running: Running) -> int:
        eventually(lambda: any(getattr(r, "step", 0) == 2 for r in theatre.told))
        return fails(running)

    theatre.world.plays = {"verify-1": verifies, "probe-2": until_stopped}
    with pytest.raises(LabFailed, match="verify-1 ended with exit code 4"):
        play(theatre)
    assert ended(theatre)[2] == "told to end before its time"
    assert not [t for t in threading.enumerate() if t.name == "meanwhile"]


def test_a_step_played_meanwhile_that_cannot_even_begin_ends_the_main_one() -> None:
    told: list[Any] = []

    def tell(record: Any) -> None:
        if record.step == 2:
            raise LabFailed("the record cannot be written")
        told.append(record)

    aside = [{"wait": "1ms"}]
    theatre = put_up(lab(steps=[{"upload": "all", "meanwhile": aside}]), tell=tell)
    theatre.world.plays = {"uploader": until_stopped}
    with pytest.raises(LabFailed, match="cannot be written"):
        play(theatre)
    assert exit_code(theatre, "uploader") == 143


def test_steps_after_one_that_failed_meanwhile_are_not_played() -> None:
    aside = [{"ballast": "1m"}, {"ballast": "2m"}]
    theatre = put_up(lab(steps=[{"verify": "all", "meanwhile": aside}]))
    theatre.world.plays = {"ballast-2": fails}
    with pytest.raises(LabFailed, match="ballast-2"):
        play(theatre)
    assert 3 not in ended(theatre)


@pytest.mark.parametrize(
    ("step", "role", "doing"),
    [
        ({"upload": "all"}, "uploader", "waiting for the client"),
        ({"ballast": "1m"}, "ballast-1", "step 1, ballast 1 MiB"),
        ({"wait": {"writable": "1m"}}, "wait-1", "step 1, wait until 1 MiB can be written"),
    ],
)
def test_what_is_waited_for(step: Any, role: str, doing: str) -> None:
    said: list[str] = []

    def ends_once_told(_running: Running) -> int:
        eventually(lambda: said)
        return 0

    theatre = put_up(lab(steps=[step]), progress=said.append)
    theatre.world.plays = {role: ends_once_told}
    play(theatre)
    assert set(said) == {doing}


def test_a_step_that_takes_too_long_is_stopped() -> None:
    theatre = put_up(lab(steps=[{"upload": "all", "within": "200ms"}]))
    theatre.world.plays = {"uploader": until_stopped}
    with pytest.raises(LabFailed, match="did not end within 200 ms") as caught:
        play(theatre)
    assert (caught.value.exit_code, exit_code(theatre, "uploader")) == (4, 143)
    stops = [call for call in theatre.engine.calls if call.verb == "stop"]
    assert [call.name for call in stops] == [theatre.named("uploader")], "once is enough"
    assert "within" in caught.value.hint
    [told] = ended(theatre).values()
    assert told == caught.value.message


@pytest.mark.parametrize("step", [{"wait": "10m"}, {"quota": "5m", "for": "10m"}])
def test_the_time_of_the_run_ends_a_rest(step: Any) -> None:
    theatre = put_up(lab(steps=[step]), deadline=time.monotonic() + 0.5)
    with pytest.raises(LabFailed, match=r"10 min 0 s did not pass within \d+ ms"):
        play(theatre)


def test_no_step_begins_when_the_time_of_the_run_is_over() -> None:
    theatre = put_up(lab(steps=[{"probe": "all"}]), deadline=time.monotonic())
    with pytest.raises(LabFailed, match="the time of the run was over before step 1, probe all"):
        play(theatre)
    assert theatre.told == []
    assert theatre.world.made == []


@pytest.mark.parametrize(
    ("step", "seconds"),
    [
        ({"upload": "all"}, 3600), ({"probe": "all"}, 600), ({"wait": "30m"}, 2400),
        ({"ballast": "1m", "for": "1h"}, 4200), ({"ballast": "1m", "for": "5s", "within": "9s"}, 9),
    ],
)  # fmt: skip
def test_how_long_a_step_may_take(step: Any, seconds: float) -> None:
    assert time_limit(Step.model_validate(step)) == seconds


def test_a_state_that_would_outlast_its_step_is_refused() -> None:
    with pytest.raises(ValidationError, match="longer than the step's time limit"):
        Step.model_validate({"ballast": "1m", "for": "10s", "within": "5s"})


def test_a_step_that_is_interrupted_ends_what_it_has_started() -> None:
    def interrupt(_text: str) -> None:
        raise Interrupted(2)

    aside = {"meanwhile": [{"wait": "10m"}]}
    theatre = put_up(lab(steps=[{"upload": "all", **aside}]), progress=interrupt)
    theatre.world.plays = {"uploader": until_stopped}
    with pytest.raises(Interrupted):
        play(theatre)
    assert exit_code(theatre, "uploader") == 143
    assert ended(theatre) == {1: "interrupted", 2: "told to end before its time"}


def test_a_server_that_dies_ends_the_step() -> None:
    theatre = put_up(lab(steps=[{"verify": "all"}]))

    def verifies(running: Running) -> int:
        theatre.engine.end(theatre.stage.server, 1)
        return until_stopped(running)

    theatre.world.plays = {"verify-1": verifies}
    with pytest.raises(Unhealthy, match="ended with exit code 1"):
        play(theatre)
    assert exit_code(theatre, "verify-1") == 143


def test_how_a_client_ends_is_no_failure_of_its_step() -> None:
    theatre = put_up(lab(steps=[{"upload": "all"}]))
    theatre.world.plays = {"uploader": fails}
    play(theatre)
    assert ended(theatre) == {1: None}


def test_the_last_word_is_told_as_it_comes_while_others_are_silent() -> None:
    told = threading.Event()
    seen: list[bool] = []

    def upload(running: Running) -> int:
        running.say(encode(UploadEnded(time.time(), "done", 1, 1, 0, 1, 1, 0)))
        seen.append(told.wait(20))
        return 0

    theatre = put_up(
        lab(steps=[{"upload": "all"}]), World({"uploader": upload}), last_word=told.set
    )
    Playing(theatre.stage).play(number_steps(steps_of(theatre.stage.lab))[0])
    assert seen == [True]


def test_what_lasts_a_while_is_undone() -> None:
    theatre = put_up(lab(steps=[{"ballast": "1m", "for": "1ms"}, {"quota": "5m", "for": "1ms"}]))
    play(theatre)
    assert [theatre.hand(role).size for role in ("ballast-1", "ballast-1-undo")] == [MIB, 0]
    assert [r.quota for r in theatre.told if isinstance(r, QuotaSet)] == [5 * MIB, None]
    assert theatre.world.quota is None


@pytest.mark.parametrize("keep", [False, True])
def test_what_was_to_last_is_undone_when_it_is_cut_short_and_the_lab_stays(keep: bool) -> None:
    ballast = {"ballast": {"size": "1m", "keep": keep}, "for": "10m"}
    said: list[str] = []
    theatre = put_up(lab(steps=[ballast]), say_undone=said.append)
    if keep:
        theatre.world.plays = {"ballast-1": until_stopped}

    def interrupt(seconds: float) -> None:
        raise Interrupted(2)

    stops = theatre.stage.stop
    stops.wait = interrupt  # type: ignore[method-assign, assignment]
    with pytest.raises(Interrupted):
        play(theatre)
    assert theatre.hand("ballast-1-undo-early").size == 0
    [told] = said
    assert told.startswith("step 1, ballast 1 MiB")
    assert told.endswith("cut short; what it set was undone")


def test_a_quota_that_was_to_last_is_taken_away_when_another_step_fails() -> None:
    aside = [{"quota": "5m", "for": "10m"}]
    said: list[str] = []
    theatre = put_up(lab(steps=[{"verify": "all", "meanwhile": aside}]), say_undone=said.append)

    def verifies(running: Running) -> int:
        eventually(lambda: theatre.world.quota)
        return fails(running)

    theatre.world.plays = {"verify-1": verifies}
    with pytest.raises(LabFailed, match="verify-1 ended with exit code 4"):
        play(theatre)
    assert theatre.world.quota is None
    assert len(said) == 1


def test_what_cannot_be_undone_is_told() -> None:
    said: list[str] = []
    steps = [{"ballast": "1m", "for": "10m", "within": "11m"}]
    deadline = time.monotonic() + 0.5
    theatre = put_up(lab(steps=steps), say_undone=said.append, deadline=deadline)
    theatre.world.plays = {"ballast-1-undo-early": fails}
    with pytest.raises(LabFailed, match="did not pass"):
        play(theatre)
    [told] = said
    assert "what it set may still be there: ballast-1-undo-early ended with exit code 4" in told


def test_nothing_is_undone_in_a_lab_that_goes() -> None:
    theatre = put_up(lab(steps=[{"ballast": "1m", "for": "10m"}]), deadline=time.monotonic() + 0.5)
    with pytest.raises(LabFailed, match="did not pass"):
        play(theatre)
    assert [made.labels[labels.ROLE] for made in theatre.world.made if made.command] == [
        "ballast-1"
    ]


def test_a_neighbour_that_takes_every_page_is_told_how_long() -> None:
    kept = {"ballast": {"size": "1m", "keep": True}, "for": "10m"}
    theatre = put_up(lab(steps=[kept]))
    play(theatre)
    assert [theatre.hand(role).keep for role in ("ballast-1", "ballast-1-undo")] == [600, None]


def test_every_step_leaves_its_number_on_the_engine() -> None:
    steps = [
        {"upload": "all", "meanwhile": [{"wait": "1ms"}]}, {"quota": "none"}, {"ballast": "1m"},
        {"delete": "all"}, {"probe": "all"}, {"verify": "all"}, {"wait": {"writable": "1m"}},
    ]  # fmt: skip
    theatre = put_up(lab(steps=steps))
    play(theatre)
    assert played_steps(theatre.engine.observe("t")) == set(range(1, 9))


def test_what_was_made_and_never_started_gives_way() -> None:
    theatre = put_up(lab(steps=[{"probe": "all"}]))
    stage = theatre.stage
    theatre.engine.create(mark(stage.setting, 9, "probe-1"))
    play(theatre)
    assert theatre.engine.inspect(theatre.named("probe-1")).state is State.EXITED
    with pytest.raises(Conflict):
        play(theatre)


def test_a_container_is_labelled_with_its_step() -> None:
    theatre = put_up(lab(steps=[{"upload": "all"}, {"upload": "all"}]))
    play(theatre)
    made = [theatre.container(role).labels for role in ("uploader", "uploader-2")]
    assert [found[labels.STEP] for found in made] == ["1", "2"]
    assert [found[labels.WRITER] for found in made] == ["1:1:1", "2:2:1"]


def four_drives() -> Lab:
    return lab(minio={"drives": 4, "size": "10m"}, steps=[{"ballast": "1m", "at": "minio1/data2"}])


def test_a_drive_is_meant_by_its_name() -> None:
    theatre = put_up(four_drives())
    play(theatre)
    assert theatre.hand("ballast-1") == HandTask("ballast", {"minio/data2": "/drives/data2"}, MIB)
    mounts = theatre.container("ballast-1").mounts
    assert [mount.volume for mount in mounts] == [theatre.named("minio-data2")]
