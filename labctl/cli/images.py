"""`labctl images`: what labs run, and where it came from."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict

import click

from labctl.cli.options import output_format
from labctl.cli.show import print_document, view_for
from labctl.units import show_size


@click.group(epilog="Example: labctl images get")
def images() -> None:
    """List, get or remove the images that labs run.

    An image is taken where it is present, else pulled at its pinned tag, else built on the spot.
    """


@images.command("list", epilog="Example: labctl images list --format json")
@click.argument("references", nargs=-1, metavar="[IMAGE]...")
@output_format
def list_images(references: Sequence[str], form: str) -> None:
    """Say which images are here, and how they came.

    Without IMAGE: those that every lab needs by default.
    """
    from labctl.engine.docker import connect
    from labctl.images.listing import wanted

    with closing(connect()) as engine:
        rows = wanted(engine, tuple(references))
    if form == "json":
        print_document([asdict(row) for row in rows])
        return
    for row in rows:
        where = f"{row.how}, {row.tag}, {show_size(row.size)}" if row.tag else "absent"
        click.echo(f"{row.reference} ({row.purpose}): {where}")
    if not all(row.tag for row in rows):
        click.echo("get what is absent: labctl images get")


@images.command("get", epilog="Example: labctl images get")
@click.argument("references", nargs=-1, metavar="[IMAGE]...")
@output_format
def get(references: Sequence[str], form: str) -> None:
    """Get images, side by side: present, else pulled, else built."""
    from labctl.engine.docker import connect
    from labctl.images.catalog import default_references
    from labctl.images.obtain import obtain
    from labctl.interrupts import Interrupts

    wanted = tuple(references) or default_references()
    with Interrupts(), closing(connect()) as engine, view_for(form) as view:
        found = obtain(engine, wanted, lambda step: view.progress(f"{step.image}: {step.text}"))
    if form == "json":
        print_document([asdict(used) for used in found.values()])
        return
    for used in found.values():
        click.echo(f"{used.reference}: {used.how}, {used.tag}, {used.id}")


@images.command("remove", epilog="Example: labctl images remove")
@output_format
def remove(form: str) -> None:
    """Remove the images that labctl built; those that were pulled may serve others and stay."""
    from labctl.engine.docker import connect
    from labctl.images.listing import remove_all

    with closing(connect()) as engine:
        rows = remove_all(engine)
    if form == "json":
        print_document([asdict(row) for row in rows])
        return
    for row in rows:
        ended = f"removed, {show_size(row.size)}" if row.removed else f"kept: {row.reason}"
        click.echo(f"{row.image}: {ended}")
    if not rows:
        click.echo("labctl built none")
