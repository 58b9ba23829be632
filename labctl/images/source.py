"""What one image is, where it can come from, and what was got in the end."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import shorten
from typing import Protocol

from labctl.engine.base import EngineInfo, ImageStore, SeenImage
from labctl.images.programs import Programs

PRESENT = "present"
PULLED = "pulled"
BUILT = "built"
_LINE = 160


class Place(ImageStore, Protocol):
    """An engine, as far as images need one."""

    def describe(self) -> EngineInfo:
        """The engine and its machine."""


@dataclass(frozen=True, slots=True)
class ImageUsed:
    """An image that is on the engine now.

    `reference` was asked for, `tag` is what to run, `id` names its very content, `how` is
    `present`, `pulled` or `built` (also where labctl built it earlier), `release` is what it holds.
    """

    reference: str
    tag: str
    id: str
    how: str
    release: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on with one image."""

    image: str
    text: str


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What a recipe is given: whose image it makes, whom to tell, and how to run programs."""

    image: str
    report: Report
    programs: Programs

    def say(self, text: str) -> None:
        """Report progress. Raises Interrupted where labctl was asked to end."""
        self.programs.check()
        if text.strip():
            self.report(Progress(self.image, shorten(text, _LINE, placeholder=" ...")))


Build = Callable[[Place, Work], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One image and the ways to it.

    `built` is the tag of labctl's own build, `recipe` that build's hash, and `build` makes it.
    `unpullable` and `unbuildable` are reasons, empty where there is none.
    """

    reference: str
    purpose: str
    release: str
    built: str = ""
    recipe: str = ""
    build: Build | None = None
    unpullable: str = ""
    unbuildable: str = ""

    def tags(self) -> tuple[str, ...]:
        """Where it may be present, in the order of preference."""
        return tuple(dict.fromkeys(tag for tag in (self.reference, self.built) if tag))

    def accepts(self, tag: str, seen: SeenImage, label: str) -> bool:
        """Whether the image found at `tag` is meant; a build by another recipe is not."""
        return tag != self.built or seen.labels.get(label) == self.recipe


def release_of(reference: str) -> str:
    """What a reference itself says of its release: its tag, else its digest, else `latest`."""
    name, _, digest = reference.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag or digest or "latest"
