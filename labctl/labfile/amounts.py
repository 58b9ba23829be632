"""What uploads offer, and expectations of more than that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labctl.labfile.bounds import ShareBounds
from labctl.labfile.expect import Expect
from labctl.labfile.fields import Share
from labctl.labfile.lab import Generated, Lab
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath, Step
from labctl.units import show_size


@dataclass(frozen=True, slots=True)
class Batch:
    """So many puts of one size, of a file group."""

    group: str
    puts: int
    size: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The puts of uploads of a lab with these `groups`. `stops`: the most refusals that end them
    all, each at its first, one for each object that is sent at the same time; None where one at
    least goes on."""

    batches: tuple[Batch, ...]
    groups: frozenset[str]
    stops: int | None = None

    @property
    def bytes(self) -> int:
        """Their bytes together."""
        return sum(batch.puts * batch.size for batch in self.batches)

    def puts_of(self, group: str | None) -> int:
        """How many there are, of a group where one is meant."""
        return sum(batch.puts for batch in self._of(group))

    def least(self, puts: int, group: str | None = None) -> int:
        """Bytes of so many puts, of a group where one is meant, at the least."""
        return _sum_up(puts, sorted(self._of(group), key=lambda batch: batch.size))

    def most(self, puts: int) -> int:
        """Bytes of so many puts at the most."""
        return _sum_up(puts, sorted(self.batches, key=lambda batch: -batch.size))

    def _of(self, group: str | None) -> Iterator[Batch]:
        return (batch for batch in self.batches if group in (None, batch.group))


def offer_of(lab: Lab, steps: Iterable[Step]) -> Offer | None:
    """What the uploads among `steps` offer; None where that is not known beforehand: files of a
    folder, what is sent again, parts, a client of the user's own; and where there is none."""
    batches: list[Batch] = []
    stops: list[int | None] = []
    for upload in (step.upload for step in steps if step.upload is not None):
        if upload.resend or upload.parts or lab.client.image:
            return None
        stopping = lab.on_error_of(upload) == "stop"
        stops.append((upload.parallel or lab.client.parallel) if stopping else None)
        for name in upload.groups or tuple(lab.files):
            group = lab.files.get(name)
            if not isinstance(group, Generated):
                return None
            batches.append(Batch(name, group.count * (upload.overwrite or 1), group.size))
    counts = [each for each in stops if each is not None]
    most = sum(counts) if len(counts) == len(stops) else None
    return Offer(tuple(batches), frozenset(lab.files), most) if batches else None


def check_amounts(path: KeyPath, expect: Expect, offer: Offer, drives: int) -> Iterator[Nonsense]:
    """Expectations that ask for more than is offered, with `drives` bytes of all drives; and for
    more or less accepted than the refusals that are expected beside it leave."""
    yield from _check_refused(path, expect, offer)
    for key in ("accepted", "accepted_before_refusal"):
        bounds: ShareBounds | None = getattr(expect, key)
        if bounds is not None:
            least, _ = in_bytes(bounds, drives)
            yield from _check_least((*path, key), least, expect, offer)
    if expect.accepted is not None:
        _, most = in_bytes(expect.accepted, drives)
        yield from _check_most((*path, "accepted"), most, expect, offer)
        if most == 0 and expect.acknowledged is not None:
            told = "contradicts accepted: nothing is to be accepted there, so nothing is intact"
            yield Nonsense((*path, "acknowledged"), f"{told}; remove one of the two")


def _check_refused(path: KeyPath, expect: Expect, offer: Offer) -> Iterator[Nonsense]:
    for place, refused in expect.placed_refusals():
        least, at = refused.count.min, (*path, *place, "count")
        if refused.group not in (None, *offer.groups):
            continue
        if least > (sent := offer.puts_of(refused.group)):
            of = "" if refused.group is None else f" of {refused.group}"
            told = f"{least} objects{of} cannot be refused: {sent} are sent"
            yield Nonsense(at, f"{told}; write less")
        elif offer.stops is not None and least > offer.stops:
            told = f"{least} objects cannot be refused: with `on_error: stop` the client ends"
            yield Nonsense(at, f"{told} after {offer.stops}; write less, or `on_error: continue`")


def _check_least(path: KeyPath, least: int, expect: Expect, offer: Offer) -> Iterator[Nonsense]:
    if least > offer.bytes:
        told = f"{show_size(least)} cannot be accepted: {show_size(offer.bytes)} are sent"
        yield Nonsense(path, f"{told}; write less")
        return
    for refused in expect.refusals:
        left = offer.bytes - offer.least(refused.count.min, refused.group)
        if least > left:
            told = f"contradicts refused: {show_size(offer.bytes)} are sent, each object once, and"
            count = refused.count.min
            noun = "that is refused leaves" if count == 1 else "that are refused leave"
            yield Nonsense(path, f"{told} {count} {noun} {show_size(left)} at most; write less")
            return


def _check_most(
    path: KeyPath, most: int | None, expect: Expect, offer: Offer
) -> Iterator[Nonsense]:
    refused = expect.most_refused
    if most is None or refused is None or (refused and offer.stops is not None):
        return
    least = offer.bytes - offer.most(refused)
    if most < least:
        count = "none is" if refused == 0 else f"{refused} at most are"
        told = f"contradicts refused: {show_size(offer.bytes)} are sent, and where {count} refused"
        yield Nonsense(path, f"{told} at least {show_size(least)} are accepted; write more")


def in_bytes(bounds: ShareBounds, drives: int) -> tuple[int, int | None]:
    """Bounds in bytes; a share of drives that may grow is a bound below only as it was."""
    least = int(bounds.min.part * drives) if isinstance(bounds.min, Share) else bounds.min
    return least, None if isinstance(bounds.max, Share) else bounds.max


def _sum_up(puts: int, batches: Iterable[Batch]) -> int:
    total = 0
    for batch in batches:
        taken = min(puts, batch.puts)
        total, puts = total + taken * batch.size, puts - taken
    return total
