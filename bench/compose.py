"""The rival: Debian's docker-compose, with a file that asks the engine for the same as labctl."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.measure import measure
from bench.place import PROJECT, Place
from labctl.blueprint import Blueprint
from labctl.engine.docker_connect import find_address
from labctl.engine.docker_convert import LOOPBACK, container_config, volume_options
from labctl.engine.docker_errors import translated
from labctl.errors import Unavailable
from labctl.resources import Container, HealthCheck

NAME = "docker-compose"
VERSION = "1.29.2"
_ENDS_WITHIN = 300.0
_SERVICE = "com.docker.compose.service"
_WAIT_FOR_APT = "DPkg::Lock::Timeout=300"


def find_compose(place: Place) -> tuple[str, str]:
    """Path and version of docker-compose; it is installed where it is missing and this is root.

    Raises Unavailable where it cannot be had.
    """
    path = shutil.which(NAME) or _install(place)
    version = subprocess.run(  # noqa: S603 - the program that was just found
        (path, "version", "--short"), capture_output=True, text=True, check=True
    )
    return path, version.stdout.strip().removeprefix("v")


def _install(place: Place) -> str:
    how = f"install it: sudo apt-get install {NAME}; or leave its rows out with --only"
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        raise Unavailable(f"there is no {NAME} to compare labctl with", how)
    place.say(f"{NAME} is missing: installing it from the system's packages")
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    options = ("-q", "-y", "-o", _WAIT_FOR_APT)
    measure((apt, *options, "update"), env)
    measure((apt, *options, "install", "--no-install-recommends", NAME), env)
    found = shutil.which(NAME)
    if found is None:
        raise Unavailable(f"the system's packages have no {NAME}", how)
    return found


def compose_document(wanted: Blueprint, interval: float) -> dict[str, Any]:
    """A compose file's content: the server and the client as labctl would ask for them, the
    server's health looked at every `interval` seconds, and the drives."""
    server = replace(wanted.server, health=_check_every(wanted.server.health, interval))
    client = _service(wanted.client) | {"depends_on": {"minio": {"condition": "service_healthy"}}}
    return {
        "services": {"minio": _service(server), "uploader": client},
        "volumes": {
            drive.name: {"driver": "local", "driver_opts": volume_options(drive)}
            for drive in wanted.drives
        },
    }


def _check_every(health: HealthCheck | None, interval: float) -> HealthCheck | None:
    """The check at another interval. One that comes before the server listens would sleep for 5 s
    (`mc ready` does), so its time limit goes with the interval."""
    return health and replace(health, interval=interval, timeout=2.5 * interval)


def _service(container: Container) -> dict[str, Any]:
    """A service out of the very request that labctl would send to the engine."""
    config = container_config(container, {})
    host = config["HostConfig"]
    service = {
        "image": config["Image"],
        "command": config["Cmd"],
        "environment": config["Env"],
        "user": config["User"],
        "read_only": host["ReadonlyRootfs"],
        "tmpfs": [f"{path}:{options}" for path, options in host["Tmpfs"].items()],
        "cap_drop": host["CapDrop"],
        "security_opt": host["SecurityOpt"],
        "mem_limit": host["Memory"],
        "memswap_limit": host["MemorySwap"],
        "pids_limit": host["PidsLimit"],
        "logging": {"driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"]},
        "stop_grace_period": f"{config['StopTimeout']}s",
        "ports": [f"{LOOPBACK}::{port.container}" for port in container.ports],
        "volumes": [_mount(mount) for mount in host["Mounts"]],
    }
    return service | _health(config)


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "volume",
        "source": mount["Source"],
        "target": mount["Target"],
        "read_only": mount["ReadOnly"],
        "volume": {"nocopy": mount["VolumeOptions"]["NoCopy"]},
    }


def _health(config: Mapping[str, Any]) -> dict[str, Any]:
    check = config.get("Healthcheck")
    if check is None:
        return {}
    times = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    written = {name: f"{check[key] // 10**6}ms" for name, key in times.items()}
    return {"healthcheck": written | {"test": check["Test"], "retries": check["Retries"]}}


@dataclass(frozen=True, slots=True)
class Compose:
    """A project of docker-compose, and its file."""

    program: str
    project: str
    file: Path

    @classmethod
    def write(
        cls, place: Place, program: str, part: str, wanted: Blueprint, interval: float
    ) -> "Compose":
        """A project with a file of its own."""
        project = place.lab_name(part)
        file = place.folder / f"{project}.yml"
        # JSON is YAML; what looks like a variable to docker-compose is none.
        text = json.dumps(compose_document(wanted, interval), indent=2).replace("$", "$$")
        file.write_text(text, "utf-8")
        return cls(program, project, file)

    def up(self, _: Place) -> float:
        """Seconds of `up -d`."""
        return self._run("up", "-d")

    def await_end(self, place: Place) -> None:
        """Return once the uploader has ended. Raises EngineTimeout."""
        wanted = {"label": [f"{PROJECT}={self.project}", f"{_SERVICE}=uploader"]}
        with translated("find docker-compose's uploader"):
            listed = place.client.containers(all=True, filters=wanted)
        for found in listed:
            place.engine.wait(found["Id"], _ENDS_WITHIN)

    def down(self, _: Place) -> float:
        """Seconds of `down -v`."""
        return self._run("down", "-v")

    def _run(self, *command: str) -> float:
        env = dict(os.environ) | {"DOCKER_HOST": find_address(os.environ).url}
        argv = (self.program, "-p", self.project, "-f", str(self.file), *command)
        return measure(argv, env).seconds
