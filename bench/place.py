"""Where the benchmark works: an engine, a folder, a name of its own; and how all of it goes again.

Everything on the engine is a lab whose name begins with the place's, or a docker-compose project
of such a name; both are known by label, so that nothing has to be kept in mind.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bench.quiet import await_quiet
from labctl import assets
from labctl.blueprint import Blueprint
from labctl.engine.docker import DockerEngine
from labctl.engine.docker_connect import Client, open_client
from labctl.engine.docker_errors import translated
from labctl.images.obtain import obtain
from labctl.interrupts import Interrupts
from labctl.labfile.load import load_lab
from labctl.orchestrator.down import remove_lab
from labctl.orchestrator.draught import draw, wanted_images
from labctl.resources import SeenNetwork

T = TypeVar("T")
_SETTLE = 0.5
"""Requests of a program that was told to end may land so much later, in seconds."""
PROJECT = "com.docker.compose.project"


@dataclass(frozen=True, slots=True)
class Place:
    """An engine, the client beneath it, a folder that goes at the end, and a name that is free."""

    engine: DockerEngine
    client: Client
    folder: Path
    name: str

    def lab_name(self, part: str) -> str:
        """The name of a lab, or of a project, of this benchmark."""
        return f"{self.name}-{part}"

    @property
    def runs(self) -> Path:
        """Where labctl is told to keep its evidence."""
        return self.folder / "runs"

    def say(self, text: str) -> None:
        """Tell how far the benchmark is."""
        print(text, file=sys.stderr, flush=True)

    def settle(self) -> None:
        """Wait until the machine is quiet, and say so where it does not get quiet."""
        if not await_quiet():
            self.say("the machine does not get quiet: the next figure is rough")

    def write_lab(self, part: str, changes: dict[str, Any]) -> Path:
        """A lab file: the 200m lab's with free ports, and with `changes` in place of its keys."""
        lab = yaml.safe_load(assets.labs()["200m"].read_text("utf-8"))
        changes = changes | {"minio": lab["minio"] | changes.get("minio", {}) | {"ports": "auto"}}
        path = self.folder / f"{self.lab_name(part)}.yaml"
        path.write_text(yaml.safe_dump(lab | changes, sort_keys=False), "utf-8")
        return path

    def draw(self, path: Path) -> Blueprint:
        """What labctl makes of a lab file, with images that are on the engine."""
        loaded = load_lab(path)
        images = obtain(self.engine, wanted_images(loaded), lambda step: self.say(step.text))
        return draw(loaded, images, self.runs)

    def clear(self, name: str) -> None:
        """Remove all of a lab."""
        found = self.engine.observe(name)
        with ThreadPoolExecutor(1) as pool:
            cut = pool.submit(self._cut, found.networks)
            remove_lab(self.engine, found, name, cut, purge=True)

    def _cut(self, networks: tuple[SeenNetwork, ...]) -> None:
        for network in networks:
            self.engine.remove(network)


@contextmanager
def open_place(interrupts: Interrupts) -> Iterator[Place]:
    """A place; everything that was made there is gone at the end. Raises NoEngine."""
    client, address = open_client()
    engine = DockerEngine(client, local=address.local)
    with closing(engine), tempfile.TemporaryDirectory(prefix="labctl-bench-") as folder:
        place = Place(engine, client, Path(folder), f"bench-{os.getpid()}")
        try:
            yield place
        finally:
            with interrupts.shield():
                clear_all(place)


def clear_all(place: Place) -> None:
    """Remove every lab and every docker-compose project of this benchmark."""
    for lab in place.engine.observe().labs():
        if lab.startswith(f"{place.name}-"):
            place.clear(lab)
    while _clear_projects(place):
        time.sleep(_SETTLE)


def _clear_projects(place: Place) -> bool:
    """Remove what is there of docker-compose's; whether there was anything."""
    client, wanted = place.client, {"label": [PROJECT]}
    with translated("remove what docker-compose made"):
        containers = _ours(place, client.containers(all=True, filters=wanted))
        for found in containers:
            client.remove_container(found["Id"], v=True, force=True)
        networks = _ours(place, client.networks(filters=wanted))
        for found in networks:
            client.remove_network(found["Id"])
        volumes = _ours(place, client.volumes(filters=wanted)["Volumes"] or [])
        for found in volumes:
            client.remove_volume(found["Name"], force=True)
    return bool(containers or networks or volumes)


def _ours(place: Place, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mine = f"{place.name}-"
    return [found for found in listed if str(found["Labels"][PROJECT]).startswith(mine)]


def labctl_command() -> tuple[str, ...]:
    """labctl as its users start it: the script beside this Python, else the module."""
    script = shutil.which("labctl", path=str(Path(sys.executable).parent))
    return (script,) if script else (sys.executable, "-m", "labctl")


def rotated(things: tuple[T, ...], by: int) -> tuple[T, ...]:
    """The same things, beginning with another one each round: none is always the first."""
    start = by % len(things)
    return things[start:] + things[:start]
