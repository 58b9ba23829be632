"""Where clients send the same to servers of the same settings, each to a new one."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from bench.place import Place
from labctl.blueprint import Blueprint
from labctl.engine.docker_convert import read_time
from labctl.engine.docker_errors import translated
from labctl.errors import LabFailed
from labctl.execute import prepare_bucket
from labctl.plan import PrepareBucket
from labctl.quota import ServerMc
from labctl.readiness import await_healthy
from labctl.resources import Resource
from labctl.setting import API_PORT

_READY_WITHIN = 60.0
_ENDS_WITHIN = 600.0


@dataclass(frozen=True, slots=True)
class Ring:
    """A lab, and how many objects a client of it sends; `watched`: with its observer."""

    place: Place
    lab: str
    wanted: Blueprint
    count: int
    watched: bool = False

    def time_labctl(self) -> float:
        """Seconds of labctl's uploader. Raises LabFailed where not all objects were taken."""
        client = self.wanted.client
        return self.race(client.name, lambda: self.place.engine.create(client))

    def race(self, name: str, make: Callable[[], object]) -> float:
        """Seconds from the start to the end of the client `name`, which `make` makes."""
        engine = self.place.engine
        self._serve()
        make()
        self.place.settle()
        engine.start(name)
        code = engine.wait(name, _ENDS_WITHIN)
        said = [line.text for line in engine.logs(name, tail=20)]
        if code != 0:
            raise LabFailed("\n".join((f"{name} ended with {code}:", *said)))
        if name == self.wanted.client.name:
            self._check_sent(said[-1])
        seconds = self._lasted(name)
        self.place.clear(self.lab)
        return seconds

    def _lasted(self, name: str) -> float:
        with translated(f"inspect {name}"):
            state = self.place.client.inspect_container(name)["State"]
        return read_time(state["FinishedAt"]) - read_time(state["StartedAt"])

    def _serve(self) -> None:
        """A new server with its bucket."""
        engine, server, observer = self.place.engine, self.wanted.server, self.wanted.observer
        parts: tuple[Resource, ...] = (self.wanted.network, *self.wanted.drives, server)
        for part in (*parts, observer) if self.watched else parts:
            engine.create(part)
        if self.watched:
            engine.start(observer.name)
        engine.start(server.name)
        stop = threading.Event()
        await_healthy(engine, server.name, API_PORT, timeout=_READY_WITHIN, stop=stop)
        bucket = self.wanted.client.env["S3_BUCKET"]
        ServerMc(engine, server.name).log_in()
        prepare_bucket(engine, PrepareBucket(server.name, bucket, None, versioning=False))

    def _check_sent(self, ending: str) -> None:
        """The uploader goes on past refusals: see that there were none."""
        acknowledged = json.loads(ending)["acknowledged"]
        if acknowledged != self.count:
            raise LabFailed(f"only {acknowledged} of {self.count} objects were taken")
