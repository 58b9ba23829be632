"""What a run prints at its end: for a terminal, for a pipe, and as one JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labctl.figures import Summary, to_document
from labctl.report.words import COLUMNS, answer, check_text, escape, facts, refusal_rows

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from labctl.checks import Verdict

_COUNT_COLUMN = COLUMNS.index("objects")
_STYLES = {"pass": "green", "fail": "bold red", "unknown": "yellow"}


def render_summary(summary: Summary, verdict: "Verdict | None", folder: Path) -> "Group":
    """The figures and the verdict for a terminal; None where nothing was judged."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = [Text(f"{escape(summary.lab)}: {answer(summary)}", style="bold")]
    if summary.refusals:
        parts.append(_render_refusals(summary))
    parts.append(_render_facts(summary))
    if verdict is not None:
        parts += [_render_checks(verdict), _render_verdict(verdict)]
    parts.append(Text.assemble(("evidence: ", "dim"), escape(str(folder)), overflow="fold"))
    return Group(*parts)


def plain_lines(summary: Summary, verdict: "Verdict | None", folder: Path) -> Iterator[str]:
    """The same for a pipe: aligned plain text, one line each."""
    yield f"{escape(summary.lab)}: {answer(summary)}"
    if summary.refusals:
        yield from _align([COLUMNS, *refusal_rows(summary)])
    yield from _align(facts(summary))
    if verdict is not None:
        yield from _align(_check_rows(verdict))
        yield f"verdict: {verdict.result}"
    yield f"evidence: {escape(str(folder))}"


def as_document(summary: Summary, verdict: "Verdict | None", folder: Path) -> dict[str, Any]:
    """The same for programs: sizes in bytes, durations in seconds, times as UTC text."""
    document: dict[str, Any] = {"lab": summary.lab, "answer": answer(summary)}
    if verdict is not None:
        checks = [asdict(check) for check in verdict.checks]
        document |= {"verdict": verdict.result, "checks": checks}
    return document | {"evidence": str(folder)} | to_document(summary)


def _align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if number == _COUNT_COLUMN else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells).rstrip()


def _render_refusals(summary: Summary) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title="refused", title_justify="left")
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if number == _COUNT_COLUMN else "left")
    for row in refusal_rows(summary):
        table.add_row(*map(Text, row))
    return table


def _render_facts(summary: Summary) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for label, text in facts(summary):
        table.add_row(Text(label, style="dim"), Text(text))
    return table


def _render_checks(verdict: "Verdict") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for result, said in _check_rows(verdict):
        table.add_row(Text(result, style=_STYLES[result]), Text(said))
    return table


def _render_verdict(verdict: "Verdict") -> "Text":
    from rich.text import Text

    return Text.assemble(("verdict: ", "dim"), (verdict.result, _STYLES[verdict.result]))


def _check_rows(verdict: "Verdict") -> Sequence[tuple[str, str]]:
    if not verdict.checks:
        return [("pass", "nothing was expected")]
    return [(check.result, check_text(check)) for check in verdict.checks]
