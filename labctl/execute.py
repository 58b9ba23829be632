"""Walks a plan's operations, side by side where none waits for another. Decides nothing."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from labctl import events, mc
from labctl.engine.base import Engine, FileEntry
from labctl.errors import LabctlError
from labctl.labfile.folders import find_files
from labctl.plan import (
    Action,
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
from labctl.quota import ServerMc, confirm_quota, set_quota
from labctl.readiness import await_healthy

Emit = Callable[[events.Operation | events.QuotaSet], None]
_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out plans on an engine; each operation's end goes to `emit`."""

    engine: Engine
    emit: Emit
    ready_timeout: float = 60.0
    stop: threading.Event = field(default_factory=threading.Event)

    def execute(self, plan: Plan) -> None:
        """Carry out `plan`. After a failure nothing further is begun; calls under way are
        finished, and the first error is raised."""
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="operation") as pool:
            try:
                self._walk(plan, pool)
            except BaseException:
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _walk(self, plan: Plan, pool: ThreadPoolExecutor) -> None:
        waiting = {operation.id: operation for operation in plan.operations}
        done: set[str] = set()
        running: dict[Future[None], str] = {}
        while waiting or running:
            for operation in tuple(_ready(waiting, done)):
                del waiting[operation.id]
                running[pool.submit(self._perform, operation)] = operation.id
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done.add(running.pop(future))
                future.result()

    def _perform(self, operation: Operation) -> None:
        began = time.monotonic()
        try:
            self._act(operation.action)
        except LabctlError as error:
            self._tell(operation, began, error.message)
            raise
        self._tell(operation, began, None)

    def _tell(self, operation: Operation, began: float, error: str | None) -> None:
        seconds = round(time.monotonic() - began, 6)
        self.emit(events.Operation(time.time(), operation.id, operation.cause, seconds, error))

    def _act(self, action: Action) -> None:
        match action:
            case Create(resource):
                self.engine.create(resource)
            case Remove(seen):
                self.engine.remove(seen)
            case Start(container):
                self.engine.start(container)
            case CopyFiles(container, folders, root):
                self.engine.put(container, root, entries(folders))
            case AwaitHealthy(container, port):
                timeout = self.ready_timeout
                await_healthy(self.engine, container, port, timeout=timeout, stop=self.stop)
            case LogIn(container):
                ServerMc(self.engine, container).log_in()
            case PrepareBucket():
                prepare_bucket(self.engine, action)
                if action.quota is not None:
                    self.emit(events.QuotaSet(time.time(), action.bucket, action.quota))
            case ConfirmQuota(container, bucket, quota):
                confirm_quota(ServerMc(self.engine, container), bucket, quota)


def _ready(waiting: Mapping[str, Operation], done: set[str]) -> Iterator[Operation]:
    return (step for step in waiting.values() if all(name in done for name in step.after))


def entries(folders: Mapping[str, Path]) -> Iterator[FileEntry]:
    """Every file of the folders, under its group's name."""
    for group, folder in folders.items():
        for path in find_files(folder):
            yield FileEntry(path, f"{group}/{path.relative_to(folder).as_posix()}")


def prepare_bucket(engine: Engine, action: PrepareBucket) -> None:
    """Make the bucket, turn on its versions, and set its quota."""
    server = ServerMc(engine, action.container)
    server.run(mc.make_bucket(action.bucket))
    if action.versioning:
        server.run(mc.keep_versions(action.bucket))
    if action.quota is not None:
        set_quota(server, action.bucket, action.quota)
