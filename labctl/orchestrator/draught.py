"""What a lab file asks for: images, resources, and the plan towards them."""

from collections.abc import Mapping
from pathlib import Path

from labctl.blueprint import Blueprint, blueprint
from labctl.engine.base import Engine
from labctl.errors import Drift
from labctl.images.app import app_reference
from labctl.images.catalog import source_of
from labctl.images.resolve import find
from labctl.images.source import ImageUsed
from labctl.labfile.lab import steps_of
from labctl.labfile.load import LoadedLab
from labctl.owner import this_process
from labctl.plan import Plan, PrepareBucket, plan_up
from labctl.resources import Observed
from labctl.setting import RunImage, Setting


def wanted_images(loaded: LoadedLab) -> tuple[str, ...]:
    """References of the images that a lab runs."""
    client = loaded.lab.client.image
    return (loaded.lab.minio.image, app_reference(), *((client,) if client else ()))


def plan_dry(engine: Engine, loaded: LoadedLab) -> Plan:
    """The plan of an `up`, with nothing made and no image got. Raises Drift."""
    images = {name: _image_as_is(engine, name) for name in wanted_images(loaded)}
    wanted = draw(loaded, images, Path())
    return plan_lab(wanted, loaded, engine.observe(loaded.name))


def draw(loaded: LoadedLab, images: Mapping[str, ImageUsed], folder: Path) -> Blueprint:
    """The resources that a lab file asks for, with the images that were found for it."""
    settled = len(steps_of(loaded.lab)) == 1
    return blueprint(loaded.lab, setting_for(loaded, images, folder), settled=settled)


def setting_for(loaded: LoadedLab, images: Mapping[str, ImageUsed], folder: Path) -> Setting:
    """What a lab is made with, beside its file."""
    client = loaded.lab.client.image
    return Setting(
        lab=loaded.name,
        server=_run_image(images[loaded.lab.minio.image]),
        app=_run_image(images[app_reference()]),
        client=_run_image(images[client]) if client else None,
        owner=this_process().to_json(),
        evidence=str(folder),
        folders=loaded.folders,
    )


def plan_lab(wanted: Blueprint, loaded: LoadedLab, observed: Observed) -> Plan:
    """The plan towards `wanted`. Raises Drift where something is there with other settings."""
    bucket = loaded.lab.bucket
    prepare = PrepareBucket(wanted.server.name, bucket.name, bucket.quota, bucket.versioning)
    plan = plan_up(wanted, observed, bucket=prepare)
    if plan.drifted:
        raise Drift(
            f"lab {loaded.name} is there with other settings: {', '.join(plan.drifted)}",
            f"make it anew with --recreate, or remove it: labctl down {loaded.name} --purge",
        )
    return plan


def _image_as_is(engine: Engine, name: str) -> ImageUsed:
    found = find(source_of(name), engine)
    return found or ImageUsed(name, name, id="", how="absent", release="")


def _run_image(used: ImageUsed) -> RunImage:
    return RunImage(used.tag, used.id)
