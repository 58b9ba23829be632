"""A Docker engine, through the SDK's low-level client. Safe to use from several threads."""

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from labctl import labels
from labctl.engine.base import EngineInfo, check_ours
from labctl.engine.docker_connect import CALL_TIMEOUT, Client, open_client
from labctl.engine.docker_containers import DockerContainers
from labctl.engine.docker_convert import (
    LOOPBACK,
    bound_ports,
    container_config,
    engine_info,
    listed_container,
    seen_network,
    seen_volume,
    volume_options,
)
from labctl.engine.docker_errors import translated
from labctl.engine.docker_ports import PortPicker, taken
from labctl.engine.meminfo import available, total
from labctl.errors import EngineError, NotFound, PortTaken
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

_PORT_TRIES = 5
_GONE_TIMEOUT = 10.0
_POLL = 0.05
_PASSING = ("already in progress", "in use", "active endpoints")


def connect() -> "DockerEngine":
    """The engine that DOCKER_HOST, the docker context or the default names. Raises NoEngine."""
    client, address = open_client()
    return DockerEngine(client, local=address.local)


class DockerEngine(DockerContainers):
    """An Engine: one Docker daemon, near or far."""

    def __init__(self, client: Client, *, local: bool) -> None:
        super().__init__(client)
        self._local = local
        self._ports = PortPicker()
        self._picked: dict[str, Container] = {}
        self._info: dict[str, Any] | None = None

    def describe(self) -> EngineInfo:
        """The engine and its machine."""
        return engine_info(self._client.engine_version, self._machine())

    def _machine(self) -> dict[str, Any]:
        if self._info is None:
            with translated("ask the engine about its machine"):
                self._info = self._client.info()
        return self._info

    def memory_available(self, image: str) -> int:
        """Bytes that the engine's machine could still give; `image` may be run to find out."""
        text = Path("/proc/meminfo").read_text("ascii") if self._is_here() else self._ask(image)
        return available(text)

    def _is_here(self) -> bool:
        machine, here = self._machine(), os.uname()
        with suppress(OSError, ValueError):
            memory = total(Path("/proc/meminfo").read_text("ascii"))
            return (memory, here.release, here.nodename) == (
                machine.get("MemTotal"),
                machine.get("KernelVersion"),
                machine.get("Name"),
            )
        return False

    def _ask(self, image: str) -> str:
        script = "print(open('/proc/meminfo').read())"
        probe = Container(name="", labels={}, image=image, command=("-c", script))
        config = container_config(probe, {}) | {"Entrypoint": ["python3"]}
        with translated("ask the engine's machine for its memory"):
            made = self._client.make_container(config)
            try:
                self._client.start(made)
                self._client.wait(made, timeout=CALL_TIMEOUT)
                return "\n".join(line.text for line in self.logs(made))
            finally:
                self._client.remove_container(made, v=True, force=True)

    def observe(self, lab: str | None = None) -> Observed:
        """Everything that carries labctl's labels, of one lab or of all."""
        wanted = {"label": [labels.LAB if lab is None else f"{labels.LAB}={lab}"]}
        client = self._client
        with translated("list what labctl made"), ThreadPoolExecutor(3) as pool:
            containers = pool.submit(client.containers, all=True, filters=wanted)
            networks = pool.submit(client.networks, filters=wanted)
            volumes = pool.submit(client.volumes, filters=wanted)
            return Observed(
                tuple(listed_container(found) for found in containers.result()),
                tuple(seen_network(found) for found in networks.result()),
                tuple(seen_volume(found) for found in volumes.result()["Volumes"] or ()),
            )

    def create(self, resource: Resource) -> None:
        """Make a volume, a network or a container (not started). Raises Conflict and NotOurs."""
        with translated(f"create {resource.name}"):
            match resource:
                case Volume():
                    options, marks = volume_options(resource), dict(resource.labels)
                    found = self._client.create_volume(resource.name, "local", options, marks)
                    check_ours(resource, found.get("Labels") or {})
                case Network():
                    self._client.create_network(
                        resource.name, driver="bridge", labels=dict(resource.labels)
                    )
                case Container():
                    self._create_container(resource)

    def _create_container(self, container: Container) -> None:
        config = container_config(container, self._ports.settle(container.ports))
        self._client.make_container(config, container.name)
        if any(port.host is None for port in container.ports):
            self._picked[container.name] = container

    def start(self, name: str) -> None:
        """Start a container; no error where it runs. Raises PortTaken.

        Where a port was picked and is taken meanwhile, the container is made again with another.
        """
        for _ in range(_PORT_TRIES):
            try:
                self._start(name)
            except PortTaken as error:
                again = self._picked.get(name)
                if again is None or error.port in {port.host for port in again.ports}:
                    raise taken(error.port, self._all_containers()) from error
                self.remove(self.inspect(name))
                self.create(again)
            else:
                return
        raise taken(None, ())

    def _start(self, name: str) -> None:
        with translated(f"start {name}"):
            self._client.start(name)

    def _all_containers(self) -> list[SeenContainer]:
        with translated("list containers"):
            return [listed_container(found) for found in self._client.containers(all=True)]

    def stop(self, name: str, grace: float) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds; no error where it does not run."""
        with translated(f"stop {name}"):
            self._client.stop(name, timeout=math.ceil(grace))

    def limit_memory(self, name: str, memory: int) -> None:
        """Give a container another memory limit, in bytes, running or not."""
        with translated(f"limit the memory of {name}"):
            self._client.update_container(name, mem_limit=memory, memswap_limit=memory)

    def remove(self, seen: Seen) -> None:
        """Remove at once, running or not; no error where it is gone."""
        client = self._client
        match seen:
            case SeenContainer():
                _until_gone(lambda: client.remove_container(seen.id, v=True, force=True), seen.name)
                self._picked.pop(seen.name, None)
            case SeenNetwork():
                self._detach_all(seen)
                _until_gone(lambda: client.remove_network(seen.id), seen.name)
            case SeenVolume():
                _until_gone(lambda: client.remove_volume(seen.name, force=True), seen.name)

    def _detach_all(self, network: SeenNetwork) -> None:
        """Take containers off a network, so that it need not wait until they are removed."""
        with suppress(NotFound), translated(f"look at {network.name}"):
            attached = self._client.inspect_network(network.id)["Containers"]
            with ThreadPoolExecutor(max(len(attached), 1)) as pool:
                tuple(pool.map(lambda found: self._detach(found, network), attached))

    def _detach(self, container: str, network: SeenNetwork) -> None:
        with suppress(EngineError), translated(f"take a container off {network.name}"):
            self._client.disconnect_container_from_network(container, network.id, force=True)

    def reach(self, name: str, port: int) -> str | None:
        """`host:port` under which this machine may reach a container's port, or None."""
        host = bound_ports(self._inspect(name)).get(port)
        return f"{LOOPBACK}:{host}" if host and self._local else None

    def environment(self, name: str) -> dict[str, str]:
        """The environment that a container was made with; it holds the lab's credentials."""
        variables = self._inspect(name)["Config"].get("Env") or ()
        pairs = (variable.partition("=") for variable in variables)
        return {key: value for key, _, value in pairs}

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()


def _until_gone(remove: Callable[[], None], name: str) -> None:
    """Remove, again while what holds it is itself being removed."""
    end = time.monotonic() + _GONE_TIMEOUT
    while True:
        try:
            with translated(f"remove {name}"):
                return remove()
        except NotFound:
            return None
        except EngineError as error:
            passing = any(sign in error.message for sign in _PASSING)
            if not passing or time.monotonic() > end:
                raise
            time.sleep(_POLL)
