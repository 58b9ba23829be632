"""What each verb does on a lab that is up: what its container is told, and when it fails."""

import threading
import time
from typing import Any

import pytest

from labctl.app.records import DriveSample, Probed, encode
from labctl.app.task import DeleteTask, Group, ProbeTask, UploadTask, VerifyTask, WaitTask, Writer
from labctl.blueprint import server_memory
from labctl.engine.memory_box import Call, Running
from labctl.errors import LabFailed, Unhealthy
from labctl.events import QuotaSet
from labctl.labfile.lab import Lab, steps_of
from labctl.steps.number import number_steps
from labctl.steps.play import Playing
from labctl.steps.wait import next_size
from tests.unit.labs import lab
from tests.unit.world import Theatre, World, put_up, until_stopped

MIB = 2**20
LONG = 20.0
FILES = {"some": {"count": 3, "size": "1MiB"}, "more": {"count": 2, "size": "2MiB"}}


def play(theatre: Theatre) -> Theatre:
    for numbered in number_steps(steps_of(theatre.stage.lab)):
        Playing(theatre.stage).play(numbered)
    return theatre


def played(*steps: Any, world: World | None = None, **fields: Any) -> Theatre:
    return play(put_up(lab(**{"files": FILES, "steps": steps} | fields), world))


def failure(theatre: Theatre) -> LabFailed:
    with pytest.raises(LabFailed) as caught:
        play(theatre)
    assert caught.value.exit_code == 4
    return caught.value


def sample(theatre: Theatre, drive: str, size: int, free: int) -> None:
    theatre.engine.say(theatre.stage.observer, encode(DriveSample(0.0, drive, size, free, 9, 9)))


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        ({"writable": "1m"}, "step 1, wait: no put was accepted within 5.0 s"),
        ("quota_armed", "step 1, wait: no put was refused for the quota within 5.0 s"),
    ],
)
def test_a_wait_whose_put_is_late(wait: Any, told: str) -> None:
    theatre = put_up(lab(steps=[{"wait": wait, "within": "5s"}]))
    theatre.world.plays["wait-1"] = lambda _: 3
    assert failure(theatre).message == told
    task = theatre.task("wait-1", WaitTask)
    assert (task.size, round(task.within)) == (MIB, 5)


@pytest.mark.parametrize(
    ("steps", "number", "size"),
    [
        ([{"wait": "quota_armed"}, {"upload": "more"}], 1, 2 * MIB),
        ([{"upload": "more"}, {"wait": "quota_armed"}, {"upload": "all"}], 2, MIB),
        ([{"upload": "more"}, {"wait": "quota_armed"}], 2, MIB),
        ([{"upload": "more"}], 9, MIB),
        ([{"wait": "1s", "meanwhile": [{"upload": "more"}]}, {"upload": "some"}], 1, 2 * MIB),
    ],
)
def test_puts_are_as_large_as_the_next_object(steps: Any, number: int, size: int) -> None:
    assert next_size(lab(files=FILES, steps=steps), number) == size


def test_puts_of_a_folder_are_as_large_as_a_part() -> None:
    own = lab(files={"own": {"dir": "x"}}, client={"part_size": "7m"})
    assert next_size(own, 1) == 7 * MIB


def test_a_wait_for_the_log() -> None:
    theatre = put_up(lab(steps=[{"wait": {"log": "no space"}}]))
    theatre.engine.say(theatre.stage.server, "Error: no space left on device")
    play(theatre)
    late = put_up(lab(steps=[{"wait": {"log": "no space"}, "within": "100ms"}]))
    assert failure(late).message == (
        "step 1, wait: MinIO's log did not hold 'no space' within 100 ms"
    )


def test_a_wait_for_the_log_of_a_server_that_ends() -> None:
    theatre = put_up(lab(steps=[{"wait": {"log": "x"}}]))
    theatre.engine.end(theatre.stage.server, 1)
    assert isinstance(failure(theatre), Unhealthy)


def watch(theatre: Theatre, *samples: tuple[str, int, int]) -> list[BaseException]:
    """Play a wait while the observer says `samples`; what the wait raised."""
    errors: list[BaseException] = []
    listens = threading.Event()

    logs = theatre.engine.logs

    def listen(name: str, **given: Any) -> Any:
        found = logs(name, **given)
        listens.set()
        return found

    theatre.engine.logs = listen  # type: ignore[method-assign]

    def main() -> None:
        try:
            play(theatre)
        except LabFailed as error:
            errors.append(error)

    player = threading.Thread(target=main)
    player.start()
    assert listens.wait(LONG)
    for each in samples:
        sample(theatre, *each)
    player.join(LONG)
    assert not player.is_alive()
    return errors


def used(**more: Any) -> Lab:
    return lab(minio={"drives": 2}, steps=[{"wait": {"drive_used": "90%"}, **more}])


def test_a_wait_for_a_drive() -> None:
    assert watch(put_up(used()), ("minio/data1", 100, 11), ("minio/data2", 100, 10)) == []


@pytest.mark.parametrize(
    ("more", "before", "then"),
    [
        ({}, [], [("minio/data1", 100, 11)]),
        ({"at": "minio1/data1"}, [], [("minio/data2", 100, 0)]),
        ({}, [("minio/data1", 100, 0)], [("minio/data1", 100, 50)]),
    ],
    ids=["not enough", "another drive", "long ago"],
)
def test_a_wait_for_a_drive_that_is_late(more: Any, before: Any, then: Any) -> None:
    theatre = put_up(used(within="300ms", **more))
    for each in before:
        sample(theatre, *each)
    [error] = watch(theatre, *then)
    assert str(error) == "step 1, wait: no drive was 90% full within 300 ms"


def test_a_ballasts_pages_are_its_own() -> None:
    theatre = put_up(lab(minio={"drives": 2, "size": "10m"}, steps=[{"ballast": "95%"}]))
    sample(theatre, "minio/data2", 30 * MIB, 0)
    play(theatre)
    hand = theatre.container("ballast-1")
    assert (hand.memory, hand.capabilities, hand.user) == ((64 + 10 + 30) * MIB, (), "1000:1000")
    assert theatre.hand("ballast-1").share == 0.95


def test_the_server_may_use_the_memory_before_its_drives_grow() -> None:
    steps = [{"grow": "50m", "at": "minio/data1"}, {"grow": "30m", "at": "minio/data2"}]
    theatre = put_up(lab(minio={"drives": 2, "size": "10m"}, steps=steps))
    limits: list[int] = []
    limit = theatre.engine.limit_memory

    def note(name: str, memory: int) -> None:
        limits.append(memory)
        limit(name, memory)

    def grows(_running: Running) -> int:
        sample(theatre, "minio/data1", 50 * MIB, 0)
        return 0

    theatre.engine.limit_memory = note  # type: ignore[method-assign]
    theatre.world.plays["grow-1"] = grows
    play(theatre)
    assert limits == [server_memory(60 * MIB), server_memory(80 * MIB)]
    calls = theatre.engine.calls
    limited = calls.index(Call("limit_memory", theatre.stage.server))
    assert limited < calls.index(Call("create", theatre.named("grow-1")))
    hand = theatre.container("grow-1")
    assert (hand.capabilities, hand.user) == (("SYS_ADMIN",), "0:0")
    assert theatre.hand("grow-1").drives == {"minio/data1": "/drives/data1"}


@pytest.mark.parametrize("verb", ["ballast", "grow"])
def test_a_hand_that_fails_says_why(verb: str) -> None:
    theatre = put_up(lab(steps=[{verb: "900m"}]))

    def fails(running: Running) -> int:
        running.say("mount: not permitted", "stderr")
        return 4

    theatre.world.plays[f"{verb}-1"] = fails
    assert failure(theatre).message == f"{verb}-1 ended with exit code 4: mount: not permitted"


@pytest.mark.parametrize(
    ("generation", "words"),
    [
        ("new", ("mc", "quota", "set", "lab/files", "--size", "5242880B")),
        ("old", ("mc", "admin", "bucket", "quota", "lab/files", "--hard", "5242880B")),
    ],
)
def test_a_quota_is_set_and_taken_away(generation: str, words: tuple[str, ...]) -> None:
    theatre = played({"quota": "5m"}, world=World(generation=generation))
    assert theatre.world.quota == 5 * MIB
    assert words in theatre.world.commands
    assert [r.quota for r in theatre.told if isinstance(r, QuotaSet)] == [5 * MIB]
    again = played({"quota": "none"}, world=theatre.world)
    assert theatre.world.quota is None
    assert [r.quota for r in again.told if isinstance(r, QuotaSet)] == [None]
    secret = theatre.stage.lab.minio.secret_key
    assert not any(secret in word for command in theatre.world.commands for word in command)


@pytest.mark.parametrize(
    ("step", "before", "told"),
    [
        ({"quota": "5m"}, None, "the quota of files reads none, not 5242880 bytes"),
        ({"quota": "none"}, 7, "the quota of files reads 7 bytes, not none"),
    ],
)
def test_an_mc_that_does_nothing_is_found_out(step: Any, before: int | None, told: str) -> None:
    theatre = put_up(lab(steps=[step]), World(generation="idle", quota=before))
    error = failure(theatre)
    assert error.message == told
    assert "choose another release with minio.image" in error.hint
    assert not [r for r in theatre.told if isinstance(r, QuotaSet)]


def resent(*steps: Any, refused: set[str], role: str, **fields: Any) -> dict[str, Any]:
    """Which objects an upload's container is told to send, by group, None for all."""
    theatre = played(*steps, world=World(refused=refused), **fields)
    return {group.name: group.only for group in theatre.task(role, UploadTask).groups}


@pytest.mark.parametrize(
    ("resend", "only"),
    [
        ({"resend": "refused"}, {"some": ((2, 2),), "more": ((1, 2),)}),
        ({"resend": "refused", "groups": "some"}, {"some": ((2, 2),)}),
        ({"resend": "unacknowledged", "groups": "some"}, {"some": ((2, 2), (4, 2**53))}),
        ({"resend": "unacknowledged", "groups": "more"}, {"more": ((1, 2**53),)}),
    ],
)
def test_what_is_sent_again(resend: Any, only: Any) -> None:
    refused = {"some/2", "more/1", "more/2"}
    assert resent({"upload": "all"}, {"upload": resend}, refused=refused, role="uploader-2") == only


def test_what_was_never_sent_is_unacknowledged_but_not_refused() -> None:
    first = {"upload": "some"}
    again = {"upload": {"resend": "refused"}}
    rest = {"upload": {"resend": "unacknowledged"}}
    assert resent(first, again, refused={"some/3"}, role="uploader-2") == {"some": ((3, 3),)}
    found = resent(first, rest, refused={"some/3"}, role="uploader-2")
    assert found == {"some": ((3, 2**53),), "more": ((1, 2**53),)}


def test_nothing_is_left_to_be_sent_again() -> None:
    again = {"upload": {"resend": "refused"}}
    assert resent({"upload": "all"}, again, refused=set(), role="uploader-2") == {}


def test_what_was_sent_again_is_not_refused_any_more() -> None:
    again = {"upload": {"resend": "refused"}}
    found = resent({"upload": "all"}, again, again, refused={"some/1"}, role="uploader-3")
    assert found == {}


def test_files_of_ones_own_are_sent_again() -> None:
    own = {"files": {"own": {"dir": "x"}}}
    again = {"upload": {"resend": "refused"}}
    world = World(refused={"own/2"})
    theatre = put_up(lab(steps=[{"upload": "all"}, again], **own), world)
    theatre.engine.put = lambda *_: None  # type: ignore[method-assign]
    object.__setattr__(theatre.stage.setting, "folders", {"own": "/nowhere"})
    play(theatre)
    [group] = theatre.task("uploader-2", UploadTask).groups
    assert group == Group("own", folder="/files/own", only=((2, 2),))


def test_files_of_ones_own_that_were_never_copied() -> None:
    error = failure(put_up(lab(files={"own": {"dir": "x"}})))
    assert "are yet to be copied" in error.message
    assert "labctl up FILE" in error.hint


def test_parts_that_were_left_are_no_refusal_and_can_be_completed() -> None:
    leave, complete = {"upload": {"parts": "leave"}}, {"upload": {"parts": "complete"}}
    theatre = played(leave, {"upload": {"resend": "refused"}}, complete)
    assert theatre.task("uploader-2", UploadTask).groups == ()
    task = theatre.task("uploader-3", UploadTask)
    assert [writer.upload for writer in task.writers] == [1, 2]
    assert all(group.only is None for group in task.groups)


def test_an_overwrite_stamps_each_round() -> None:
    theatre = played({"upload": {"groups": "some", "overwrite": 4}}, {"verify": "all"})
    assert theatre.task("verify-2", VerifyTask).writers == (Writer(1, 1, 4),)


def test_what_is_read_back() -> None:
    world = World(refused={"some/2"})
    theatre = played({"upload": "some"}, {"verify": "all"}, {"verify": "acknowledged"}, world=world)
    every = theatre.task("verify-2", VerifyTask)
    assert (every.listed, [group.only for group in every.groups]) == (True, [None, None])
    some = theatre.task("verify-3", VerifyTask)
    assert (some.listed, some.groups) == (False, (Group("some", 3, MIB, only=((1, 1), (3, 3))),))
    mounts = theatre.container("verify-2").mounts
    assert [(mount.target, mount.read_only) for mount in mounts] == [("/drives/data1", True)]


@pytest.mark.parametrize(
    ("steps", "existing"),
    [
        ([], None),
        ([{"upload": "some"}], "some/3"),
        ([{"upload": "all"}, {"delete": {"group": "more"}}], "some/3"),
        ([{"upload": "some"}, {"delete": {"group": "some"}}], None),
        ([{"upload": "some"}, {"delete": {"group": "some"}}, {"upload": "some"}], "some/3"),
    ],
)
def test_a_probe_reads_an_object_that_is_stored(steps: Any, existing: str | None) -> None:
    theatre = played(*steps, {"probe": "all"})
    assert theatre.task(f"probe-{len(steps) + 1}", ProbeTask).existing == existing


@pytest.mark.parametrize(
    ("status", "existing"), [(204, "some/2"), (None, "some/2"), (507, "some/3")]
)
def test_a_probe_reads_nothing_that_one_before_it_deleted(
    status: int | None, existing: str
) -> None:
    def probe(running: Running) -> int:
        now = time.time()
        done = Probed(now, "delete", now, now, status == 204, status=status, object="some/3")
        running.say(encode(done))
        return 0

    steps = [{"upload": "some"}, {"probe": "all"}, {"probe": "all"}]
    theatre = put_up(lab(files=FILES, steps=steps), World({"probe-2": probe}))
    for numbered in number_steps(steps_of(theatre.stage.lab)):
        Playing(theatre.stage).play(numbered)
    assert theatre.task("probe-3", ProbeTask).existing == existing


def test_history_is_told_in_the_order_of_time() -> None:
    """A step of the command line has a larger number than the file's own that come after it."""
    theatre = put_up(lab(files=FILES, steps=[{"delete": {"group": "some"}}, {"upload": "some"}]))
    delete, upload = number_steps(steps_of(theatre.stage.lab))
    Playing(theatre.stage).play(upload)
    Playing(theatre.stage).play(delete)
    [probe] = number_steps(steps_of(lab(steps=[{"probe": "all"}])), 3)
    Playing(theatre.stage).play(probe)
    assert theatre.task("probe-3", ProbeTask).existing is None
    assert theatre.task("delete-1", DeleteTask).groups[0].name == "some"


def test_a_program_that_cannot_reach_the_server() -> None:
    theatre = put_up(lab(steps=[{"delete": "all"}]))

    def unreachable(running: Running) -> int:
        running.say("the server never answered", "stderr")
        return 1

    theatre.world.plays["delete-1"] = unreachable
    assert "exit code 1: the server never answered" in failure(theatre).message


def test_a_deleter_that_is_late_is_stopped() -> None:
    theatre = put_up(lab(steps=[{"delete": "all", "within": "200ms"}]))
    theatre.world.plays["delete-1"] = until_stopped
    assert "did not end within 200 ms" in failure(theatre).message
