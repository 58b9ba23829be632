"""The command that plays steps on a lab that is up."""

import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labctl.cli.options import lab_name, output_format, runs_folder
from labctl.cli.show import print_document, view_for
from labctl.errors import UsageError

if TYPE_CHECKING:
    from labctl.orchestrator.step import StepResult


@click.command(epilog="Example: labctl step 'ballast: 150MiB'")
@click.argument("text", required=False, metavar="[STEP]")
@lab_name
@click.option("--next", "upcoming", is_flag=True, help="The next step of the lab file.")
@click.option("--rest", is_flag=True, help="All steps of the lab file that are left.")
@runs_folder
@output_format
def step(
    *,
    text: str | None,
    lab_name: str | None,
    upcoming: bool,
    rest: bool,
    runs: Path,
    form: str,
) -> int:
    """Play a step on a lab that is up.

    STEP is written as in a lab file, for example 'ballast: 150MiB', 'wait: {writable: 1MiB}' or
    'upload: {resend: refused}'. An upload that still runs is let come to its end before. Exit code
    0: as the step's own expectations say; 1: one of them failed or could not be judged.
    """
    from labctl.engine.docker import connect
    from labctl.interrupts import Interrupts
    from labctl.orchestrator.step import StepOptions
    from labctl.orchestrator.step import step as play

    if (text is not None) + upcoming + rest != 1:
        raise UsageError("say which step: STEP, --next or --rest", "see labctl step --help")
    options = StepOptions(lab_name, runs.absolute(), text, math.inf if rest else 1)
    with Interrupts(lab_name or ""), closing(connect()) as engine, view_for(form) as view:
        done = play(engine, options, view)
    return _print(done, form)


def _print(done: Sequence["StepResult"], form: str) -> int:
    from labctl.report.text import step_document, step_lines

    if form == "json":
        print_document([step_document(each.summary, each.verdict, each.number) for each in done])
    else:
        for each in done:
            for line in step_lines(each.summary, each.verdict, each.number):
                click.echo(line)
        if done and done[-1].last:
            lab = done[-1].lab
            click.echo(f"all steps of lab {lab} have been played; the whole is judged by")
            click.echo(f"  labctl down {lab} --purge")
    return max((each.verdict.exit_code for each in done), default=0)
