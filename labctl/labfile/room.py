"""What can lie on the drives of a lab: the largest quota, and objects that MinIO would take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

from labctl.labfile.lab import Generated, Lab
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath
from labctl.threshold import UNKNOWN_SIZE, is_full
from labctl.units import show_size

_SENT_AS = "application/octet-stream"
"""The type of all objects that labctl sends."""


@dataclass(frozen=True, slots=True)
class Room:
    """Drives by their names, with their bytes; `parity` shards of each object hold no data, and of
    a drive the bytes in `taken` are a ballast's."""

    drives: Mapping[str, int]
    parity: int
    taken: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, lab: Lab, drives: Mapping[str, int]) -> "Room":
        """The room on `drives` of a lab."""
        given, count = lab.minio.parity, len(drives)
        usual = 0 if "MINIO_STORAGE_CLASS_STANDARD" in lab.minio.env else _usual_parity(count)
        return cls(drives, usual if given is None else given)

    def beside(self, ballast: Mapping[str, int]) -> "Room":
        """What a ballast of so many bytes on each drive leaves."""
        return replace(self, taken=ballast)

    @property
    def bytes(self) -> int:
        """Bytes of objects that they hold when all are used to the end."""
        return sum(self._left().values()) * self._data // len(self.drives)

    def _left(self) -> dict[str, int]:
        taken = self.taken
        return {name: max(size - taken.get(name, 0), 0) for name, size in self.drives.items()}

    def refuses(self, size: int, request: int) -> str:
        """Why MinIO's check ahead of a write refuses an object on empty drives; empty where it
        does not. An object is sent in requests of at most `request` bytes."""
        ahead = max(size - request, 0) / self._data
        beside = self._left()
        left = [(max(int(beside[name] - ahead), 0), total) for name, total in self.drives.items()]
        free, whole = sum(free for free, _ in left), sum(self.drives.values())
        if not is_full(left, request):
            return ""
        each = f"{show_size(2 * request / len(left))} free on each drive and "
        return (
            f"ahead of a put of {show_size(request)} MinIO wants more than "
            f"{each if len(left) > 1 else ''}{show_size(2 * request + whole / 100)} free in all, "
            f"and there are {show_size(free)}{' by its last part' if ahead else ''}"
        )

    @property
    def _data(self) -> int:
        return max(len(self.drives) - self.parity, 1)


def check_quota(path: KeyPath, quota: int, room: Room) -> Iterator[Nonsense]:
    """A quota that the drives come before."""
    if quota >= room.bytes:
        held = f"the drives hold {show_size(room.bytes)} of objects"
        told = f"{show_size(quota)} cannot be reached: {held}; write less, or enlarge minio.size"
        yield Nonsense(path, told, warning=True)


def check_writable(path: KeyPath, size: int, room: Room) -> Iterator[Nonsense]:
    """A put that is waited for, and that the drives never take."""
    if size > room.bytes:
        beside = " beside the ballast" if any(room.taken.values()) else ""
        held = f"the drives hold {show_size(room.bytes)} of objects{beside}"
        yield Nonsense(path, f"can never come: {held}; write less")
    elif why := room.refuses(size, size):
        yield Nonsense(path, f"may never come: {why}; write less", warning=True)


def check_objects(lab: Lab, room: Room) -> Iterator[Nonsense]:
    """Generated objects that the drives never take, even when empty."""
    for name, group in lab.files.items() if lab.client.image is None else ():
        if not isinstance(group, Generated):
            continue
        request = min(group.size, lab.client.part_size)
        if _compresses(lab.minio.env):
            request = UNKNOWN_SIZE
        if why := room.refuses(group.size, request):
            shown = "" if request < UNKNOWN_SIZE else ", which counts as 1 GiB when compressed"
            told = f"cannot fit: {show_size(group.size)}{shown}; {why}"
            hint = "write a smaller size, or a larger minio.size"
            yield Nonsense(("files", name, "size"), f"{told}; {hint}", warning=True)


def _usual_parity(drives: int) -> int:
    """MinIO's own choice."""
    return min(drives // 2, 4)


def _compresses(env: Mapping[str, str]) -> bool:
    """Whether MinIO compresses generated objects; with its own lists of names and types it does
    not."""
    types, names = (env.get(f"MINIO_COMPRESSION_{kind}") for kind in ("MIME_TYPES", "EXTENSIONS"))
    if env.get("MINIO_COMPRESSION_ENABLE", "").lower() not in ("on", "true", "1"):
        return False
    given = (types or "").split(",")
    return types == names == "" or any(fnmatch(_SENT_AS, kind.strip()) for kind in given)
