"""Planning: pure, converging, and in an order that works."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl import labels
from labctl.orchestrator.choose import complete
from labctl.plan import (
    AwaitHealthy,
    ConfirmQuota,
    CopyFiles,
    Create,
    LogIn,
    Operation,
    Plan,
    PrepareBucket,
    Remove,
    Start,
)
from labctl.resources import Health, Observed, State
from tests.unit.labs import bucket_of, carry_out, drawn, holder_label, plan

NOTHING = Observed()
FILE = "the lab's files, bucket, client or steps"
BALLAST_FIRST = [{"ballast": "1m"}, {"upload": "all"}]


def test_a_new_lab_in_full() -> None:
    text = plan(drawn(), NOTHING).text()
    assert text.splitlines() == [
        " 1. create container labctl-t-holder (holds the lab)",
        " 2. create network labctl-t-net (missing) after 1",
        " 3. create volume labctl-t-minio-data1 (missing) after 1",
        " 4. create container labctl-t-minio (missing) after 1, 2, 3",
        " 5. start container labctl-t-minio (new) after 1, 2, 3, 4",
        " 6. create container labctl-t-observer (missing) after 1, 2, 3",
        " 7. start container labctl-t-observer (new) after 1, 2, 3, 6",
        " 8. wait until labctl-t-minio is healthy (not yet healthy) after 5",
        " 9. create container labctl-t-uploader (missing) after 1, 2, 3",
        "10. start container labctl-t-uploader (not yet started) after 1, 2, 3, 9, 7",
    ]


def test_a_lab_that_is_up_needs_nothing() -> None:
    wanted = drawn()
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    again = plan(wanted, there)
    assert not again
    assert again.text() == "nothing to do: the lab is up as its file says"


def test_a_client_that_ended_counts_as_present() -> None:
    wanted = drawn()
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    ended = tuple(
        replace(seen, state=State.EXITED, exit_code=1) if seen.role == "uploader" else seen
        for seen in there.containers
    )
    assert not plan(wanted, replace(there, containers=ended))


def test_a_server_that_ended_is_started_and_awaited() -> None:
    wanted = drawn()
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    ended = tuple(
        replace(seen, state=State.EXITED) if seen.role == "minio" else seen
        for seen in there.containers
    )
    actions = [
        type(step.action) for step in plan(wanted, replace(there, containers=ended)).operations
    ]
    assert actions == [Remove, Create, Start, AwaitHealthy]


def test_a_server_that_is_not_yet_healthy_is_awaited() -> None:
    wanted = drawn()
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    starting = tuple(replace(seen, health=Health.STARTING) for seen in there.containers)
    steps = plan(wanted, replace(there, containers=starting)).operations
    assert str(AwaitHealthy(wanted.server.name)) in {step.id for step in steps}


@pytest.mark.parametrize(
    ("changed", "drifted"),
    [
        ({"minio": {"size": "64m"}}, ["labctl-t-minio-data1", "labctl-t-minio"]),
        ({"minio": {"secret_key": "another-secret"}}, ["labctl-t-minio", "labctl-t-uploader"]),
        ({"client": {"parallel": 2}}, [FILE, "labctl-t-uploader"]),
        ({"bucket": {"quota": "10MiB"}}, [FILE, "labctl-t-uploader"]),
        ({"seed": 5}, [FILE, "labctl-t-uploader"]),
        ({"steps": [{"upload": "all"}, {"verify": "all"}]}, [FILE]),
        ({"steps": [{"upload": "all", "within": "5s"}]}, [FILE]),
        ({"steps": [{"upload": "all", "meanwhile": [{"wait": "5s"}]}]}, [FILE]),
        ({"expect": {"refused": {"count": 0}}}, []),
    ],
)
def test_other_settings_are_named(changed: dict[str, object], drifted: list[str]) -> None:
    there = carry_out(plan(drawn(), NOTHING).operations, NOTHING)
    assert list(plan(drawn(**changed), there).drifted) == drifted


def test_files_are_copied_before_the_client_starts() -> None:
    wanted = drawn(files={"own": {"dir": "x"}}, folders={"own": Path("x")})
    steps = {step.id: step for step in plan(wanted, NOTHING).operations}
    copy = str(CopyFiles(wanted.client.name, wanted.folders))
    assert str(Create(wanted.client)) in steps[copy].after
    assert copy in steps[str(Start(wanted.client.name))].after


def test_files_are_not_copied_again_once_the_client_ran() -> None:
    wanted = drawn(files={"own": {"dir": "x"}}, folders={"own": Path("x")})
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    assert not plan(wanted, there)


@pytest.mark.parametrize("bucket", [{"quota": "10MiB"}, {"versioning": True}])
def test_a_bucket_with_settings_comes_before_the_client(bucket: dict[str, object]) -> None:
    wanted = drawn(bucket=bucket)
    steps = plan(wanted, NOTHING).operations
    prepared = next(step for step in steps if step.id.startswith("make bucket"))
    start = next(step for step in steps if step.id == str(Start(wanted.client.name)))
    assert prepared.id in start.after
    assert str(AwaitHealthy(wanted.server.name)) in prepared.after


@pytest.mark.parametrize(("bucket", "waits"), [({}, False), ({"quota": "10MiB"}, True)])
def test_the_observer_starts_after_the_server_where_no_client_waits_for_it(
    bucket: dict[str, object], waits: bool
) -> None:
    wanted = drawn(bucket=bucket)
    steps = {step.id: step for step in plan(wanted, NOTHING).operations}
    after = steps[str(Start(wanted.observer.name))].after
    assert (str(Start(wanted.server.name)) in after) is waits


def test_a_lab_whose_first_step_is_no_upload_has_its_bucket_made() -> None:
    wanted = drawn(steps=BALLAST_FIRST)
    operations = plan(wanted, NOTHING).operations
    assert [step.id for step in operations[-2:]] == [
        "make bucket files in labctl-t-minio",
        "create container labctl-t-bucket",
    ]
    there = carry_out(operations, NOTHING)
    assert not plan(wanted, there)
    unmade = carry_out(operations[:-1], NOTHING)
    assert [step.id for step in plan(wanted, unmade).operations][-2:] == [
        step.id for step in operations[-2:]
    ]


def kinds(found: Plan) -> list[type[Any]]:
    return [type(operation.action) for operation in found.operations]


def without(found: Plan, last: str) -> list[Operation]:
    """The operations of a plan of which a command that was killed did not do these."""
    return [step for step in found.operations if not step.id.startswith(("read back", last))]


@pytest.mark.parametrize("steps", [[], BALLAST_FIRST])
def test_a_quota_that_was_not_read_back_is_read_back_by_the_next_up(steps: list[Any]) -> None:
    wanted, quota = drawn(bucket={"quota": "10MiB"}, steps=steps), 10 * 2**20
    fresh = plan(wanted, NOTHING, quota)
    killed = carry_out(without(fresh, "create container labctl-t-bucket"), NOTHING)
    again = plan(wanted, killed, quota)
    prepared = [PrepareBucket] if steps else []
    assert kinds(again)[2:] == [LogIn, *prepared, ConfirmQuota, Create]
    assert kinds(again)[:2] == [Remove, Create], "it takes the lab first"
    confirm, mark = again.operations[-2:]
    assert confirm.id in mark.after
    assert not plan(wanted, carry_out(again.operations, killed), quota)


def test_the_client_does_not_wait_until_the_quota_was_read_back() -> None:
    wanted, quota = drawn(bucket={"quota": "10MiB"}), 10 * 2**20
    steps = {step.id: step for step in plan(wanted, NOTHING, quota).operations}
    after = steps[str(Start(wanted.client.name))].after
    assert str(bucket_of(wanted, quota)) in after
    assert not any(name.startswith("read back") for name in after)


def test_a_client_that_was_not_started_has_its_bucket_made_once() -> None:
    wanted, quota = drawn(bucket={"quota": "10MiB"}), 10 * 2**20
    start = str(Start(wanted.client.name))
    done = [step for step in plan(wanted, NOTHING, quota).operations if step.id != start]
    assert kinds(plan(wanted, carry_out(done, NOTHING), quota)) == [Remove, Create, Start]


def test_a_lab_that_nobody_holds_is_held() -> None:
    wanted = drawn()
    there = carry_out(plan(wanted, NOTHING).operations, NOTHING)
    rest = tuple(seen for seen in there.containers if seen.role != labels.HOLDER)
    operations = plan(wanted, replace(there, containers=rest)).operations
    assert [step.id for step in operations] == [str(Create(wanted.holder))]


@pytest.mark.parametrize("steps", [[], BALLAST_FIRST])
def test_the_client_is_started_by_the_plan_where_it_plays_the_first_step(steps: list[Any]) -> None:
    wanted = drawn(steps=steps)
    fresh = plan(wanted, NOTHING)
    name = wanted.client.name if wanted.client else None
    assert fresh.client == name
    assert (name is None) == bool(steps)
    assert plan(wanted, carry_out(fresh.operations, NOTHING)).client is None


def test_the_drives_memory_is_asked_for_only_when_the_server_is_made() -> None:
    wanted = drawn(minio={"size": "64m", "drives": 2})
    fresh = plan(wanted, NOTHING)
    assert fresh.drives == 128 * 2**20
    assert plan(wanted, carry_out(fresh.operations, NOTHING)).drives == 0


def test_complete_only_when_every_part_is_there() -> None:
    steps = plan(drawn(), NOTHING).operations
    states = [carry_out(steps[:count], NOTHING) for count in range(len(steps) + 1)]
    last_create = max(n for n, step in enumerate(steps) if isinstance(step.action, Create))
    assert [complete(state) for state in states] == [n > last_create for n in range(len(states))]


@given(
    drives=st.integers(1, 16),
    quota=st.none() | st.integers(1, 2**40),
    own_files=st.booleans(),
    steps=st.sampled_from([[], BALLAST_FIRST, [{"verify": "all"}]]),
    done=st.integers(0, 40),
)
def test_planning_after_executing_plans_nothing(
    drives: int, quota: int | None, own_files: bool, steps: list[Any], done: int
) -> None:
    folders = {"own": Path("x")} if own_files else {}
    files = {"own": {"dir": "x"}} if own_files else {"some": {"count": 1, "size": 1}}
    wanted = drawn(
        minio={"drives": drives}, bucket={"quota": quota}, files=files, folders=folders, steps=steps
    )
    first = plan(wanted, NOTHING, quota)
    assert (first.client is None) == bool(steps)
    half = carry_out(first.operations[:done], NOTHING)
    rest = plan(wanted, half, quota)
    assert not rest.drifted
    whole = carry_out(rest.operations, half)
    assert not plan(wanted, whole, quota)
    assert holder_label(whole, labels.PARTS).split() == [
        resource.name for resource in wanted.resources() if resource is not wanted.holder
    ]


@given(drives=st.integers(1, 16), done=st.integers(0, 40))
def test_every_operation_stands_behind_what_it_waits_for(drives: int, done: int) -> None:
    wanted = drawn(minio={"drives": drives})
    half = carry_out(plan(wanted, NOTHING).operations[:done], NOTHING)
    passed: set[str] = set()
    for step in plan(wanted, half).operations:
        assert set(step.after) <= passed
        passed.add(step.id)
    assert len(passed) == len(plan(wanted, half).operations)
