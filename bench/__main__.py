"""The command: measures the rows that are asked for, prints them, and leaves nothing behind."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import click

from bench.figures import Figure
from bench.lifecycle import measure_lifecycle
from bench.observer import measure_observer
from bench.own import measure_help, measure_memory
from bench.place import Place, open_place
from bench.run import measure_hands, measure_run
from bench.show import Circumstances, as_json, as_text
from bench.upload import measure_upload
from labctl import __version__
from labctl.errors import Interrupted, LabctlError
from labctl.interrupts import Interrupts

ROWS = ("up", "up-quota", "down", "run", "hands", "help", "memory", "upload", "observer")
Result = tuple[tuple[Figure, ...], tuple[str, ...]]
Measuring = Callable[[Place, int], Result]


def _parts() -> Mapping[frozenset[str], Measuring]:
    """What measures which rows."""
    return {
        frozenset({"help"}): measure_help,
        frozenset({"up", "up-quota", "down"}): measure_lifecycle,
        frozenset({"run"}): measure_run,
        frozenset({"hands"}): measure_hands,
        frozenset({"upload"}): measure_upload,
        frozenset({"observer"}): measure_observer,
        frozenset({"memory"}): measure_memory,
    }


@click.command(epilog="Example: python -m bench --only up --only down --rounds 9")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="Rounds that count; one more comes first.",
)
@click.option(
    "--only",
    "rows",
    type=click.Choice(ROWS),
    multiple=True,
    help="Measure this row alone. May be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or one JSON document with every round's figures.",
)
def bench(rounds: int, rows: Sequence[str], form: str) -> None:
    """Compare labctl's speed and memory with docker-compose and mc.

    Prints medians, ratios and whether the targets are met; the exit code is 0 either way.
    """
    began = time.monotonic()
    load = os.getloadavg()[0]
    wanted = frozenset(rows or ROWS)
    with Interrupts() as interrupts, open_place(interrupts) as place:
        figures, notes = _measure(place, rounds, wanted)
        found = _circumstances(place, rounds, load, time.monotonic() - began)
    show = as_json if form == "json" else as_text
    click.echo(show(figures, found, notes))


def _measure(place: Place, rounds: int, wanted: frozenset[str]) -> Result:
    figures: list[Figure] = []
    notes: list[str] = []
    for rows, measuring in _parts().items():
        if rows & wanted:
            measured, told = measuring(place, rounds)
            figures += (figure for figure in measured if figure.row in wanted)
            notes += told
    order = {row: number for number, row in enumerate(ROWS)}
    return tuple(sorted(figures, key=lambda figure: order[figure.row])), tuple(notes)


def _circumstances(place: Place, rounds: int, load: float, seconds: float) -> Circumstances:
    found = place.engine.describe()
    return Circumstances(
        labctl=__version__,
        engine=f"{found.kind} {found.version}",
        machine=f"{found.cpus} CPUs, {found.memory / 2**30:.0f} GiB, kernel {found.kernel}",
        rounds=rounds,
        load=(load, os.getloadavg()[0]),
        seconds=seconds,
    )


def main() -> None:
    """Run it and end the process with labctl's exit codes."""
    try:
        bench.main(prog_name="python -m bench", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (LabctlError, Interrupted) as error:
        click.echo(f"error: {error.message}", err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
