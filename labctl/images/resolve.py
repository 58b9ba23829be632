"""One image: present, else pulled, else built, else one error that gives all three reasons."""

from labctl import labels
from labctl.engine.base import SeenImage
from labctl.errors import LabctlError, NoImage
from labctl.images.cache import locked
from labctl.images.source import BUILT, PRESENT, PULLED, ImageUsed, Place, Source, Work


def find(source: Source, place: Place) -> ImageUsed | None:
    """The image where the engine holds it already."""
    for tag in source.tags():
        seen = place.find_image(tag)
        if seen is not None and source.accepts(tag, seen, labels.IMAGE):
            how = BUILT if seen.labels.get(labels.HOW) == BUILT else PRESENT
            return _used(source, tag, seen, how)
    return None


def resolve(source: Source, place: Place, work: Work) -> ImageUsed:
    """The image, by whichever way leads to it first. Raises NoImage where none does."""
    found = find(source, place)
    if found is not None:
        return found
    pulled = _pull(source, place, work)
    if isinstance(pulled, ImageUsed):
        return pulled
    built = _build(source, place, work)
    if isinstance(built, ImageUsed):
        return built
    raise _no_image(source, pulled, built)


def _pull(source: Source, place: Place, work: Work) -> ImageUsed | str:
    """The image, or why it could not be pulled."""
    if source.unpullable:
        return source.unpullable
    work.say(f"not on the engine; pulling {source.reference}")
    try:
        for line in place.pull_image(source.reference):
            work.say(line)
    except LabctlError as error:
        return error.message
    seen = place.find_image(source.reference)
    if seen is None:
        return "the pull ended, but the engine does not hold the image"
    work.say("pulled")
    return _used(source, source.reference, seen, PULLED)


def _build(source: Source, place: Place, work: Work) -> ImageUsed | str:
    """The image, or why it could not be built."""
    if source.build is None:
        return source.unbuildable
    try:
        with locked(source.built, work):
            found = find(source, place)
            if found is not None:
                return found
            work.say(f"building {source.built}")
            source.build(place, work)
    except (LabctlError, OSError) as error:
        return str(error)
    built = find(source, place)
    if built is None:
        return f"the build ended, but the engine does not hold {source.built}"
    work.say("built")
    return built


def _used(source: Source, tag: str, seen: SeenImage, how: str) -> ImageUsed:
    told = seen.labels.get(labels.RELEASE) or seen.labels.get("release")
    return ImageUsed(source.reference, tag, seen.id, how, told or source.release)


def _no_image(source: Source, pull: str, build: str) -> NoImage:
    return NoImage(
        f"there is no image {source.reference}\n"
        f"  not present: the engine holds no {' or '.join(source.tags())}\n"
        f"  not pulled: {pull}\n"
        f"  not built: {build}",
        "check the name, or let this machine reach the image's registry or the package registries, "
        "or load the image with `docker load`",
    )
