"""The images that labctl knows how to come by."""

from labctl.images.app import app_reference, app_source
from labctl.images.minio import known_references, minio_source
from labctl.images.python_base import BUILT_TAG, REFERENCE, python_source
from labctl.images.source import Source, release_of
from labctl.labfile.lab import DEFAULT_IMAGE

_OWN = "labctl/"


def source_of(reference: str) -> Source:
    """Where an image can come from; one that labctl has no recipe for is present or pulled."""
    if reference == app_reference():
        return app_source()
    if reference in (REFERENCE, BUILT_TAG):
        return python_source()
    return minio_source(reference) or _foreign_source(reference)


def default_references() -> tuple[str, ...]:
    """What a lab needs that asks for nothing special: MinIO and labctl's own app."""
    return (DEFAULT_IMAGE, app_reference())


def _foreign_source(reference: str) -> Source:
    """An image of other people. Names that are labctl's own are never asked of a registry."""
    return Source(
        reference,
        "an image of your own choice",
        release_of(reference),
        unpullable="labctl publishes no images" if reference.startswith(_OWN) else "",
        unbuildable=f"labctl has no recipe for it, only for {', '.join(known_references())}",
    )
