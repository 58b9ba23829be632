"""`labctl files`: folders of files to send."""

from pathlib import Path

import click

from labctl.cli.options import output_format
from labctl.cli.show import print_document
from labctl.errors import UsageError
from labctl.units import parse_size, parse_size_range, show_size


@click.group(epilog="Example: labctl files make files --total 220MiB --size 1MiB..30MiB --seed 1")
def files() -> None:
    """Make files of your own to send."""


@files.command(epilog="Example: labctl files make files --total 220MiB --size 1MiB..30MiB --seed 1")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--total", default="220MiB", show_default=True, metavar="SIZE", help="All together.")
@click.option(
    "--size", default="1MiB..30MiB", show_default=True, metavar="RANGE", help="Size of each file."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same files.")
@output_format
def make(folder: Path, total: str, size: str, seed: int, form: str) -> None:
    """Fill an empty folder with files of random sizes and contents."""
    from labctl.makefiles import make_files

    try:
        wanted, (smallest, largest) = parse_size(total), parse_size_range(size)
    except ValueError as error:
        raise UsageError(str(error)) from error
    count, written = make_files(folder, wanted, smallest, largest, seed)
    if form == "json":
        print_document({"folder": str(folder), "files": count, "bytes": written})
    else:
        click.echo(f"wrote {count} files, {show_size(written)} together, into {folder}")
