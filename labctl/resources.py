"""What an engine is asked for, and what was seen on it. Frozen; no engine's own types."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from labctl import labels


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume: a tmpfs of `size` bytes and `inodes`, or the engine's own where `size` is None."""

    name: str
    labels: Mapping[str, str]
    size: int | None = None
    inodes: int | None = None
    uid: int = 1000
    gid: int = 1000


@dataclass(frozen=True, slots=True)
class Network:
    """A network of one lab."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume inside a container."""

    volume: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A container's port on the host's loopback; the engine's adapter picks one for None."""

    container: int
    host: int | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A command inside the container; times in seconds."""

    command: tuple[str, ...]
    interval: float = 2.0
    timeout: float = 5.0
    retries: int = 3
    start_period: float = 30.0


@dataclass(frozen=True, slots=True)
class Container:
    """A container with labctl's safe defaults: no capabilities, read-only root, limits.

    `capabilities` are those of a hand that grows a drive; every other container has none.
    `shares` names a container of the same network that runs, whose address it uses in place of one
    of its own: an engine needs most of a start's time to give an address.
    """

    name: str
    labels: Mapping[str, str]
    image: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: str | None = None
    aliases: tuple[str, ...] = ()
    shares: str | None = None
    ports: tuple[Port, ...] = ()
    health: HealthCheck | None = None
    user: str = "1000:1000"
    read_only: bool = True
    memory: int = 256 * 2**20
    pids: int = 512
    stop_grace: float = 10.0
    capabilities: tuple[str, ...] = ()


Resource = Volume | Network | Container
R = TypeVar("R", Volume, Network, Container)


def never_started(name: str, marks: Mapping[str, str], image: str) -> Container:
    """A container that is there for its name and its labels alone."""
    memory = 16 * 2**20
    return Container(name=name, labels=marks, image=image, command=("true",), memory=memory, pids=8)


def with_spec(resource: R) -> R:
    """`resource` with the hash of all that it asks for in its labels.

    Who made it, and with which labctl, is not part of what is asked for.
    """
    aside = {labels.SPEC, labels.OWNER, labels.VERSION, labels.EVIDENCE}
    asked = asdict(resource)
    asked["labels"] = {key: value for key, value in asked["labels"].items() if key not in aside}
    marked = dict(resource.labels) | {labels.SPEC: labels.spec_hash(asked)}
    return replace(resource, labels=marked)


class State(StrEnum):
    """States of a container, as Docker names them."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"


class Health(StrEnum):
    """What a container's health check says."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class SeenVolume:
    """A volume that exists."""

    id: str
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeenNetwork:
    """A network that exists; several may share a name, so `id` tells them apart."""

    id: str
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeenContainer:
    """A container that exists. `ports` maps container ports to host ports; `created` is epoch
    seconds; `exit_code` is None while it has not ended."""

    id: str
    name: str
    labels: Mapping[str, str]
    state: State
    image: str
    health: Health = Health.NONE
    exit_code: int | None = None
    oom_killed: bool = False
    ports: Mapping[int, int] = field(default_factory=dict)
    created: float = 0.0

    @property
    def role(self) -> str:
        """The role within its lab."""
        return self.labels.get(labels.ROLE, self.name)

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self.state is not State.CREATED


Seen = SeenVolume | SeenNetwork | SeenContainer


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything of one lab, or of all labs, that an engine holds at one moment."""

    containers: tuple[SeenContainer, ...] = ()
    networks: tuple[SeenNetwork, ...] = ()
    volumes: tuple[SeenVolume, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes)

    def everything(self) -> tuple[Seen, ...]:
        """Containers, networks and volumes in one row."""
        return (*self.containers, *self.networks, *self.volumes)

    def find(self, name: str) -> Seen | None:
        """The resource of that name, if there is one."""
        return next((seen for seen in self.everything() if seen.name == name), None)

    def container(self, name: str) -> SeenContainer | None:
        """The container of that name, if there is one."""
        return next((seen for seen in self.containers if seen.name == name), None)

    def by_role(self, role: str) -> SeenContainer | None:
        """The container of that role, if there is one."""
        return next((seen for seen in self.containers if seen.role == role), None)

    def labs(self) -> tuple[str, ...]:
        """Names of the labs, sorted."""
        return tuple(sorted({seen.labels[labels.LAB] for seen in self.everything()}))

    def of_lab(self, lab: str) -> "Observed":
        """What belongs to one lab."""
        return Observed(
            tuple(seen for seen in self.containers if seen.labels[labels.LAB] == lab),
            tuple(seen for seen in self.networks if seen.labels[labels.LAB] == lab),
            tuple(seen for seen in self.volumes if seen.labels[labels.LAB] == lab),
        )
