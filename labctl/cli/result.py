"""How a run's end is shown."""

import sys
from pathlib import Path

import click

from labctl.cli.show import print_document
from labctl.errors import UsageError
from labctl.orchestrator.run import RunResult
from labctl.report import text


def write_junit(result: RunResult, path: Path) -> None:
    """Write the verdict as JUnit XML. Raises UsageError where that cannot be written."""
    from labctl.report.junit import junit

    message = result.failure.message if result.failure else None
    text = junit(result.summary, result.verdict, result.folder.path, message)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def print_result(result: RunResult, form: str, *, kept: bool) -> int:
    """Print a run's figures and verdict; the exit code that goes with them."""
    path = result.folder.path
    if form == "json":
        document = text.as_document(result.summary, result.verdict, path)
        print_document(document | {"failure": result.failure.message if result.failure else None})
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
