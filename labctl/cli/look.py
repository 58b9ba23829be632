"""Commands that look and touch nothing: logs, ps, version."""

import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from labctl import __version__
from labctl.cli.options import lab_name, output_format
from labctl.cli.show import print_document, show_error
from labctl.errors import Interrupted, LabctlError, UsageError
from labctl.units import parse_duration, show_duration, show_size

if TYPE_CHECKING:
    from labctl.engine.base import EngineInfo
    from labctl.logs import RoleLine
    from labctl.orchestrator.look import Row

_COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_red")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@click.command(epilog="Example: labctl logs minio uploader -f --tail 20 -t")
@click.argument("roles", nargs=-1, metavar="[ROLE]...")
@lab_name
@click.option("-f", "--follow", is_flag=True, help="Go on with lines as they come.")
@click.option("--tail", type=click.IntRange(min=0), metavar="N", help="Last lines of each role.")
@click.option("--since", metavar="TIME", help="10s, 3m, or 2026-01-31T12:00:00Z.")
@click.option("-t", "--timestamps", is_flag=True, help="Begin each line with its time.")
@click.option("--raw", is_flag=True, help="The lab's own records as JSON, not as sentences.")
@output_format
def logs(
    *,
    roles: Sequence[str],
    lab_name: str | None,
    since: str | None,
    form: str,
    timestamps: bool,
    raw: bool,
    **given: Any,
) -> int:
    """Print what a lab's containers wrote, in the order of time.

    ROLE is minio, uploader, observer, or a step's as `labctl ps` has it; ballast means all of
    ballast-1, ballast-3 and so on. All but the observer, which writes ten samples a second, where
    left out.
    """
    from labctl.engine.docker import connect
    from labctl.interrupts import Interrupts
    from labctl.orchestrator.look import LogOptions, LogReader

    options = LogOptions(tuple(roles), since=_since(since), **given)
    with Interrupts() as interrupts, closing(connect()) as engine:
        reader = LogReader(engine, lab_name, options)
        lines, code = _LinePrinter(reader.roles, form, times=timestamps, raw=raw), 0
        try:
            for found in reader:
                # A line is written whole, or a document would be torn.
                with interrupts.shield():
                    lines.show(found)
                interrupts.raise_if_seen()
        except (LabctlError, Interrupted) as error:
            # The lines are the document: with a second one a program could read neither.
            code = show_error(error)
        finally:
            lines.end()
    return code


@click.command(epilog="Example: labctl ps --format json")
@output_format
def ps(form: str) -> None:
    """List the containers of all labs."""
    from labctl.engine.docker import connect
    from labctl.orchestrator.look import empty_labs, list_containers

    with closing(connect()) as engine:
        observed = engine.observe()
    rows, empty = list_containers(observed), empty_labs(observed)
    if form == "json":
        print_document({"containers": [asdict(row) for row in rows], "only_volumes": empty})
        return
    if rows:
        _print_table(rows)
    for lab in empty:
        click.echo(f"lab {lab}: only volumes are left; remove them: labctl down {lab} --purge")
    if not rows and not empty:
        click.echo("no lab is up; make one: labctl up 200m")


@click.command(epilog="Example: labctl version --format json")
@output_format
def version(form: str) -> None:
    """Print labctl's version, and the engine's where one answers."""
    from labctl.engine.docker import connect
    from labctl.errors import NoEngine

    python = sys.version.split()[0]
    try:
        with closing(connect()) as found:
            described = found.describe()
    except NoEngine as error:
        engine, text = {"error": error.message}, error.message
    else:
        engine, text = asdict(described), _engine_text(described)
    if form == "json":
        print_document({"labctl": __version__, "python": python, "engine": engine})
    else:
        click.echo(f"labctl {__version__}, Python {python}\nengine: {text}")


def _engine_text(engine: "EngineInfo") -> str:
    return (
        f"{engine.kind} {engine.version} (API {engine.api_version}), {engine.operating_system}, "
        f"kernel {engine.kernel}, {engine.architecture}, {engine.cpus} CPUs, "
        f"{show_size(engine.memory)} of memory"
    )


def _since(text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        return time.time() - parse_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since: {text!r} is no time", "write 10s, 3m or a time") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class _LinePrinter:
    def __init__(self, roles: Sequence[str], form: str, *, times: bool, raw: bool) -> None:
        self._width = max(map(len, roles), default=0)
        self._colours = dict(zip(roles, _COLOURS * len(roles), strict=False))
        self._times, self._raw, self._json = times, raw, form == "json"
        self._first = True

    def show(self, found: "RoleLine") -> None:
        """Print one line."""
        if self._json:
            click.echo(("[" if self._first else ",") + json.dumps(_document(found)))
        else:
            click.echo(self._prefix(found) + self._text(found))
        self._first = False
        sys.stdout.flush()

    def end(self) -> None:
        """Close the JSON document."""
        if self._json:
            click.echo("[]" if self._first else "]")

    def _prefix(self, found: "RoleLine") -> str:
        moment = datetime.fromtimestamp(found.line.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ ")
        role = click.style(f"{found.role:{self._width}} | ", fg=self._colours[found.role])
        return role + (moment if self._times else "")

    def _text(self, found: "RoleLine") -> str:
        from labctl.report.lines import line_text

        text = found.line.text if self._raw else line_text(found.line.text)
        return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _document(found: "RoleLine") -> dict[str, object]:
    moment = datetime.fromtimestamp(found.line.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "time": moment,
        "role": found.role,
        "stream": found.line.stream,
        "text": found.line.text,
    }


def _print_table(rows: Sequence["Row"]) -> None:
    head = ("LAB", "ROLE", "STATE", "HEALTH", "PORTS", "IMAGE", "AGE")
    table = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    for line in table:
        cells = (f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _cells(row: "Row") -> tuple[str, ...]:
    state = row.state if row.exit_code is None else f"{row.state} ({row.exit_code})"
    health = "" if row.health == "none" else row.health
    ports = ", ".join(f"127.0.0.1:{host}->{port}" for port, host in sorted(row.ports.items()))
    return (row.lab, row.role, state, health, ports, row.image, show_duration(row.age))
