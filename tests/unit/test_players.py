"""The containers that play steps: what they run, what they may, and what they are told."""

from typing import Any

import pytest

from labctl import labels
from labctl.app.task import HandTask, ProbeTask, Task, UploadTask, WaitTask, Writer
from labctl.labfile.verbs import Delete, Probe, Upload
from labctl.players import (
    delete_task,
    groups_of,
    hand,
    mark,
    needs_bucket_first,
    probe_task,
    program,
    read_writer,
    role_of,
    upload_task,
    uploader,
    wait_task,
)
from labctl.resources import Container, Mount
from labctl.setting import RunImage
from tests.unit.labs import APP, lab, setting

MIB = 2**20
OWN = RunImage("mine:1", "sha256:03")
FOLDER = {"files": {"own": {"dir": "x"}}}


def sends(upload: Upload | None = None, number: int = 1, **fields: Any) -> UploadTask:
    return upload_task(lab(**fields), upload or Upload(), number)


@pytest.mark.parametrize(
    ("steps", "roles"),
    [
        ([], ["uploader"]),
        ([{"ballast": "1m"}, {"upload": "all"}, {"upload": "all"}],
         ["ballast-1", "uploader", "uploader-3"]),
        ([{"verify": "all", "meanwhile": [{"upload": "all"}]}, {"upload": "all"}],
         ["verify-1", "uploader", "uploader-3"]),
    ],
)  # fmt: skip
def test_the_files_first_upload_is_the_uploader(steps: list[Any], roles: list[str]) -> None:
    made = lab(steps=steps)
    found = [role_of(made, n, step.name) for n, (_, step) in made.numbered().items()]
    assert found == roles


def test_without_an_upload_in_the_file_each_has_its_number() -> None:
    assert role_of(lab(steps=[{"verify": "all"}]), 2, "upload") == "uploader-2"


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({}, False),
        ({"bucket": {"quota": "5m"}}, True),
        ({"bucket": {"versioning": True}}, True),
        ({"client": {"image": "mine:1"}}, True),
        ({"steps": [{"ballast": "1m"}, {"upload": "all"}]}, True),
        ({"steps": [{"upload": "all"}, {"ballast": "1m"}]}, False),
    ],
)
def test_who_makes_the_bucket(fields: dict[str, Any], first: bool) -> None:
    assert needs_bucket_first(lab(**fields)) is first
    assert sends(**fields).make_bucket is not first


def test_a_step_overrides_the_client() -> None:
    client = {"parallel": 2, "pace": "1s", "on_error": "retry", "retry": {"attempts": 7}}
    own = sends(client=client)
    assert (own.parallel, own.pace, own.on_error, own.attempts) == (2, 1.0, "retry", 7)
    step = Upload(parallel=5, pace=0, on_error="stop", overwrite=3)
    other = sends(step, client=client)
    assert (other.parallel, other.pace, other.on_error, other.attempts) == (5, 0.0, "stop", 1)
    assert (own.overwrite, other.overwrite) == (1, 3)


def test_each_upload_has_bytes_of_its_own() -> None:
    assert [sends(number=n, seed=40).seed for n in (1, 2, 9)] == [40, 41, 48]


@pytest.mark.parametrize(
    ("fields", "upload", "stamps"),
    [
        ({}, Upload(), 1),
        ({"client": {"on_error": "retry"}}, Upload(), 5),
        ({"client": {"on_error": "retry"}}, Upload(overwrite=4), 20),
        ({"client": {"on_error": "retry"}}, Upload(on_error="stop"), 1),
    ],
)
def test_a_label_says_how_often_an_object_may_be_written(
    fields: Any, upload: Upload, stamps: int
) -> None:
    made = uploader(lab(seed=7, **fields), setting(), 3, upload)
    assert read_writer(made.labels[labels.WRITER]) == Writer(3, 9, stamps)
    assert made.labels[labels.STEP] == "3"


def test_a_client_of_ones_own() -> None:
    given = {"image": "mine:1", "command": ["go"], "user": "7:8", "writable": True}
    made = uploader(lab(client=given), setting(client=OWN), 1, Upload())
    assert (made.image, made.command, made.user) == ("mine:1", ("go",), "7:8")
    assert made.read_only is False
    assert made.labels[labels.IMAGE_ID] == OWN.id
    assert made.capabilities == ()


def test_labctls_own_client() -> None:
    made = uploader(lab(client={"parallel": 4}), setting(), 1, Upload())
    assert (made.image, made.user, made.read_only) == (APP.tag, "1000:1000", True)
    assert made.command[:4] == ("python3", "-m", "labctl.app", "uploader")
    assert made.memory == 256 * MIB + 3 * 4 * 5 * MIB
    assert made.mounts == ()
    secret = lab().minio.secret_key
    assert not any(secret in word for word in made.command)
    assert made.env["AWS_SECRET_ACCESS_KEY"] == secret


def test_files_of_ones_own_are_mounted() -> None:
    made = uploader(lab(**FOLDER), setting(), 1, Upload())
    assert made.mounts == (Mount("labctl-t-files", "/files"),)


def test_groups_in_the_labs_order_and_only_some_of_them() -> None:
    made = lab(files={"a": {"count": 3, "size": 5}, "b": {"dir": "x"}})
    assert [group.name for group in groups_of(made, ())] == ["a", "b"]
    assert [group.folder for group in groups_of(made, ("b",))] == ["/files/b"]
    [only] = groups_of(made, (), {"a": ((2, 3),)})
    assert (only.name, only.count, only.size, only.only) == ("a", 3, 5, ((2, 3),))
    assert groups_of(made, (), {}) == ()


@pytest.mark.parametrize(
    ("task", "name", "memory"),
    [
        (delete_task(lab(), Delete(count=5)), "deleter", 0),
        (delete_task(lab(), Delete(group="some")), "deleter", 0),
        (probe_task(lab(), Probe(large=30 * MIB), None), "prober", 60 * MIB),
        (wait_task(lab(), "writable", 7 * MIB, 0.1, 5.0), "waiter", 14 * MIB),
    ],
)
def test_programs_hold_their_largest_body_twice(task: Task, name: str, memory: int) -> None:
    made = program(lab(), setting(), 4, "role-4", task)
    assert made.command[:4] == ("python3", "-m", "labctl.app", name)
    assert type(task).from_arguments(made.command[4:]) == task
    assert made.memory == 256 * MIB + memory
    assert (made.network, made.aliases, made.shares) == (
        "labctl-t-net",
        (),
        "labctl-t-observer",
    )
    assert made.capabilities == ()


@pytest.mark.parametrize(
    ("what", "capabilities", "user"),
    [("ballast", (), "1000:1000"), ("grow", ("SYS_ADMIN",), "0:0")],
)
def test_only_the_hand_that_grows_a_drive_has_a_capability(
    what: str, capabilities: tuple[str, ...], user: str
) -> None:
    task = HandTask(what, {"minio/data1": "/drives/data1"}, 5)
    made = hand(setting(), 2, f"{what}-2", task, 100 * MIB)
    assert (made.capabilities, made.user) == (capabilities, user)
    assert made.mounts == (Mount("labctl-t-minio-data1", "/drives/data1"),)
    assert (made.network, made.env) == (None, {})
    assert made.memory == 164 * MIB


def test_a_mark_plays_nothing() -> None:
    made: Container = mark(setting(), 3, "quota-3")
    assert made.labels[labels.PLAYED] == "3"
    assert labels.STEP not in made.labels
    assert made.network is None


def test_what_is_waited_for_and_probed() -> None:
    waits = wait_task(lab(client={"timeout": "9s"}), "quota-armed", 5, 0.5, 7.0)
    assert (waits.until, waits.every, waits.within, waits.timeout) == ("quota-armed", 0.5, 7, 9)
    assert isinstance(waits, WaitTask)
    probe = probe_task(lab(), Probe(small=2), "key")
    assert isinstance(probe, ProbeTask)
    assert (probe.existing, probe.small, probe.part_size) == ("key", 2, 5 * MIB)
