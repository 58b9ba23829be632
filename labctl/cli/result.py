"""How a run's end is shown."""

import sys

import click

from labctl.cli.show import print_document, show_error
from labctl.orchestrator.run import RunResult
from labctl.report import text


def print_result(result: RunResult, form: str, *, kept: bool) -> int:
    """Print a run's figures and verdict; the exit code that goes with them."""
    path = result.folder.path
    if form == "json":
        document = text.as_document(result.summary, result.verdict, path)
        print_document(document | {"failure": result.failure.message if result.failure else None})
        if result.failure is not None:
            # A second document would make both unreadable.
            return show_error(result.failure)
    elif sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False).print(text.render_summary(result.summary, result.verdict, path))
    else:
        for line in text.plain_lines(result.summary, result.verdict, path):
            click.echo(line)
    if kept and form != "json":
        click.echo(f"the lab is still up; take it down: labctl down {result.made.lab} --purge")
    if result.failure is not None:
        raise result.failure
    return 0 if result.verdict.result == "pass" else 1
