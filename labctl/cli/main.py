"""The entry point: runs a command, shows its error, ends with its exit code."""

import errno
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NoReturn

import click

from labctl.cli import files, images, lab, look, step
from labctl.cli.show import show_error
from labctl.errors import Interrupted, LabctlError

_GARBAGE = 50_000
"""Objects that are made before they are looked through for garbage."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A first try: labctl run 200m",
)
def labctl() -> None:
    """Run a real MinIO whose storage runs out under a real S3 client, and keep the evidence."""


for command in (lab.up, step.step, lab.run, lab.down, lab.check, lab.init):
    labctl.add_command(command)
for command in (look.logs, look.ps, look.version):
    labctl.add_command(command)
labctl.add_command(images.images)
labctl.add_command(files.files)


def main() -> NoReturn:
    """Run labctl and end the process with the documented exit code.

    Ends without Python's own tidying up of a thousand modules, which takes 50 ms of a command that
    takes a second; everything of labctl's own is closed by then. For the same reason garbage is
    looked for seldom: hardly any of what imports make is.
    """
    gc.set_threshold(_GARBAGE)
    code = run(sys.argv[1:])
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command, show its error, and give its exit code."""
    try:
        result = labctl.main(list(arguments), prog_name="labctl", standalone_mode=False)
    except click.exceptions.Abort:
        return _end(Interrupted(signal.SIGINT), arguments)
    except click.ClickException as error:
        error.show()
        return 2
    except (LabctlError, Interrupted) as error:
        return _end(error, arguments)
    except SystemExit:
        # Without its standalone mode click ends the process only where the reader has gone.
        return 141
    except Exception as error:
        return _end(_unforeseen(error), arguments)
    return result if isinstance(result, int) else 0


def _end(error: LabctlError | Interrupted, arguments: Sequence[str]) -> int:
    """Tell an error that no command has told: to people, and as a document where one is wanted."""
    if _wants_json(arguments):
        with suppress(OSError):
            _print_error(error)
    return show_error(error)


def _unforeseen(error: Exception) -> LabctlError:
    """A full disk under the output, or a bug: its traceback goes to a file, not to the user."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return LabctlError(f"the output cannot be written: {error.strerror}")
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="labctl-crash-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        traceback.print_exception(error, file=report)
    return LabctlError(
        f"labctl failed in a way that nobody foresaw: {type(error).__name__}",
        f"please report it with {report.name}; `labctl down --purge` takes down what is left",
    )


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether a program reads the output; the error may have come before options were parsed."""
    given = " ".join(arguments).replace("=", " ").split()
    return any(pair == ("--format", "json") for pair in pairwise(given))


def _print_error(error: LabctlError | Interrupted) -> None:
    """One JSON document for programs."""
    problems = getattr(error, "problems", ())
    told = {"error": error.message, "hint": error.hint, "exit_code": error.exit_code}
    click.echo(json.dumps(told | {"problems": list(problems)}, indent=2))
