"""Row `upload`: labctl's uploader against `mc cp -r`, each in a container on the lab's network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, Target
from bench.place import Place, rotated
from bench.ring import Ring
from bench.sources import FOLDER, Sources, make_sources
from labctl import labels
from labctl.engine.docker_convert import container_config
from labctl.engine.docker_errors import translated
from labctl.resources import Container, Mount
from labctl.setting import API_PORT, MIB, MINIO

RIVAL = "mc cp -r"
_DRIVE = 3 * 2**30
_MC_MEMORY = 2**30
_MC_ROLE = "mc"
NO_AUDIT = {"MINIO_AUDIT_WEBHOOK_ENABLE_lab": "off"}
"""Where no observer runs, the server need not look for it."""


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
            "minio": {"size": _DRIVE, "env": NO_AUDIT},
            "files": {"sent": {"count": self.count, "size": self.size}},
            "client": {"parallel": self.parallel, "part_size": self.part_size},
            "expect": {},
        }


SMALL = Case("small", "2,000 x 64 KiB", 2000, 64 * 1024, 8, 5 * MIB, "objects/s")
CASES = (Case("large", "4 x 256 MiB", 4, 256 * MIB, 4, 16 * MIB, "bytes/s"), SMALL)


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
    ring = Ring(place, place.lab_name(case.part), wanted, case.count)
    rival = _Rival(ring, sources)
    seconds: dict[Callable[[], float], list[float]] = {ring.time_labctl: [], rival.time_mc: []}
    for number in range(rounds + 1):
        for race in rotated(tuple(seconds), number):
            seconds[race].append(race())
        shown = " against ".join(f"{found[-1]:.2f} s" for found in seconds.values())
        place.say(f"upload, {case.what}, round {number} of {rounds}: {shown}")
    place.clear(sources.lab)
    ours, theirs = (tuple(case.amount / s for s in found[1:]) for found in seconds.values())
    return Figure("upload", case.what, case.unit, ours, RIVAL, theirs, Target(">=", 1.0))


@dataclass(frozen=True, slots=True)
class _Rival:
    """mc in the same ring."""

    ring: Ring
    sources: Sources

    def time_mc(self) -> float:
        """Seconds of mc."""
        container = self._mc()
        config = container_config(container, {}) | {"Entrypoint": ["mc"]}
        return self.ring.race(container.name, lambda: self._make(container.name, config))

    def _make(self, name: str, config: dict[str, Any]) -> None:
        with translated(f"create {name}"):
            self.ring.place.client.make_container(config, name)

    def _mc(self) -> Container:
        env = self.ring.wanted.client.env
        keys = f"{env['AWS_ACCESS_KEY_ID']}:{env['AWS_SECRET_ACCESS_KEY']}"
        return Container(
            name=labels.resource_name(self.ring.lab, _MC_ROLE),
            labels={labels.LAB: self.ring.lab, labels.ROLE: _MC_ROLE},
            image=self.ring.wanted.server.image,
            command=("cp", "--quiet", "--recursive", f"{FOLDER}/sent/", f"lab/{env['S3_BUCKET']}/"),
            env={
                "MC_HOST_lab": f"http://{keys}@{MINIO}:{API_PORT}",
                "MC_CONFIG_DIR": self.ring.wanted.server.env["MC_CONFIG_DIR"],
            },
            mounts=(Mount(self.sources.volume, FOLDER, read_only=True),),
            network=self.ring.wanted.network.name,
            memory=_MC_MEMORY,
        )
