"""Between labctl's resources and the JSON of Docker's API. Pure; no SDK."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labctl.engine.base import EngineInfo, SeenImage
from labctl.resources import (
    Container,
    Health,
    HealthCheck,
    SeenContainer,
    SeenNetwork,
    SeenVolume,
    State,
    Volume,
)

LOOPBACK = "127.0.0.1"
TMP_SIZE = "64m"
_LOGS = {"Type": "json-file", "Config": {"max-size": "100m", "max-file": "3"}}
_ENDED = re.compile(r"Exited \((-?\d+)\)")
_HEALTH = {
    "(healthy)": Health.HEALTHY,
    "(unhealthy)": Health.UNHEALTHY,
    "(health: starting)": Health.STARTING,
}
_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv8l": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i386": "386",
    "i686": "386",
}


def volume_options(volume: Volume) -> dict[str, str]:
    """Options of the local driver; sizes in bytes."""
    if volume.size is None:
        return {}
    options = [f"size={volume.size}", f"uid={volume.uid}", f"gid={volume.gid}", "mode=0755"]
    if volume.inodes is not None:
        options.append(f"nr_inodes={volume.inodes}")
    return {"type": "tmpfs", "device": "tmpfs", "o": ",".join(options)}


def container_config(container: Container, ports: Mapping[int, int]) -> dict[str, Any]:
    """Body of a request that makes `container`; `ports` maps its ports to the host's."""
    config: dict[str, Any] = {
        "Image": container.image,
        "User": container.user,
        "Labels": dict(container.labels),
        "Env": [f"{name}={value}" for name, value in container.env.items()],
        "ExposedPorts": {f"{port}/tcp": {} for port in ports},
        "StopTimeout": math.ceil(container.stop_grace),
        "HostConfig": _host_config(container, ports),
    }
    if container.command:
        config["Cmd"] = list(container.command)
    if container.health is not None:
        config["Healthcheck"] = _health_check(container.health)
    if container.network is not None and container.shares is None:
        endpoint = {"Aliases": list(container.aliases)}
        config["NetworkingConfig"] = {"EndpointsConfig": {container.network: endpoint}}
    return config


def _host_config(container: Container, ports: Mapping[int, int]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "NetworkMode": _network_mode(container, ports),
        "CapDrop": ["ALL"],
        "CapAdd": list(container.capabilities),
        "SecurityOpt": _security(container),
        "ReadonlyRootfs": container.read_only,
        "Memory": container.memory,
        "MemorySwap": container.memory,
        "PidsLimit": container.pids,
        "LogConfig": _LOGS,
        # A neighbour's name is asked for again and again until it is up. What the network does not
        # know goes on to the host's own name servers, which may be slow or dead.
        "DnsOptions": ["timeout:1", "attempts:1"],
        "Mounts": [
            _mount(mount.volume, mount.target, mount.read_only) for mount in container.mounts
        ],
        "PortBindings": {
            f"{port}/tcp": [{"HostIp": LOOPBACK, "HostPort": str(host)}]
            for port, host in ports.items()
        },
    }
    if container.read_only:
        config["Tmpfs"] = {"/tmp": _tmp_options(container.user)}  # noqa: S108
    return config


def _network_mode(container: Container, ports: Mapping[int, int]) -> str:
    if container.shares is not None:
        return f"container:{container.shares}"
    # Without a network of its own a container gets none, unless a port is to be published.
    return container.network or ("bridge" if ports else "none")


def _security(container: Container) -> list[str]:
    # A host's AppArmor profile for containers forbids mount, whatever the capabilities.
    unconfined = ["apparmor=unconfined"] if container.capabilities else []
    return ["no-new-privileges", *unconfined]


def _mount(volume: str, target: str, read_only: bool) -> dict[str, Any]:  # noqa: FBT001
    return {
        "Type": "volume",
        "Source": volume,
        "Target": target,
        "ReadOnly": read_only,
        # A tmpfs loses what the image would be copied into it, so the engine need not try.
        "VolumeOptions": {"NoCopy": True},
    }


def _tmp_options(user: str) -> str:
    uid, _, gid = user.partition(":")
    owner = uid if uid.isdigit() else "1000"
    group = gid if gid.isdigit() else owner
    # A tmpfs comes back as root's 0755 after a restart where the owner is not given.
    return f"uid={owner},gid={group},mode=1777,size={TMP_SIZE}"


def _health_check(check: HealthCheck) -> dict[str, Any]:
    return {
        "Test": ["CMD", *check.command],
        "Interval": _nanoseconds(check.interval),
        "Timeout": _nanoseconds(check.timeout),
        "Retries": check.retries,
        "StartPeriod": _nanoseconds(check.start_period),
    }


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def seen_volume(found: Mapping[str, Any]) -> SeenVolume:
    """A volume of a listing."""
    return SeenVolume(found["Name"], found["Name"], found.get("Labels") or {})


def seen_network(found: Mapping[str, Any]) -> SeenNetwork:
    """A network of a listing."""
    return SeenNetwork(found["Id"], found["Name"], found.get("Labels") or {})


def listed_container(found: Mapping[str, Any]) -> SeenContainer:
    """A container of a listing, which tells health and exit code only as text for people."""
    status = str(found.get("Status", ""))
    ended = _ENDED.match(status)
    return SeenContainer(
        id=found["Id"],
        name=found["Names"][0].removeprefix("/") if found.get("Names") else found["Id"],
        labels=found.get("Labels") or {},
        state=State(found["State"]),
        image=found["Image"],
        health=next((health for text, health in _HEALTH.items() if text in status), Health.NONE),
        exit_code=int(ended[1]) if ended else None,
        ports={
            port["PrivatePort"]: port["PublicPort"]
            for port in found.get("Ports") or ()
            if port.get("PublicPort")
        },
        created=float(found["Created"]),
    )


def inspected_container(found: Mapping[str, Any]) -> SeenContainer:
    """A container as its inspection tells it."""
    state = found["State"]
    health = (state.get("Health") or {}).get("Status") or Health.NONE
    ended = state["Status"] in (State.EXITED, State.DEAD)
    return SeenContainer(
        id=found["Id"],
        name=found["Name"].removeprefix("/"),
        labels=found["Config"].get("Labels") or {},
        state=State(state["Status"]),
        image=found["Config"]["Image"],
        health=Health(health),
        exit_code=state["ExitCode"] if ended else None,
        oom_killed=bool(state.get("OOMKilled")),
        ports=bound_ports(found),
        created=read_time(found["Created"]),
    )


def bound_ports(found: Mapping[str, Any]) -> dict[int, int]:
    """Host ports by container port: those in use, else those that were asked for."""
    live = (found.get("NetworkSettings") or {}).get("Ports") or {}
    asked = (found.get("HostConfig") or {}).get("PortBindings") or {}
    ports: dict[int, int] = {}
    for port, bindings in (asked | {key: value for key, value in live.items() if value}).items():
        for binding in bindings or ():
            if binding.get("HostPort"):
                ports[int(port.partition("/")[0])] = int(binding["HostPort"])
    return ports


def seen_image(found: Mapping[str, Any]) -> SeenImage:
    """An image as its inspection tells it."""
    return SeenImage(
        id=found["Id"],
        tags=tuple(found.get("RepoTags") or ()),
        labels=dict((found.get("Config") or {}).get("Labels") or {}),
        architecture=found.get("Architecture") or "",
        size=int(found.get("Size") or 0),
        created=read_time(found.get("Created") or ""),
    )


def engine_info(version: Mapping[str, Any], info: Mapping[str, Any]) -> EngineInfo:
    """The engine and its machine."""
    architecture = str(info.get("Architecture", ""))
    return EngineInfo(
        kind="docker",
        version=str(version.get("Version", "")),
        api_version=str(version.get("ApiVersion", "")),
        kernel=str(info.get("KernelVersion", "")),
        operating_system=str(info.get("OperatingSystem", "")),
        architecture=_ARCHITECTURES.get(architecture, architecture),
        cpus=int(info.get("NCPU", 0)),
        memory=int(info.get("MemTotal", 0)),
    )


def read_time(text: str) -> float:
    """Epoch seconds of a time with up to nine digits of a second; 0 where there is none."""
    if not text or text.startswith("0001-"):
        return 0.0
    return datetime.fromisoformat(text).timestamp()


def split_tag(reference: str) -> tuple[str, str]:
    """Repository, and the digest or else the tag of an image's name; `latest` where it has none."""
    name, _, digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, digest or "latest"
    return repository, digest or tag
