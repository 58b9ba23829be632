"""What `labctl images` shows and removes."""

from dataclasses import dataclass

from labctl import labels
from labctl.engine.base import ImageStore, SeenImage
from labctl.errors import LabctlError
from labctl.images.catalog import default_references, source_of
from labctl.images.resolve import find
from labctl.images.source import BUILT, Place

ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ImageStatus:
    """One image that a lab needs. `how` is `present`, `built` or `absent`; `size` in bytes."""

    reference: str
    purpose: str
    how: str
    tag: str
    id: str
    release: str
    size: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of one image: `removed`, or why it was kept."""

    image: str
    size: int
    removed: bool
    reason: str


def wanted(place: Place, references: tuple[str, ...] = ()) -> tuple[ImageStatus, ...]:
    """How it stands with the images of a lab; with those that every lab needs by default."""
    return tuple(_status(place, name) for name in references or default_references())


def remove_all(place: Place) -> tuple[Removal, ...]:
    """Remove what labctl built; an image that was pulled may serve others and is kept."""
    built = tuple(_remove(place, seen) for seen in _newest_first(place))
    kept = tuple(
        Removal(status.tag, status.size, removed=False, reason="labctl did not build it")
        for status in wanted(place)
        if status.how not in (BUILT, ABSENT)
    )
    return built + kept


def _status(place: Place, reference: str) -> ImageStatus:
    source = source_of(reference)
    used = find(source, place)
    seen = None if used is None else place.find_image(used.tag)
    if used is None or seen is None:
        return ImageStatus(reference, source.purpose, ABSENT, "", "", source.release, 0)
    return ImageStatus(
        reference, source.purpose, used.how, used.tag, used.id, used.release, seen.size
    )


def _newest_first(place: ImageStore) -> list[SeenImage]:
    """The images that labctl built, those that rest on others before these."""
    ours = [seen for seen in place.list_images() if labels.IMAGE in seen.labels]
    return sorted(ours, key=lambda seen: seen.created, reverse=True)


def _remove(place: ImageStore, seen: SeenImage) -> Removal:
    """Labels are inherited: under a name that is not labctl's it is somebody's own image."""
    tags = tuple(tag for tag in seen.tags if tag.startswith("labctl/"))
    if seen.tags and not tags:
        return Removal(seen.tags[0], seen.size, removed=False, reason="it has a name of its own")
    shown = tags[0] if tags else seen.id
    try:
        for reference in tags or (seen.id,):
            place.remove_image(reference)
    except LabctlError as error:
        return Removal(shown, seen.size, removed=False, reason=error.message)
    return Removal(shown, seen.size, removed=True, reason="")
