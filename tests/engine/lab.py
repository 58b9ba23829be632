"""What the tests of engines make: resources of one lab, and Python one-liners to run in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labctl import labels
from labctl.engine.base import Engine
from labctl.resources import Container, Network, SeenContainer, Volume

WAITS = "import signal,sys; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); signal.pause()"  # noqa: E501
"""Says `up`, and ends with 0 at SIGTERM."""


@dataclass(frozen=True)
class Lab:
    """A lab on an engine; its resources carry its label."""

    engine: Engine
    name: str

    def labels(self, role: str, **more: str) -> dict[str, str]:
        return {labels.LAB: self.name, labels.ROLE: role} | more

    def named(self, role: str) -> str:
        return labels.resource_name(self.name, role)

    def network(self, role: str = "net") -> Network:
        made = Network(self.named(role), self.labels(role))
        self.engine.create(made)
        return made

    def volume(self, role: str = "volume", **fields: Any) -> Volume:
        made = Volume(self.named(role), self.labels(role), **fields)
        self.engine.create(made)
        return made

    def container(self, image: str, code: str = "", role: str = "main", **fields: Any) -> str:
        """Make a container that runs `code`; returns its name."""
        marks: Mapping[str, str] = fields.pop("labels", self.labels(role))
        command = ("python3", "-c", code)
        self.engine.create(Container(self.named(role), marks, image, command, **fields))
        return self.named(role)

    def run(self, image: str, code: str = "", role: str = "main", **fields: Any) -> str:
        """Make and start a container that runs `code`; returns its name."""
        name = self.container(image, code, role, **fields)
        self.engine.start(name)
        return name

    def listed(self, name: str) -> SeenContainer:
        found = self.engine.observe(self.name).container(name)
        assert found is not None
        return found

    def remove_all(self) -> None:
        for seen in self.engine.observe(self.name).everything():
            self.engine.remove(seen)
