"""How the work is shown: a live line on a terminal, plain lines on a pipe, nothing with JSON."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from labctl.orchestrator.view import Silent, View

if TYPE_CHECKING:
    from labctl.errors import Interrupted, LabctlError
    from labctl.events import Operation

_PLAIN_EVERY = 2.0


class PlainView:
    """Lines for a pipe: what was done, and progress every two seconds."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._next = time.monotonic() + _PLAIN_EVERY
        self._last = ""

    def say(self, text: str) -> None:
        """A line."""
        with self._lock:
            self._out.write(f"{text}\n")
            self._out.flush()

    def operation(self, done: "Operation") -> None:
        """A line for each operation."""
        self.say(operation_text(done))

    def progress(self, text: str) -> None:
        """A line when two seconds have passed and something is new."""
        if time.monotonic() >= self._next and text != self._last:
            self._next = time.monotonic() + _PLAIN_EVERY
            self._last = text
            self.say(text)


class LiveView:
    """A spinner with the current state, and lines above it for what is done."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=out, highlight=False)
        self._status = self._console.status("looking at what is there")

    def __enter__(self) -> "LiveView":
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def say(self, text: str) -> None:
        """A line above the live one."""
        self._console.print(text, markup=False)

    def operation(self, done: "Operation") -> None:
        """A dim line for each operation."""
        self._console.print(
            operation_text(done), markup=False, style="red" if done.error else "dim"
        )

    def progress(self, text: str) -> None:
        """The live line."""
        from rich.text import Text

        self._status.update(Text(text))


@contextmanager
def view_for(form: str) -> Iterator[View]:
    """The view for standard error or output: JSON leaves standard output to the document."""
    if form == "json":
        yield Silent()
    elif sys.stdout.isatty():
        with LiveView(sys.stdout) as live:
            yield live
    else:
        yield PlainView(sys.stdout)


def operation_text(done: "Operation") -> str:
    """An operation in one line. What went wrong is told by the error that the command ends with."""
    ended = "failed" if done.error else f"{done.seconds:.2f} s"
    return f"{done.operation}: {ended}"


def print_document(document: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def show_error(error: "LabctlError | Interrupted") -> int:
    """Tell people of an error, on standard error; its exit code."""
    colour = sys.stderr.isatty()
    label = click.style("error", fg="red", bold=True) if colour else "error"
    for number, line in enumerate(error.message.splitlines()):
        click.echo(f"{label}: {line}" if number == 0 else f"  {line}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    return error.exit_code
