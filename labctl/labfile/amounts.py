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
class Offer:
    """The puts of uploads and their bytes together."""

    puts: int
    bytes: int


def offer_of(lab: Lab, steps: Iterable[Step]) -> Offer | None:
    """What the uploads among `steps` offer; None where that is not known beforehand: files of a
    folder, what is sent again, parts, a client of the user's own; and where there is none."""
    puts = size = 0
    for step in steps:
        upload = step.upload
        if upload is None:
            continue
        if upload.resend or upload.parts or lab.client.image:
            return None
        for name in upload.groups or tuple(lab.files):
            group = lab.files.get(name)
            if not isinstance(group, Generated):
                return None
            puts += group.count * (upload.overwrite or 1)
            size += group.count * group.size * (upload.overwrite or 1)
    return Offer(puts, size) if puts else None


def check_amounts(path: KeyPath, expect: Expect, offer: Offer, drives: int) -> Iterator[Nonsense]:
    """Expectations that ask for more than is offered, with `drives` bytes of all drives."""
    for refused in expect.refusals:
        if refused.count.min > offer.puts:
            told = f"{refused.count.min} objects cannot be refused: {offer.puts} are sent"
            yield Nonsense((*path, "refused", "count"), f"{told}; write less")
    for key in ("accepted", "accepted_before_refusal"):
        bounds: ShareBounds | None = getattr(expect, key)
        wanted = 0 if bounds is None else bounds.min
        least = int(wanted.part * drives) if isinstance(wanted, Share) else wanted
        if least > offer.bytes:
            told = f"{show_size(least)} cannot be accepted: {show_size(offer.bytes)} are sent"
            yield Nonsense((*path, key), f"{told}; write less")
