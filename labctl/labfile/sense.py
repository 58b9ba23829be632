"""What a sound lab file cannot mean: steps that cannot be played, limits that cannot be reached."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from labctl.labfile.agree import check_agreement
from labctl.labfile.amounts import check_amounts, offer_of
from labctl.labfile.expect import Expect, needs
from labctl.labfile.group_names import unknown_in_expect, unknown_in_step
from labctl.labfile.lab import Lab, steps_of
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.overshot import check_overshot, first_quota
from labctl.labfile.own_client import check_client
from labctl.labfile.reach import Reach, check_armed, check_delete, check_reached
from labctl.labfile.room import Room, check_objects, check_quota, check_writable
from labctl.labfile.step import KeyPath, Step
from labctl.labfile.verbs import Ballast, Delete, Grow, Quota, Upload, Verb, Verify, Wait
from labctl.units import show_size

_MEANS = {
    "verify": "a step `verify: all` after an upload",
    "probe": "a step `probe: all` before it",
    "quota": "a quota of the bucket",
    "resend": "a step `upload: {resend: refused}` before it",
    "writable": "a step `wait: {writable: SIZE}` before it",
    "upload": "an upload before it",
}
_OF_ITS_OWN = frozenset({"upload", "verify", "probe"})
_OF_ANY = frozenset({"resent", "client_exit"})
"""Expectations that may stand under another step than the one that shows them."""

_OWN_CLIENT = ("resend", "overwrite", "parts")


def find_nonsense(lab: Lab) -> tuple[Nonsense, ...]:
    """Everything in a lab file that its models take and that cannot be meant."""
    walk = _Walk(lab, dict(lab.minio.drive_sizes()))
    if lab.bucket.quota is not None:
        walk.note(Quota(size=lab.bucket.quota))
    steps = steps_of(lab)
    room = walk.largest(steps)
    found = [each for n, step in enumerate(steps) for each in walk.step(("steps", n), step, room)]
    found += walk.expectations(("expect",), lab.expect, None)
    placed = tuple(lab.numbered().values())
    every, drives = [step for _, step in placed], sum(room.drives.values())
    offer = offer_of(lab, every)
    found += check_amounts(("expect",), lab.expect, offer, drives) if offer else ()
    found += check_overshot(("expect",), lab.expect, first_quota(lab), lab, drives)
    found += check_client(("expect",), lab.expect, None, every, lab)
    found += check_agreement(lab.expect, placed)
    found += unknown_in_expect(("expect",), lab.expect, lab.files)
    if lab.bucket.quota is not None:
        found += check_quota(("bucket", "quota"), lab.bucket.quota, room)
    return (*found, *check_objects(lab, room))


@dataclass(frozen=True, slots=True)
class Before:
    """What a lab that is up has seen: whether its bucket has a quota now, whether anything was
    uploaded, and whether an upload left its parts."""

    quota: bool
    uploads: bool = True
    parts: bool = True


def check_step(
    lab: Lab, step: Step, drives: dict[str, int], root: KeyPath, before: Before
) -> tuple[Nonsense, ...]:
    """The same for one step, at the path `root`, that is played on a lab that is up, with drives
    of these sizes. What `before` does not tell of is taken to have been."""
    unknown = Reach(bytes=None, objects=None)
    walk = _Walk(lab, dict(drives), before.quota, before.uploads, live=True, reach=unknown)
    walk.seen |= {"parts"} if before.parts else set()
    return tuple(walk.step(root, step, walk.largest((step,))))


def largest_drives(lab: Lab, sizes: dict[str, int], steps: tuple[Step, ...]) -> int:
    """Bytes of all drives of these sizes together, once they have grown as far as `steps` let
    them."""
    return sum(_Walk(lab, sizes).largest(steps).drives.values())


@dataclass(slots=True)
class _Walk:
    """Goes through the steps in their order and keeps in mind what they have set."""

    lab: Lab
    sizes: dict[str, int]
    quota: bool = False
    uploads: bool = False
    live: bool = False
    seen: set[str] = field(default_factory=set)
    ballast: dict[str, int] = field(default_factory=dict)
    """Bytes that a ballast surely takes on each drive."""
    reach: Reach = field(default_factory=Reach)
    limit: int | None = None
    """The bucket's quota in bytes, where it is known."""

    def largest(self, steps: tuple[Step, ...]) -> Room:
        """The room on the drives once they have grown as far as `steps` let them."""
        sizes = dict(self.sizes)
        for step in steps:
            for _, inner in step.walk():
                for drive in self._meant(inner) if inner.grow else ():
                    sizes[drive] = max(sizes[drive], inner.grow.size if inner.grow else 0)
        return Room.of(self.lab, sizes)

    def step(
        self, path: KeyPath, step: Step, room: Room, *, aside: bool = False
    ) -> Iterator[Nonsense]:
        """A step, and those that are played meanwhile; it is one of them itself where `aside`."""
        yield from unknown_in_step(path, step, self.lab.files)
        yield from self._unknown_drives(path, step)
        yield from self._verb((*path, step.name), step.verb, step, room)
        self.note(step.verb, self._meant(step), aside=aside)
        if step.ballast is not None and step.lasting is not None:
            self.ballast |= dict.fromkeys(self._meant(step), 0)
        for number, inner in enumerate(step.meanwhile):
            yield from self.step((*path, "meanwhile", number), inner, room, aside=True)
        yield from self._expected((*path, "expect"), step)
        self._undo(step, aside=aside)

    def _expected(self, path: KeyPath, step: Step) -> Iterator[Nonsense]:
        """What a step's own expectations ask for that cannot be."""
        if step.expect is None:
            return
        yield from self.expectations(path, step.expect, step)
        drives = sum(self.sizes.values())
        if step.upload is not None and (offer := offer_of(self.lab, (step,))) is not None:
            yield from check_amounts(path, step.expect, offer, drives)
            yield from check_overshot(path, step.expect, self.limit, self.lab, drives)
        yield from check_client(path, step.expect, step, (), self.lab)

    def _undo(self, step: Step, *, aside: bool) -> None:
        """What was to last a while is gone when the step has ended."""
        if step.quota is not None and step.lasting is not None:
            self.quota, self.limit = False, None
        if step.ballast is not None and step.lasting is not None and not (aside or step.meanwhile):
            self.reach.ballast |= dict.fromkeys(self._meant(step), 0)

    def expectations(self, path: KeyPath, expect: Expect, step: Step | None) -> Iterator[Nonsense]:
        """Expectations of a step, or of the whole run, that nothing before can show."""
        for key, needed in needs(expect):
            elsewhere = step is not None and needed in _OF_ITS_OWN and key not in _OF_ANY
            if elsewhere and step is not None and step.name != needed:
                told = f"is nothing that {step.name} shows; write it under {_article(needed)} step"
                yield Nonsense((*path, key), f"{told}, or under `expect` of the lab", key=True)
            elif not self.live and needed not in self.seen:
                told = f"cannot be judged without {_MEANS[needed]}; add it, or remove this"
                yield Nonsense((*path, key), told, key=True)

    def note(self, verb: Verb, drives: tuple[str, ...] = (), *, aside: bool = False) -> None:
        """What later steps may count on."""
        self.reach.note(self.lab, verb, {name: self.sizes[name] for name in drives}, aside=aside)
        shows_nothing = isinstance(verb, Verify) and not self.uploads
        self.seen |= set() if shows_nothing else {type(verb).__name__.lower()}
        match verb:
            case Upload(resend=resend, parts=parts):
                self.uploads = True
                self.seen |= {"resend"} if resend else set()
                self.seen |= {"parts"} if parts == "leave" else set()
            case Quota(size=size):
                self.quota, self.limit = size is not None, size
            case Wait(writable=int()):
                self.seen.add("writable")
            case Grow(size=size):
                self.sizes |= dict.fromkeys(drives, size)
            case Ballast():
                taken = {drive: self._taken(verb, drive) for drive in drives}
                before = {drive: self.ballast.get(drive, 0) for drive in drives}
                least = {drive: min(taken[drive], before[drive]) for drive in drives}
                self.ballast |= least if aside else taken

    def _taken(self, ballast: Ballast, drive: str) -> int:
        """Bytes that a ballast has at least; of what objects leave of a share, none are sure."""
        if ballast.share is None:
            return ballast.fixed or 0
        return 0 if self.uploads else int(ballast.share * self.sizes[drive])

    def _meant(self, step: Step) -> tuple[str, ...]:
        """The drives that are there and meant: those that a step names, or all."""
        named = tuple(name for name in map(drive_name, step.at) if name in self.sizes)
        return named if step.at else tuple(self.sizes)

    def _unknown_drives(self, path: KeyPath, step: Step) -> Iterator[Nonsense]:
        for number, drive in enumerate(step.at):
            if drive_name(drive) not in self.sizes:
                told = f"there is no drive {drive!r}; write one of: {', '.join(self.sizes)}"
                yield Nonsense((*path, "at", number), told)

    def _verb(self, path: KeyPath, verb: Verb, step: Step, room: Room) -> Iterator[Nonsense]:
        match verb:
            case Upload():
                yield from self._upload(path, verb)
            case Ballast(size=int() as size):
                yield from self._ballast(path, size, step)
            case Grow(size=size):
                yield from self._grow(path, size, step)
            case Quota(size=int() as size):
                yield from check_quota(path, size, room)
            case Delete():
                beside, uploads = self._beside(step)
                yield from check_delete(path, verb, self.lab, beside, uploads=uploads)
            case Verify() if not self._beside(step)[1]:
                told = "nothing has been uploaded by then, so there is nothing to read back"
                yield Nonsense(path, f"{told}; put an upload before it, or remove this")
            case Wait():
                yield from self._wait(path, verb, step)

    def _wait(self, path: KeyPath, wait: Wait, step: Step) -> Iterator[Nonsense]:
        """A wait for what cannot come."""
        if wait.writable is not None:
            room = self._room_beside(step)
            yield from check_writable((*path, "writable"), wait.writable, room)
        elif wait.drive_used is not None:
            drives = {name: self.sizes[name] for name in self._meant(step)}
            used, data = self._beside(step)[0], (len(self.sizes), self._parity())
            share = wait.drive_used
            yield from check_reached((*path, "drive_used"), share, drives, used, data)
        elif wait.quota_armed and not self.quota:
            told = "can never come: the bucket has no quota then"
            yield Nonsense(path, f"{told}; put a step such as `quota: 50MiB` before it")
        elif wait.quota_armed and self.limit is not None and not _sets_quota(step):
            yield from check_armed(path, self.limit, self.lab, self._beside(step)[0])

    def _beside(self, step: Step) -> tuple[Reach, bool]:
        """What can have been put by the end of a step, and whether any upload was begun: what was
        before it, and what is played meanwhile."""
        reach, uploads = self.reach.copy(), self.uploads
        for path, inner in step.walk():
            if path:
                drives = {name: self.sizes[name] for name in self._meant(inner)}
                reach.note(self.lab, inner.verb, drives, aside=True)
                uploads = uploads or inner.upload is not None
        return reach, uploads

    def _room_beside(self, step: Step) -> Room:
        """The drives as large as they are by the end of a step, and what ballast surely leaves."""
        room = self.largest((step,))
        changed = any(inner.ballast is not None for path, inner in step.walk() if path)
        return room if changed else room.beside(self.ballast)

    def _parity(self) -> int:
        """The most shards of an object that hold no data."""
        drives, given = len(self.sizes), self.lab.minio.parity
        return drives // 2 if given is None else given

    def _upload(self, path: KeyPath, upload: Upload) -> Iterator[Nonsense]:
        if upload.resend and not self.uploads:
            told = "there is no upload before it to send again; put one first, or remove this"
            yield Nonsense((*path, "resend"), told)
        if upload.parts in ("complete", "abort") and "parts" not in self.seen:
            told = "there is no upload with `parts: leave` before it; put one first"
            yield Nonsense((*path, "parts"), told)
        for key in _OWN_CLIENT if self.lab.client.image else ():
            if getattr(upload, key) is not None:
                told = "is something that only labctl's own client does; remove it, or client.image"
                yield Nonsense((*path, key), told, key=True)

    def _ballast(self, path: KeyPath, size: int, step: Step) -> Iterator[Nonsense]:
        for drive in self._meant(step):
            if size > self.sizes[drive]:
                held = f"{drive} holds, {show_size(self.sizes[drive])}"
                hint = "write less, or a percentage such as 95%"
                yield Nonsense(path, f"{show_size(size)} is more than {held}; {hint}")
                return

    def _grow(self, path: KeyPath, size: int, step: Step) -> Iterator[Nonsense]:
        for drive in self._meant(step):
            if size < self.sizes[drive]:
                now = f"{drive} has by then, {show_size(self.sizes[drive])}"
                hint = "a drive only grows: write more, or name other drives with `at`"
                yield Nonsense(path, f"{show_size(size)} is less than {now}; {hint}")
                return


def drive_name(drive: str) -> str:
    """A drive's name as events have it: one server is `minio`, whichever way it was written."""
    return drive.replace("minio1/", "minio/")


def _sets_quota(step: Step) -> bool:
    return any(inner.quota is not None for path, inner in step.walk() if path)


def _article(verb: str) -> str:
    return f"an {verb}" if verb == "upload" else f"a {verb}"
