"""What labctl asks of an engine. Nothing of one host, and no engine's own types, stand here.

Every call has a time limit and raises EngineTimeout past it; what is not there is NotFound, a name
that is taken is Conflict, anything else that the engine refuses is EngineError.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labctl.errors import NotOurs
from labctl.resources import Observed, Resource, Seen, SeenContainer, Volume

OUTLIVED = "the container whose address it shares has ended: take the lab down and make it anew"
"""What to do where a container cannot be started because of that."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The engine and its machine; `memory` in bytes, `architecture` as Go names it (`amd64`)."""

    kind: str
    version: str
    api_version: str
    kernel: str
    operating_system: str
    architecture: str
    cpus: int
    memory: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a container's output; `time` is epoch seconds as the engine took it."""

    time: float
    stream: str
    text: str


class LogLines(Iterator[LogLine], Protocol):
    """Lines as they come; `close` ends them, from another thread too."""

    def close(self) -> None:
        """End the iterator, at once and for good."""


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command inside a container ended."""

    exit_code: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file to copy in: `source` on this machine, `path` relative to the folder copied into."""

    source: Path
    path: str


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image that the engine holds. `size` in bytes, `created` in epoch seconds."""

    id: str
    tags: tuple[str, ...]
    labels: dict[str, str]
    architecture: str
    size: int
    created: float


class ImageStore(Protocol):
    """The images of an engine."""

    def find_image(self, reference: str) -> SeenImage | None:
        """The image of that tag or id, or None."""

    def list_images(self) -> tuple[SeenImage, ...]:
        """The images that carry labctl's label."""

    def pull_image(self, reference: str) -> Iterator[str]:
        """Pull; yields lines of progress. Raises EngineError where it cannot be had."""

    def import_image(self, tar: Path, tag: str, changes: tuple[str, ...]) -> None:
        """Make an image of one layer from a root file system; `changes` are Dockerfile lines."""

    def build_image(
        self, context: Path, dockerfile: str, tag: str, arguments: dict[str, str]
    ) -> Iterator[str]:
        """Build with the classic builder; yields the build's output. Raises EngineError."""

    def tag_image(self, reference: str, tag: str) -> None:
        """Give an image a further tag."""

    def remove_image(self, reference: str) -> None:
        """Remove a tag, and the image with its last one; no error where there is none."""


class Engine(ImageStore, Protocol):
    """A place where labs run. Containers are named, never by an id of the engine."""

    def describe(self) -> EngineInfo:
        """The engine and its machine."""

    def memory_available(self, image: str) -> int:
        """Bytes that the engine's machine could still give; `image` may be run to find out."""

    def observe(self, lab: str | None = None) -> Observed:
        """Everything that carries labctl's labels, of one lab or of all."""

    def inspect(self, name: str) -> SeenContainer:
        """One container, with its exit code and whether it was killed for memory."""

    def create(self, resource: Resource) -> None:
        """Make a volume, a network or a container (not started).

        Raises Conflict where a container has the name. A volume of that name is left as it is,
        and a network of that name may be made twice: only a container's name is a lock.
        """

    def start(self, name: str) -> None:
        """Start a container; no error where it runs. Raises PortTaken."""

    def stop(self, name: str, grace: float) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds; no error where it does not run."""

    def limit_memory(self, name: str, memory: int) -> None:
        """Give a container another memory limit, in bytes, running or not."""

    def remove(self, seen: Seen) -> None:
        """Remove at once, running or not; no error where it is gone. Containers are taken off a
        network that is removed; a volume waits until its containers are removed."""

    def exec(
        self, name: str, argv: tuple[str, ...], stdin: bytes = b"", timeout: float = 30.0
    ) -> ExecResult:
        """Run a command inside a running container, with `stdin` as its standard input."""

    def logs(
        self, name: str, *, follow: bool = False, since: float = 0.0, tail: int | None = None
    ) -> LogLines:
        """Output of a container from `since` (epoch seconds) on, or its last `tail` lines.

        With `follow` the iterator ends when the container does, at once where it does not run.
        It is closed with `close()`.
        """

    def wait(self, name: str, timeout: float) -> int:
        """Exit code of a container once it has ended. Raises EngineTimeout after `timeout` s."""

    def put(self, name: str, folder: str, entries: Iterable[FileEntry]) -> None:
        """Copy files into a folder of a container that was made, running or not."""

    def reach(self, name: str, port: int) -> str | None:
        """`host:port` under which this machine may reach a container's port, or None."""

    def environment(self, name: str) -> dict[str, str]:
        """The environment that a container was made with; it holds the lab's credentials."""

    def close(self) -> None:
        """Let go of connections."""


def check_ours(asked: Volume, found: Mapping[str, str]) -> None:
    """Raise NotOurs where a volume has other labels than were asked for: an engine gives the one
    that is there, and says nothing."""
    if dict(found) != dict(asked.labels):
        raise NotOurs(
            f"volume {asked.name} is there and is not labctl's",
            f"keep what you need of it, then remove it: docker volume rm {asked.name}",
        )
