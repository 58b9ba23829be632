"""Commands that read a lab file, make a lab, or take one down: up, run, down, check, init."""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labctl.cli.options import (
    duration,
    junit_file,
    lab_file,
    making,
    output_format,
    runs_folder,
    settings,
)
from labctl.cli.show import print_document, view_for
from labctl.errors import Interrupted, LabctlError, NoEngine, UsageError

if TYPE_CHECKING:
    from labctl.labfile.load import LoadedLab
    from labctl.orchestrator.up import UpOptions


@click.command(epilog="Example: labctl up labs/200m.yaml --set minio.ports=auto")
@lab_file
@making
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
def up(*, file: str, dry_run: bool, form: str, overrides: Sequence[str], **given: Any) -> None:
    """Make a lab, start its client, and return.

    Returns when MinIO is healthy and the client was started. FILE is a lab file, or the name of a
    lab that comes with labctl. A second `up` makes only what is missing.
    """
    from labctl.engine.docker import connect
    from labctl.interrupts import Interrupts
    from labctl.orchestrator.up import up as make

    loaded = _load(file, overrides)
    options = _up_options(given)
    if dry_run:
        _print_plan(loaded, form)
        return
    with Interrupts(loaded.name), closing(connect()) as engine, view_for(form) as view:
        try:
            made = make(engine, loaded, options, view)
        except Interrupted as error:
            error.hint = (
                f"go on with `labctl up {file}`, or take it down: labctl down {loaded.name} --purge"
            )
            raise
    from labctl.cli.told import print_made

    print_made(made, loaded, form)


@click.command(epilog="Example: labctl run 200m --set minio.ports=auto")
@lab_file
@making
@click.option("--keep", is_flag=True, help="Leave the lab up at the end, to look around.")
@click.option(
    "--within",
    callback=duration,
    metavar="DURATION",
    help="Time limit of all steps together, for example 10m; exit code 4 past it.",
)
@junit_file
def run(
    *,
    file: str,
    keep: bool,
    within: float | None,
    junit: Path | None,
    form: str,
    overrides: Sequence[str],
    **given: Any,
) -> int:
    """Play a lab from beginning to end, and take it down.

    Makes the lab, plays its steps with live progress, collects the evidence, judges it, and takes
    everything down. Exit code 0: as expected; 1: an expectation failed or could not be judged.
    """
    from labctl.engine.docker import connect
    from labctl.interrupts import Interrupts
    from labctl.orchestrator.run import RunOptions
    from labctl.orchestrator.run import run as play

    loaded = _load(file, overrides)
    options = RunOptions(_up_options(given), keep=keep, within=within or math.inf)
    with (
        Interrupts(loaded.name) as interrupts,
        _junit_of_errors(loaded, junit),
        closing(connect()) as engine,
        view_for(form) as view,
    ):
        result = play(engine, loaded, options, view, interrupts)
    from labctl.cli.result import print_result

    if junit is not None:
        from labctl.cli.junit import write_junit

        write_junit(result, loaded, junit)
    return print_result(result, form, kept=keep)


@click.command(epilog="Example: labctl down --purge")
@click.argument("lab", required=False)
@click.option("--purge", is_flag=True, help="Remove the volumes too.")
@click.option("--all", "every", is_flag=True, help="Take every lab down.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask, with --all.")
@click.option("--force", is_flag=True, help="Even if another labctl is at work on the lab.")
@runs_folder
@output_format
def down(*, lab: str | None, every: bool, yes: bool, form: str, **given: Any) -> None:
    """Collect a lab's evidence, then remove its containers and network.

    LAB may be left out where only one is up. A drive's volume is empty from then on, only its
    definition stays; --purge removes that too, and sees to it that nothing is left.
    """
    from labctl.engine.docker import connect
    from labctl.interrupts import Interrupts
    from labctl.orchestrator import down as take

    if every and lab:
        raise UsageError("--all and the name of a lab exclude each other", "leave one out")
    options = take.DownOptions(**given)
    meant = "--all" if every else lab or ""
    with Interrupts(meant) as interrupts, closing(connect()) as engine, view_for(form) as view:
        if every and not yes:
            _confirm(engine.observe().labs())
        with interrupts.shield():
            done = (
                take.down_all(engine, options, view)
                if every
                else (take.down(engine, lab, options, view),)
            )
        interrupts.raise_if_seen()
    from labctl.cli.told import print_down

    print_down(done, form)


@click.command(epilog="Example: labctl check labs/200m.yaml --set minio.size=100m")
@lab_file
@settings
@output_format
def check(file: str, overrides: Sequence[str], form: str) -> None:
    """Say whether a lab file is sound.

    Every problem is told at once as file:line:column, with exit code 2.
    """
    loaded = _load(file, overrides)
    if form == "json":
        document = {"file": str(loaded.path), "lab": loaded.name, "sound": True}
        print_document(document | {"warnings": list(loaded.warnings)})
    else:
        click.echo(f"{loaded.path}: sound, lab {loaded.name}")


@click.command(epilog="Example: labctl init my-labs")
@click.argument(
    "folder", metavar="[DIR]", default="labs", type=click.Path(path_type=Path, file_okay=False)
)
@output_format
def init(folder: Path, form: str) -> None:
    """Write labctl's own labs into a folder, to be changed.

    Files that are there already are left alone.
    """
    from labctl.assets import write_labs

    written, kept = write_labs(folder)
    if form == "json":
        print_document({"written": [str(p) for p in written], "kept": [str(p) for p in kept]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    for path in kept:
        click.echo(f"left alone, it is there already: {path}")
    click.echo(f"next: labctl run {folder / '200m.yaml'}")


def _load(file: str, overrides: Sequence[str]) -> "LoadedLab":
    from labctl.labfile.load import load_lab, resolve_lab_path

    loaded = load_lab(resolve_lab_path(file), overrides)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    return loaded


@contextmanager
def _junit_of_errors(loaded: "LoadedLab", path: Path | None) -> Iterator[None]:
    """Write the JUnit file of a run that comes to no result; trouble with it hides no error."""
    try:
        yield
    except (LabctlError, Interrupted) as error:
        if path is not None:
            from labctl.cli.junit import write_junit_of_error

            try:
                write_junit_of_error(loaded, error, path)
            except UsageError as unwritten:
                click.echo(f"warning: {unwritten.message}", err=True)
        raise


def _up_options(given: dict[str, Any]) -> "UpOptions":
    from labctl.orchestrator.up import UpOptions

    return UpOptions(
        runs=given["runs"].absolute(),
        ready_timeout=given["timeout"],
        force=given["force"],
        recreate=given["recreate"],
    )


def _print_plan(loaded: "LoadedLab", form: str) -> None:
    from labctl.engine.docker import connect
    from labctl.orchestrator.draught import plan_dry

    try:
        with closing(connect()) as engine:
            plan, note = plan_dry(engine, loaded), ""
    except NoEngine as error:
        from labctl.engine.memory import MemoryEngine

        plan, note = plan_dry(MemoryEngine(), loaded), error.message
    if form == "json":
        steps = [{"id": s.id, "cause": s.cause, "after": s.after} for s in plan.operations]
        print_document({"lab": loaded.name, "operations": steps, "note": note})
        return
    click.echo(plan.text())
    if note:
        click.echo(f"(planned as on an empty engine: {note})")


def _confirm(labs: Sequence[str]) -> None:
    if labs and not click.confirm(f"take down {', '.join(labs)}?", err=True):
        raise UsageError("nothing was done")
