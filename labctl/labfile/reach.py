"""The most that steps can have brought to the drives: what a wait or a delete may count on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from labctl.labfile.lab import Generated, Lab
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath
from labctl.labfile.verbs import Ballast, Delete, Probe, Upload, Verb, Wait
from labctl.units import show_size

_OWN = 2**20
"""More bytes than MinIO has on a drive without objects."""
_NOTES = 64 * 2**10
"""More bytes than MinIO notes on a drive about one put, pages begun included."""
_PROBED_PUTS = 16
"""More puts than a probe tries."""


@dataclass(slots=True)
class Reach:
    """What was put until now, at the most: so many `bytes` in `puts`, objects of each group (None
    where nobody can know), and on each drive a ballast."""

    bytes: int | None = 0
    puts: int = 0
    objects: dict[str, int] | None = field(default_factory=dict)
    ballast: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Reach":
        """The same, to be filled further."""
        objects = None if self.objects is None else dict(self.objects)
        return Reach(self.bytes, self.puts, objects, dict(self.ballast))

    def note(self, lab: Lab, verb: Verb, drives: Mapping[str, int], *, aside: bool) -> None:
        """Take a step on drives of these sizes. One that is played `aside`, while another is, may
        come before it or after it."""
        match verb:
            case Upload():
                self._upload(lab, verb)
            case Probe(small=small, large=large):
                largest = max((g.size for g in _generated(lab).values()), default=0)
                self._add(_PROBED_PUTS * max(small, large, lab.client.part_size, largest))
                self.puts += _PROBED_PUTS
            case Wait(writable=int()) | Wait(quota_armed=True):
                # It puts as often as it takes, and what it deletes waits in the trash.
                self.bytes = None
            case Ballast():
                for drive, size in drives.items():
                    most = int((verb.share or 0) * size) or verb.fixed or 0
                    before = self.ballast.get(drive, 0) if aside else 0
                    self.ballast[drive] = max(most, before)

    def used(self, drive: str, drives: int, parity: int) -> int | None:
        """Bytes that a drive, one of so many, has at the most; None: nobody can know."""
        if self.bytes is None:
            return None
        shards = ceil(self.bytes * 1.05 / max(drives - parity, 1))
        return self.ballast.get(drive, 0) + shards + _NOTES * self.puts + _OWN

    def _upload(self, lab: Lab, upload: Upload) -> None:
        names, known = upload.groups or tuple(lab.files), _generated(lab)
        if lab.client.image or any(name in lab.files and name not in known for name in names):
            self.bytes = self.objects = None
            return
        retries = lab.on_error_of(upload) == "retry"
        times = (upload.overwrite or 1) * (lab.client.retry.attempts if retries else 1)
        for group in (known[name] for name in names if name in known):
            self._add(group.count * group.size * times)
            self.puts += group.count * times
        if self.objects is not None:
            self.objects |= {name: known[name].count for name in names if name in known}

    def _add(self, size: int) -> None:
        if self.bytes is not None:
            self.bytes += size


def check_reached(
    path: KeyPath, share: float, drives: Mapping[str, int], reach: Reach, data: tuple[int, int]
) -> Iterator[Nonsense]:
    """A use of one of `drives` that is waited for, and that nothing can bring about; `data`: how
    many drives there are, and how many shards of an object hold no data."""
    used = {drive: reach.used(drive, *data) for drive in drives}
    if not used or any(most is None or most >= share * drives[name] for name, most in used.items()):
        return
    most = max((reach.ballast.get(drive, 0) / size for drive, size in drives.items()), default=0)
    sent = f"{show_size(reach.bytes or 0)} at most are" if reach.bytes else "nothing was"
    told = f"can never come: {sent} sent by then, and a ballast has {most:.0%} at most"
    yield Nonsense(path, f"{told}; put an upload or a ballast before it")


def check_armed(path: KeyPath, quota: int, lab: Lab, reach: Reach) -> Iterator[Nonsense]:
    """A quota that is waited for, and that a further put beside all that was sent is within."""
    known = _generated(lab).values()
    if reach.bytes is None or len(known) < len(lab.files):
        return
    # What the wait itself puts is removed again, but may have been counted meanwhile.
    if reach.bytes + 2 * max(group.size for group in known) >= quota:
        return
    sent = f"{show_size(reach.bytes)} at most were" if reach.bytes else "nothing was"
    told = f"can never come: {sent} sent by then, and the quota is {show_size(quota)}"
    yield Nonsense(path, f"{told}; send more before it, or set a smaller quota")


def check_delete(
    path: KeyPath, delete: Delete, lab: Lab, reach: Reach, *, uploads: bool
) -> Iterator[Nonsense]:
    """Versions of a bucket without any; what was not uploaded, `uploads` telling whether anything
    was."""
    if delete.versions and not lab.bucket.versioning:
        told = "the bucket has no versions; write `bucket: {versioning: true}`, or remove this"
        yield Nonsense((*path, "versions"), told)
    hint = "put an upload before it, or remove this"
    if not uploads:
        told = f"nothing has been uploaded by then, so there is nothing to delete; {hint}"
        yield Nonsense(path, told, warning=True)
    elif reach.objects is not None:
        most = sum(reach.objects.values())
        if delete.count is not None and delete.count > most:
            told = f"{delete.count} objects are not there: {most} at most were uploaded by then"
            yield Nonsense((*path, "count"), f"{told}; write less, or `delete: all`", warning=True)
        elif delete.group in lab.files and delete.group not in reach.objects:
            told = f"{delete.group} has not been uploaded by then; {hint}"
            yield Nonsense((*path, "group"), told, warning=True)


def _generated(lab: Lab) -> dict[str, Generated]:
    return {name: group for name, group in lab.files.items() if isinstance(group, Generated)}
