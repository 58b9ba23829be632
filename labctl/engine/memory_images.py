"""The images of the engine in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from labctl import labels
from labctl.engine.base import SeenImage
from labctl.engine.memory_box import make_image, read_labels
from labctl.errors import EngineError, NoImage


class MemoryImages:
    """An ImageStore of names and labels only. `registry`: what can be pulled."""

    def __init__(self, images: Iterable[str | SeenImage], registry: Iterable[str]) -> None:
        made = (make_image(image) if isinstance(image, str) else image for image in images)
        self._images = {image.id: image for image in made}
        self._registry = frozenset(registry)

    def find_image(self, reference: str) -> SeenImage | None:
        """The image of that tag or id, or None."""
        for image in tuple(self._images.values()):
            if reference == image.id or reference in image.tags:
                return image
        return None

    def list_images(self) -> tuple[SeenImage, ...]:
        """The images that carry labctl's label."""
        return tuple(image for image in self._images.values() if labels.IMAGE in image.labels)

    def pull_image(self, reference: str) -> Iterator[str]:
        """Pull; yields lines of progress. Raises EngineError where it cannot be had."""
        yield f"Pulling {reference}"
        if reference not in self._registry:
            raise EngineError(f"pull {reference}: no registry has it")
        self._add(make_image(reference))

    def import_image(self, tar: Path, tag: str, changes: tuple[str, ...]) -> None:
        """Make an image of one layer from a root file system; `changes` are Dockerfile lines."""
        if not tar.is_file():
            raise EngineError(f"import {tag}: {tar} is no file")
        self._add(make_image(tag, read_labels(changes, {})))

    def build_image(
        self, context: Path, dockerfile: str, tag: str, arguments: dict[str, str]
    ) -> Iterator[str]:
        """Build with the classic builder; yields the build's output. Raises EngineError."""
        try:
            lines = (context / dockerfile).read_text("utf-8").splitlines()
        except OSError as error:
            raise EngineError(f"build {tag}: no {dockerfile} in the context") from error
        yield f"Step 1/1 : {lines[0] if lines else ''}"
        self._add(make_image(tag, read_labels(lines, arguments)))

    def tag_image(self, reference: str, tag: str) -> None:
        """Give an image a further tag."""
        image = self.find_image(reference)
        if image is None:
            raise NoImage(f"tag {reference} as {tag}: no such image")
        self._untag(tag)
        kept = self._images[image.id]
        self._images[image.id] = replace(kept, tags=(*kept.tags, tag))

    def remove_image(self, reference: str) -> None:
        """Remove a tag, and the image with its last one; no error where there is none."""
        image = self.find_image(reference)
        if image is None:
            return
        self._untag(reference)
        if reference == image.id or image.tags == (reference,):
            self._images.pop(image.id, None)

    def _add(self, image: SeenImage) -> None:
        for tag in image.tags:
            self._untag(tag)
        self._images[image.id] = image

    def _untag(self, tag: str) -> None:
        for image in tuple(self._images.values()):
            if tag in image.tags:
                left = tuple(other for other in image.tags if other != tag)
                self._images[image.id] = replace(image, tags=left)
