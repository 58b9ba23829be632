"""The command: runs the labs, or takes runs made before, and writes the document."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from findings.document import write_document
from findings.play import Done, PlayError, play
from findings.store import load
from labctl.assets import labs
from labctl.errors import Interrupted, LabctlError
from labctl.interrupts import Interrupts

_DOCUMENT = Path("docs/findings.md")
_RUNS = Path("runs/findings")


@click.command(epilog="Example: python -m findings --from runs/findings/2026-01-31T12-00-00Z")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write it from the runs in DIR, and run nothing.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_DOCUMENT,
    show_default=True,
    metavar="FILE",
    help="The document.",
)
def findings(source: Path | None, target: Path) -> int:
    """Run every lab that comes with labctl, and write docs/findings.md from the evidence.

    Takes some minutes. Exit code 1 where a lab has no evidence; expectations that failed are told
    in the document.
    """
    runs = source or _run_all()
    evidence = load(runs, labs())
    if not evidence.runs:
        raise click.ClickException(f"{runs} holds no evidence of any lab; run the labs first")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_text(write_document(evidence), encoding="utf-8")
    fresh.replace(target)
    click.echo(f"{target}: {len(evidence.runs)} runs; again: python -m findings --from {runs}")
    for lab in evidence.missing:
        click.echo(f"no run of {lab}", err=True)
    return 1 if evidence.missing else 0


def _run_all() -> Path:
    """Run every lab; the folder of the evidence."""
    runs = _RUNS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    with Interrupts(), TemporaryDirectory(prefix="labctl-findings-") as folder:
        play(labs(), runs.absolute(), Path(folder), _tell)
    return runs


def _tell(done: Done) -> None:
    name = " ".join((done.job.lab, *done.job.settings))
    if done.verdict is None:
        click.echo(f"{name}: no evidence: {done.said}", err=True)
    else:
        said = f": {done.said}" if done.said else ""
        click.echo(f"{name}: {done.verdict}, {done.seconds:.1f} s{said}", err=True)


def main() -> None:
    """Run it and end the process with labctl's exit codes."""
    try:
        sys.exit(findings.main(prog_name="python -m findings", standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (LabctlError, Interrupted) as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    except PlayError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(4)


if __name__ == "__main__":
    main()
