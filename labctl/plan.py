"""Pure: what is wanted and what exists -> operations, each with its cause and what it waits for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labctl import labels
from labctl.blueprint import Blueprint
from labctl.resources import (
    Container,
    Health,
    Network,
    Observed,
    Resource,
    Seen,
    SeenContainer,
    SeenNetwork,
    State,
    Volume,
)
from labctl.setting import API_PORT, FILES_ROOT


@dataclass(frozen=True, slots=True)
class Create:
    """Make a resource; a container is not started by it."""

    resource: Resource

    def __str__(self) -> str:
        return f"create {_kind(self.resource)} {self.resource.name}"


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove what is there."""

    seen: Seen

    def __str__(self) -> str:
        return f"remove {_kind_seen(self.seen)} {self.seen.name}"


@dataclass(frozen=True, slots=True)
class CopyFiles:
    """Copy folders of this machine into a container's volume, a subfolder a group."""

    container: str
    folders: Mapping[str, Path]
    root: str = FILES_ROOT

    def __str__(self) -> str:
        return f"copy files of {', '.join(self.folders)} into {self.container}"


@dataclass(frozen=True, slots=True)
class Start:
    """Start a container."""

    container: str

    def __str__(self) -> str:
        return f"start container {self.container}"


@dataclass(frozen=True, slots=True)
class AwaitHealthy:
    """Wait until a server answers that its cluster is healthy."""

    container: str
    port: int = API_PORT

    def __str__(self) -> str:
        return f"wait until {self.container} is healthy"


@dataclass(frozen=True, slots=True)
class LogIn:
    """Give mc inside a server's container the server's own login; the server need not answer."""

    container: str

    def __str__(self) -> str:
        return f"log mc in, in {self.container}"


@dataclass(frozen=True, slots=True)
class PrepareBucket:
    """Make the bucket with mc inside a server's container, and set its quota."""

    container: str
    bucket: str
    quota: int | None
    versioning: bool

    def __str__(self) -> str:
        quota = f", quota {self.quota} bytes" if self.quota else ""
        versions = ", with versions" if self.versioning else ""
        return f"make bucket {self.bucket}{quota}{versions} in {self.container}"


@dataclass(frozen=True, slots=True)
class ConfirmQuota:
    """Read back the quota of a bucket with mc inside a server's container."""

    container: str
    bucket: str
    quota: int

    def __str__(self) -> str:
        return f"read back the quota of {self.bucket} in {self.container}"


Action = Create | Remove | CopyFiles | Start | AwaitHealthy | LogIn | PrepareBucket | ConfirmQuota


@dataclass(frozen=True, slots=True)
class Operation:
    """One action, why it is needed, and the operations (by id) that it waits for."""

    action: Action
    cause: str
    after: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Unique within a plan."""
        return str(self.action)


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in an order in which they could be done one by one."""

    operations: tuple[Operation, ...] = ()
    drifted: tuple[str, ...] = ()
    """Names of what exists with other settings than wanted; such a plan is not carried out."""
    drives: int = 0
    """Bytes of the drives that come to life with this plan."""
    client: str | None = None
    """The container of the first step's client, where it is started."""

    def __bool__(self) -> bool:
        return bool(self.operations)

    def text(self) -> str:
        """The plan for people: a line an operation, numbered, with its cause and what it awaits."""
        return "\n".join(self._lines()) or "nothing to do: the lab is up as its file says"

    def _lines(self) -> Iterator[str]:
        numbers = {operation.id: n for n, operation in enumerate(self.operations, 1)}
        for name in self.drifted:
            yield f"other settings: {name}"
        for number, operation in enumerate(self.operations, 1):
            awaited = ", ".join(str(numbers[name]) for name in operation.after)
            after = f" after {awaited}" if awaited else ""
            yield f"{number:2}. {operation.id} ({operation.cause}){after}"


def plan_up(wanted: Blueprint, observed: Observed, *, bucket: PrepareBucket) -> Plan:
    """What is missing until the lab is as wanted and its client was started."""
    drifted = tuple(_drifted(wanted, observed))
    needed = tuple(_missing(wanted, observed, bucket))
    if needed or observed.container(wanted.holder.name) is None:
        needed = (*_hold(wanted, observed), *needed)
    present = {operation.id for operation in needed}
    trimmed = (
        Operation(step.action, step.cause, tuple(name for name in step.after if name in present))
        for step in needed
    )
    drives = sum(drive.size or 0 for drive in wanted.drives)
    alive = observed.container(wanted.server.name) is not None
    name = wanted.client.name if wanted.client else None
    client = name if name and str(Start(name)) in present else None
    return Plan(tuple(trimmed), drifted, 0 if alive else drives, client)


def _drifted(wanted: Blueprint, observed: Observed) -> Iterator[str]:
    for resource in wanted.resources():
        seen = observed.find(resource.name)
        spec = resource.labels.get(labels.SPEC)
        found = seen.labels.get(labels.SPEC) if seen is not None else None
        if resource is wanted.holder and found not in (None, spec):
            yield "the lab's files, bucket, client or steps"
        elif seen is not None and resource is not wanted.holder and found != spec:
            yield resource.name


def _hold(wanted: Blueprint, observed: Observed) -> Iterator[Operation]:
    """Take the lab: the holder of an earlier command gives way to one that names this one."""
    taken = observed.container(wanted.holder.name)
    if taken is not None:
        yield Operation(Remove(taken), "its owner has ended")
    after = (str(Remove(taken)),) if taken else ()
    yield Operation(Create(wanted.holder), "holds the lab", after)


def _missing(wanted: Blueprint, observed: Observed, bucket: PrepareBucket) -> Iterator[Operation]:
    held = (str(Create(wanted.holder)),)
    ground = tuple(_ground(wanted))
    for resource in ground:
        if observed.find(resource.name) is None:
            yield Operation(Create(resource), "missing", held)
    built = (*held, *(str(Create(resource)) for resource in ground))
    yield from _run(wanted.server, observed, built)
    # Starting containers side by side delays them all. The observer can wait where no client does.
    later = (str(Start(wanted.server.name)),) if wanted.bucket_first else ()
    yield from _run(wanted.observer, observed, built, later)
    yield from _health(wanted.server, observed)
    yield from _client(wanted, observed, built, bucket)


def _ground(wanted: Blueprint) -> Iterator[Volume | Network]:
    yield wanted.network
    yield from wanted.drives
    if wanted.files is not None:
        yield wanted.files


def _run(
    container: Container, observed: Observed, after: tuple[str, ...], later: tuple[str, ...] = ()
) -> Iterator[Operation]:
    """Make and start a container that is to run as long as the lab is up."""
    seen = observed.container(container.name)
    if seen is None:
        yield Operation(Create(container), "missing", after)
    if seen is None or seen.state is not State.RUNNING:
        cause = "new" if seen is None else f"it is {seen.state}"
        yield Operation(Start(container.name), cause, (*after, str(Create(container)), *later))


def _health(server: Container, observed: Observed) -> Iterator[Operation]:
    seen = observed.container(server.name)
    if seen is None or seen.state is not State.RUNNING or seen.health is not Health.HEALTHY:
        cause = "not yet healthy" if seen is None else f"health: {seen.health}"
        yield Operation(AwaitHealthy(server.name), cause, (str(Start(server.name)),))


def _client(
    wanted: Blueprint, observed: Observed, built: tuple[str, ...], bucket: PrepareBucket
) -> Iterator[Operation]:
    """The bucket, and the client of the first step; one that was ever started counts as present."""
    client = wanted.client
    if client is None:
        yield from _bucket(wanted, observed, bucket)
        return
    seen = observed.container(client.name)
    if seen is not None and seen.started:
        # It has waited for the bucket, and not until the quota was read back.
        yield from _bucket(wanted, observed, bucket, made=True)
        return
    if seen is None:
        yield Operation(Create(client), "missing", built)
    made = (*built, str(Create(client)))
    copy = CopyFiles(client.name, wanted.folders)
    if wanted.folders:
        yield Operation(copy, "not yet started", made)
    if wanted.bucket_first:
        yield from _bucket(wanted, observed, bucket)
    ready = (str(bucket),) if wanted.bucket_first else ()
    beside = (str(Start(client.shares)),) if client.shares else ()
    yield Operation(Start(client.name), "not yet started", (*made, str(copy), *ready, *beside))


def _bucket(
    wanted: Blueprint, observed: Observed, bucket: PrepareBucket, *, made: bool = False
) -> Iterator[Operation]:
    """mc logs in while the server comes up, and makes the bucket once it answers. `made`: that was
    done, and what follows it perhaps not."""
    mark = wanted.bucket
    done = made if mark is None else observed.container(mark.name) is not None
    if done:
        return
    log_in, cause = LogIn(bucket.container), "before the first put"
    yield Operation(log_in, cause, held_server(wanted))
    after = (*held_server(wanted), str(AwaitHealthy(bucket.container)), str(log_in))
    if not made:
        yield Operation(bucket, cause, after)
        after = (str(bucket),)
    if bucket.quota is not None:
        confirm = ConfirmQuota(bucket.container, bucket.bucket, bucket.quota)
        # A client takes longer to start than this, and need not wait for it.
        yield Operation(confirm, "some releases of mc set none", after)
        after = (str(confirm),)
    if mark is not None:
        # Of an engine nobody can tell that this was done, so a mark is left.
        yield Operation(Create(mark), "says that the bucket is ready", after)


def held_server(wanted: Blueprint) -> tuple[str, ...]:
    """Operations that must have ended before a command may run inside the server."""
    return (str(Create(wanted.holder)), str(Start(wanted.server.name)))


def _kind(resource: Resource) -> str:
    return type(resource).__name__.lower()


def _kind_seen(seen: Seen) -> str:
    if isinstance(seen, SeenContainer):
        return "container"
    return "network" if isinstance(seen, SeenNetwork) else "volume"
