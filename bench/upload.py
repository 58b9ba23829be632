"""Row `upload`: labctl's uploader against `mc cp -r`, each in a container on the lab's network."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, Target
from bench.place import Place, rotated
from bench.sources import FOLDER, Sources, make_sources
from labctl import labels
from labctl.blueprint import API_PORT, MIB, MINIO, Blueprint
from labctl.engine.docker_convert import container_config, read_time
from labctl.engine.docker_errors import translated
from labctl.errors import LabFailed
from labctl.execute import prepare_bucket
from labctl.plan import PrepareBucket
from labctl.readiness import await_healthy
from labctl.resources import Container, Mount, Resource

RIVAL = "mc cp -r"
_DRIVE = 3 * 2**30
_MC_MEMORY = 2**30
_MC_ROLE = "mc"
_READY_WITHIN = 60.0
_ENDS_WITHIN = 600.0


@dataclass(frozen=True, slots=True)
class Case:
    """Files that both send; `parallel` and `part_size` (bytes) are what labctl's is told."""

    part: str
    what: str
    count: int
    size: int
    parallel: int
    part_size: int
    unit: str

    @property
    def amount(self) -> int:
        """What is sent, in the unit less its `/s`."""
        return self.count * self.size if self.unit == "bytes/s" else self.count

    def changes(self) -> dict[str, Any]:
        """How its lab differs from the 200m lab."""
        return {
            "minio": {"size": _DRIVE},
            "files": {"sent": {"count": self.count, "size": self.size}},
            "client": {"parallel": self.parallel, "part_size": self.part_size},
            "expect": {},
        }


CASES = (
    Case("large", "4 x 256 MiB", 4, 256 * MIB, 4, 16 * MIB, "bytes/s"),
    Case("small", "2,000 x 64 KiB", 2000, 64 * 1024, 8, 5 * MIB, "objects/s"),
)


def measure_upload(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """A figure for each case, and what is to be known of them."""
    figures = tuple(_measure_case(place, case, rounds) for case in CASES)
    told = ", ".join(
        f"{case.what} with `parallel: {case.parallel}, part_size: {case.part_size // MIB}MiB`"
        for case in CASES
    )
    return figures, (
        "upload: run time of the container as the engine tells it, each time on a new server with "
        f"a new drive of {_DRIVE // 2**30} GiB; mc sends files from a tmpfs as it likes, labctl's "
        f"uploader makes the bytes as it sends them: {told}",
    )


def _measure_case(place: Place, case: Case, rounds: int) -> Figure:
    wanted = place.draw(place.write_lab(case.part, case.changes()))
    sources = make_sources(place, case.part, wanted.client.image, case.count, case.size)
    ring = _Ring(place, place.lab_name(case.part), case, wanted, sources)
    seconds: dict[Callable[[], float], list[float]] = {ring.time_labctl: [], ring.time_mc: []}
    for number in range(rounds + 1):
        for race in rotated(tuple(seconds), number):
            seconds[race].append(race())
        shown = " against ".join(f"{found[-1]:.2f} s" for found in seconds.values())
        place.say(f"upload, {case.what}, round {number} of {rounds}: {shown}")
    place.clear(sources.lab)
    ours, theirs = (tuple(case.amount / s for s in found[1:]) for found in seconds.values())
    return Figure("upload", case.what, case.unit, ours, RIVAL, theirs, Target(">=", 1.0))


@dataclass(frozen=True, slots=True)
class _Ring:
    """Where both send the same to a server of the same settings."""

    place: Place
    lab: str
    case: Case
    wanted: Blueprint
    sources: Sources

    def time_labctl(self) -> float:
        """Seconds of labctl's uploader."""
        client = self.wanted.client
        return self._race(client.name, lambda: self.place.engine.create(client))

    def time_mc(self) -> float:
        """Seconds of mc."""
        container = self._mc()
        config = container_config(container, {}) | {"Entrypoint": ["mc"]}
        return self._race(container.name, lambda: self._make(container.name, config))

    def _make(self, name: str, config: dict[str, Any]) -> None:
        with translated(f"create {name}"):
            self.place.client.make_container(config, name)

    def _mc(self) -> Container:
        env = self.wanted.client.env
        keys = f"{env['AWS_ACCESS_KEY_ID']}:{env['AWS_SECRET_ACCESS_KEY']}"
        return Container(
            name=labels.resource_name(self.lab, _MC_ROLE),
            labels={labels.LAB: self.lab, labels.ROLE: _MC_ROLE},
            image=self.wanted.server.image,
            command=("cp", "--quiet", "--recursive", f"{FOLDER}/sent/", f"lab/{env['S3_BUCKET']}/"),
            env={
                "MC_HOST_lab": f"http://{keys}@{MINIO}:{API_PORT}",
                "MC_CONFIG_DIR": self.wanted.server.env["MC_CONFIG_DIR"],
            },
            mounts=(Mount(self.sources.volume, FOLDER, read_only=True),),
            network=self.wanted.network.name,
            memory=_MC_MEMORY,
        )

    def _race(self, name: str, make: Callable[[], object]) -> float:
        """Seconds from the start to the end of a client on a server of its own."""
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
        engine, server = self.place.engine, self.wanted.server
        parts: tuple[Resource, ...] = (self.wanted.network, *self.wanted.drives, server)
        for part in parts:
            engine.create(part)
        engine.start(server.name)
        stop = threading.Event()
        await_healthy(engine, server.name, API_PORT, timeout=_READY_WITHIN, stop=stop)
        bucket = self.wanted.client.env["S3_BUCKET"]
        prepare_bucket(engine, PrepareBucket(server.name, bucket, None, versioning=False))

    def _check_sent(self, ending: str) -> None:
        """The uploader goes on past refusals: see that there were none."""
        acknowledged = json.loads(ending)["acknowledged"]
        if acknowledged != self.case.count:
            raise LabFailed(f"only {acknowledged} of {self.case.count} objects were taken")
