"""Files for a client that cannot make its own: a tmpfs, so that no disk holds it up."""

from dataclasses import dataclass

from bench.place import Place
from labctl import labels
from labctl.errors import LabFailed
from labctl.resources import Container, Mount, Volume
from labctl.setting import MIB

FOLDER = "/sources"
_ROLE = "sources"
_ROOM = 128 * MIB
_FILLS_WITHIN = 300.0
_WAITS = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); signal.pause()"
_FILLS = """
import os, sys
folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(folder)
for number in range(count):
    with open(f"{folder}/{number:06}", "wb") as file:
        for begin in range(0, size, 1 << 20):
            file.write(os.urandom(min(1 << 20, size - begin)))
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """A volume of files in the folder `sent`, and the lab that it belongs to."""

    lab: str
    volume: str


def make_sources(place: Place, part: str, image: str, count: int, size: int) -> Sources:
    """`count` files of `size` random bytes, kept by a container of `image`, which has Python."""
    lab = place.lab_name(f"{part}-{_ROLE}")
    marks = {labels.LAB: lab, labels.ROLE: _ROLE}
    volume = Volume(labels.resource_name(lab, "files"), marks, count * size + _ROOM)
    keeper = Container(
        name=labels.resource_name(lab, _ROLE),
        labels=marks,
        image=image,
        command=("python3", "-c", _WAITS),
        mounts=(Mount(volume.name, FOLDER),),
        memory=count * size + 2 * _ROOM,
    )
    place.engine.create(volume)
    place.engine.create(keeper)
    place.engine.start(keeper.name)
    _fill(place, keeper.name, count, size)
    return Sources(lab, volume.name)


def _fill(place: Place, keeper: str, count: int, size: int) -> None:
    argv = ("python3", "-c", _FILLS, f"{FOLDER}/sent", str(count), str(size))
    done = place.engine.exec(keeper, argv, timeout=_FILLS_WITHIN)
    if done.exit_code:
        raise LabFailed(f"the files for mc could not be made: {done.stderr.decode()}")
