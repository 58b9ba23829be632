"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from labctl.errors import UsageError
from labctl.units import parse_duration

Command = Callable[..., Any]

lab_file = click.argument("file", metavar="FILE")
lab_name = click.option(
    "--lab", "lab_name", metavar="NAME", help="Which lab; the only one, if not given."
)
settings = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Override a value of the lab file, for example --set minio.size=100m. May be repeated.",
)
runs_folder = click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    metavar="DIR",
    help="Where the evidence is kept.",
)
output_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or one JSON document.",
)

junit_file = click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the verdict as JUnit XML too, for CI.",
)


def making(command: Command) -> Command:
    """The options of a command that makes a lab."""
    for option in (
        runs_folder,
        output_format,
        settings,
        click.option(
            "--timeout",
            default="60s",
            show_default=True,
            callback=duration,
            metavar="DURATION",
            help="How long MinIO may take to become healthy.",
        ),
        click.option(
            "--force", is_flag=True, help="Make the drives even if memory looks too short."
        ),
        click.option("--recreate", is_flag=True, help="Remove the lab first where one is there."),
    ):
        command = option(command)
    return command


def duration(_: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Seconds of an option such as `10s` or `3m`."""
    if value is None:
        return None
    try:
        return parse_duration(value)
    except ValueError as error:
        raise UsageError(f"--{parameter.name}: {error}") from error
