"""A world for steps on the engine in memory: its containers print what labctl's programs print."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from labctl import labels
from labctl.app.records import Attempt, Deletion, TaskEnded, UploadEnded, UploadStarted, encode
from labctl.app.task import DeleteTask, Group, HandTask, UploadTask
from labctl.blueprint import blueprint
from labctl.engine.base import ExecResult, SeenImage
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Program, Running, Script
from labctl.events import Record
from labctl.labfile.lab import Lab
from labctl.resources import Container
from labctl.setting import MINIO, Setting
from labctl.steps.scene import Stage
from tests.unit.labs import APP, SERVER, setting

FULL = {"outcome": "info", "status": 507, "code": "XMinioStorageFull"}
DONE = {"outcome": "ok", "status": 200}
UNKNOWN = ExecResult(1, b"", b"mc: <ERROR> `quota` is not a recognized command.")
SAID = ExecResult(0, b"", b"")


def until_stopped(running: Running) -> int:
    """Runs until somebody stops it."""
    running.asked_to_stop.wait(60)
    return 143


def arguments(container: Container) -> tuple[str, ...]:
    """What a program of the app is told."""
    return container.command[4:]


@dataclass
class World:
    """What containers do: `plays` by role, else as the app's programs do where all goes well.

    `refused` are the objects that the next upload is refused, as `group/number`. `quota` is what
    mc has set, by a `generation` of mc: `new`, `old` (other words) or `idle` (does nothing).
    """

    plays: dict[str, Program] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    quota: int | None = None
    generation: str = "new"
    commands: list[tuple[str, ...]] = field(default_factory=list)
    made: list[Container] = field(default_factory=list)
    engine: MemoryEngine | None = None

    def run(self, running: Running) -> int:
        """Be a container's main program."""
        self.made.append(running.container)
        role = running.container.labels[labels.ROLE]
        command = running.container.command
        if role in self.plays:
            return self.plays[role](running)
        if command[:3] != ("python3", "-m", "labctl.app"):
            return until_stopped(running)
        return int(getattr(self, f"_{command[3]}", _does_nothing)(running))

    def answer(self, name: str, argv: tuple[str, ...], _stdin: bytes) -> ExecResult:
        """Be a command inside a container. A marker's audit record comes at once."""
        self.commands.append(argv)
        if "labctl.app.marker" in argv and self.engine is not None:
            self.engine.say(name, " ".join(argv))
        if argv[:2] == ("mc", "quota"):
            return UNKNOWN if self.generation == "old" else self._quota(argv[2], argv)
        if argv[:4] == ("mc", "admin", "bucket", "quota"):
            verb = next((word[2:] for word in argv if word in ("--hard", "--clear")), "info")
            return self._quota(verb, argv)
        return SAID

    def _quota(self, verb: str, argv: tuple[str, ...]) -> ExecResult:
        if verb == "info":
            kind = {"quota": self.quota, "type": "hard"} if self.quota else {}
            return ExecResult(0, json.dumps({"status": "success", **kind}).encode(), b"")
        if self.generation != "idle":
            self.quota = None if verb == "clear" else int(argv[-1].removesuffix("B"))
        return SAID

    def _uploader(self, running: Running) -> int:
        task = UploadTask.from_arguments(arguments(running.container))
        running.say(encode(started(task)))
        for number, (group, n) in enumerate(_objects(task.groups), 1):
            key = f"{group}/{n}"
            left = {"outcome": "info", "status": 200} if task.parts == "leave" else DONE
            said = FULL if key in self.refused else left
            running.say(encode(attempt(number, key, group, n, **said)))
        self.refused.clear()
        running.say(encode(UploadEnded(time.time(), "done", 1, 1, 0, 1, 1, 0)))
        return 0

    def _deleter(self, running: Running) -> int:
        task = DeleteTask.from_arguments(arguments(running.container))
        for group, n in _objects(task.groups):
            now = time.time()
            running.say(encode(Deletion(now, f"{group}/{n}", group, now, now, "ok", status=204)))
        return 0


def _does_nothing(running: Running) -> int:
    running.say(encode(TaskEnded(time.time(), "program", "done", 1, 1, 0)))
    return 0


def _objects(groups: tuple[Group, ...]) -> Iterator[tuple[str, int]]:
    for group in groups:
        pairs = ((1, group.count or 3),) if group.only is None else group.only
        for first, last in pairs:
            yield from ((group.name, n) for n in range(first, min(last, group.count or 3) + 1))


def started(task: UploadTask) -> UploadStarted:
    """How an upload begins."""
    return UploadStarted(
        time=time.time(), client="c", bucket=task.bucket, objects=3, bytes=3, part_size=5,
        parallel=1, pace=0.0, on_error="continue", attempts=1, timeout=60.0, seed=task.seed,
        step=task.step, resend=task.resend, parts=task.parts,
    )  # fmt: skip


def attempt(operation: int, key: str, group: str, number: int, **said: Any) -> Attempt:
    """A try at one object of a mebibyte."""
    now = time.time()
    return Attempt(
        time=now, operation=operation, attempt=1, object=key, group=group, bytes=2**20, parts=1,
        started=now, ended=now, last=True, number=number, **said,
    )  # fmt: skip


@dataclass
class Theatre:
    """A lab that is up on an engine in memory, and what its stage told."""

    engine: MemoryEngine
    stage: Stage
    world: World
    told: list[Record]

    def container(self, role: str) -> Container:
        """The newest container of a role that was started."""
        return next(c for c in reversed(self.world.made) if c.labels[labels.ROLE] == role)

    def task(self, role: str, kind: Any) -> Any:
        """What the program of a role was told."""
        return kind.from_arguments(arguments(self.container(role)))

    def hand(self, role: str) -> HandTask:
        """What a hand was told."""
        found: HandTask = self.task(role, HandTask)
        return found

    def named(self, role: str) -> str:
        """The name of a role's container."""
        return labels.resource_name("t", role)


def engine_of(world: World, *images: str | SeenImage) -> MemoryEngine:
    """An engine whose containers do what `world` says; those of lab `t` that run all the time wait
    to be stopped."""
    servers = {labels.resource_name("t", role): Script() for role in (MINIO, labels.OBSERVER)}
    world.engine = MemoryEngine(
        images=images, default=world.run, answer=world.answer, programs=servers
    )
    return world.engine


def put_up(lab: Lab, world: World | None = None, **given: Any) -> Theatre:
    """A lab that is up, without any client; `given` are fields of its stage or of its setting."""
    world, told = world or World(), list[Record]()
    own: Setting = setting(**given.pop("setting", {}))
    engine = engine_of(world, SERVER.tag, APP.tag)
    wanted = blueprint(lab, own)
    for resource in wanted.resources():
        if resource not in (wanted.client, wanted.bucket):
            engine.create(resource)
    engine.start(wanted.server.name)
    engine.start(wanted.observer.name)
    stage = Stage(engine, lab, own, told.append, lambda _: None, threading.Event())
    return Theatre(engine, replace(stage, **given), world, told)


def eventually(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail where it does not within 20 s."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "did not come true within 20 s"
        time.sleep(0.005)
