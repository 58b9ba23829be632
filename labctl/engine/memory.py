"""An engine in memory: Docker's behaviour without Docker, for tests and dry runs."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

from labctl import labels
from labctl.engine.base import OUTLIVED, EngineInfo, ExecResult, FileEntry, check_ours
from labctl.engine.memory_box import Box, Script, Tail
from labctl.engine.memory_stage import MemoryStage, perform
from labctl.errors import (
    Conflict,
    EngineError,
    EngineTimeout,
    NoImage,
    NotFound,
    PortTaken,
)
from labctl.resources import (
    Container,
    Network,
    Observed,
    Resource,
    Seen,
    SeenContainer,
    SeenNetwork,
    SeenVolume,
    Volume,
)

_FIRST_PORT = 20_000
_IN_USE_TIMEOUT = 10.0


class MemoryEngine(MemoryStage):
    """An Engine whose containers do what tests tell them to; see MemoryStage."""

    def describe(self) -> EngineInfo:
        """The engine and its machine."""
        return EngineInfo("memory", "1", "1", "none", "none", "amd64", 2, self.memory)

    def memory_available(self, image: str) -> int:
        """Bytes that the engine's machine could still give."""
        with self._changed:
            self._enter("memory_available", image)
            return self.memory

    def observe(self, lab: str | None = None) -> Observed:
        """Everything that carries labctl's labels, of one lab or of all."""
        with self._changed:
            self._enter("observe", lab or "")
            everything = Observed(
                tuple(box.seen(listed=True) for box in self._boxes.values()),
                tuple(self._networks.values()),
                tuple(self._volumes.values()),
            )
            return Observed(
                tuple(seen for seen in everything.containers if _belongs(seen, lab)),
                tuple(seen for seen in everything.networks if _belongs(seen, lab)),
                tuple(seen for seen in everything.volumes if _belongs(seen, lab)),
            )

    def inspect(self, name: str) -> SeenContainer:
        """One container, with its exit code and whether it was killed for memory."""
        with self._changed:
            self._enter("inspect", name)
            return self._box(name).seen(listed=False)

    def create(self, resource: Resource) -> None:
        """Make a volume, a network or a container (not started). Raises Conflict and NotOurs."""
        with self._changed:
            self._enter("create", resource.name)
            match resource:
                case Volume(name=name):
                    made = SeenVolume(name, name, dict(resource.labels))
                    check_ours(resource, self._volumes.setdefault(name, made).labels)
                case Network(name=name):
                    number = f"network-{next(self._numbers)}"
                    self._networks[number] = SeenNetwork(number, name, dict(resource.labels))
                case Container():
                    self._create_container(resource)

    def _create_container(self, container: Container) -> None:
        if self.find_image(container.image) is None:
            raise NoImage(f"No such image: {container.image}", "get it: labctl images get")
        if container.name in self._boxes:
            raise Conflict(f"The container name {container.name} is already in use")
        for mount in container.mounts:
            self._volumes.setdefault(mount.volume, SeenVolume(mount.volume, mount.volume, {}))
        self._boxes[container.name] = Box(
            id=f"container-{next(self._numbers)}",
            container=container,
            ports=self._settle_ports(container),
            created=self._clock.now(),
            clock=self._clock,
            changed=self._changed,
        )

    def _settle_ports(self, container: Container) -> dict[int, int]:
        used = {port for box in self._boxes.values() for port in box.ports.values()}
        free = (n for n in itertools.count(_FIRST_PORT) if n not in used | self._taken_ports)
        return {port.container: port.host or next(free) for port in container.ports}

    def start(self, name: str) -> None:
        """Start a container; no error where it runs. Raises PortTaken."""
        with self._changed:
            self._enter("start", name)
            box = self._box(name)
            if box.running:
                return
            self._check_network(box)
            self._check_ports(box)
            box.begin()
            program = self.programs.get(name, self._default)
            if isinstance(program, Script):
                box.play(program)
            else:
                box.run(program)

    def _check_network(self, box: Box) -> None:
        wanted = box.container.network
        if wanted and all(network.name != wanted for network in self._networks.values()):
            raise NotFound(f"network {wanted} not found")
        shared = box.container.shares
        if shared and not self._box(shared).running:
            raise EngineError(f"cannot join network of a non running container: {shared}", OUTLIVED)

    def _check_ports(self, box: Box) -> None:
        holders = {
            port: f"the container {other.container.name}"
            for other in self._boxes.values()
            if other.running
            for port in other.ports.values()
        }
        holders |= dict.fromkeys(self._taken_ports, "another program")
        for port in box.ports.values():
            if port in holders:
                raise PortTaken(
                    port,
                    f"port {port} is taken by {holders[port]}",
                    "end it, or let labctl pick free ports: --set minio.ports=auto",
                )

    def stop(self, name: str, grace: float) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds; no error where it does not run."""
        with self._changed:
            self._enter("stop", name)
            box = self._box(name)
            program = self.programs.get(name, self._default)
            if isinstance(program, Script):
                box.end(program.stopped_code)
            box.asked_to_stop.set()
            if not self._changed.wait_for(lambda: not box.running, grace):
                box.killed.set()
                box.end(137)

    def limit_memory(self, name: str, memory: int) -> None:
        """Give a container another memory limit, in bytes, running or not."""
        with self._changed:
            self._enter("limit_memory", name)
            box = self._box(name)
            box.container = replace(box.container, memory=memory)

    def remove(self, seen: Seen) -> None:
        """Remove at once, running or not; no error where it is gone."""
        with self._changed:
            self._enter("remove", seen.name)
            match seen:
                case SeenContainer():
                    self._remove_container(seen)
                case SeenNetwork():
                    self._networks.pop(seen.id, None)
                case SeenVolume():
                    self._await_unused(seen.name)
                    self._volumes.pop(seen.name, None)

    def _remove_container(self, seen: SeenContainer) -> None:
        box = self._boxes.get(seen.name)
        if box is not None and box.id == seen.id:
            del self._boxes[seen.name]
            box.gone = True
            box.killed.set()
            box.end(137)

    def _mounted(self, name: str) -> bool:
        mounts = (mount for box in self._boxes.values() for mount in box.container.mounts)
        return any(mount.volume == name for mount in mounts)

    def _await_unused(self, name: str) -> None:
        if not self._changed.wait_for(lambda: not self._mounted(name), _IN_USE_TIMEOUT):
            raise EngineError(f"remove {name}: it is in use", "remove the containers first")

    def exec(
        self, name: str, argv: tuple[str, ...], stdin: bytes = b"", timeout: float = 30.0
    ) -> ExecResult:
        """Run a command inside a running container, with `stdin` as its standard input."""
        with self._changed:
            self._enter("exec", name)
            if not self._box(name).running:
                raise EngineError(f"run {argv[0]} in {name}: it is not running")
        return perform(self._answer, name, argv, stdin, timeout)

    def logs(
        self, name: str, *, follow: bool = False, since: float = 0.0, tail: int | None = None
    ) -> Tail:
        """Output of a container from `since` (epoch seconds) on, or its last `tail` lines."""
        with self._changed:
            self._enter("logs", name)
            return Tail(self._box(name), follow=follow, since=since, tail=tail)

    def wait(self, name: str, timeout: float) -> int:
        """Exit code of a container once it has ended. Raises EngineTimeout after `timeout` s."""
        with self._changed:
            self._enter("wait", name)
            box = self._box(name)
            if not self._changed.wait_for(lambda: box.ended, timeout):
                raise EngineTimeout(f"{name} did not end within {timeout:g} s", "see its log")
            return box.exit_code or 0

    def put(self, name: str, folder: str, entries: Iterable[FileEntry]) -> None:
        """Copy files into a folder of a container that was made, running or not."""
        with self._changed:
            self._enter("put", name)
            box = self._box(name)
        writable = (mount.target for mount in box.container.mounts if not mount.read_only)
        if not any(f"{folder}/".startswith(f"{target}/") for target in writable):
            raise EngineError(f"copy files to {name}:{folder}: it is read-only")
        found = {f"{folder}/{entry.path}": entry.source.read_bytes() for entry in entries}
        with self._changed:
            box.files |= found

    def reach(self, name: str, port: int) -> str | None:
        """`host:port` of a published port where the engine was said to be local, or None."""
        with self._changed:
            host = self._box(name).ports.get(port)
            return f"127.0.0.1:{host}" if host and self._local else None

    def environment(self, name: str) -> dict[str, str]:
        """The environment that a container was made with."""
        with self._changed:
            return dict(self._box(name).container.env)

    def close(self) -> None:
        """Let go of nothing."""


def _belongs(seen: Seen, lab: str | None) -> bool:
    name = seen.labels.get(labels.LAB)
    return name is not None and lab in (None, name)
