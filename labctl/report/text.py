"""What a run prints at its end: for a terminal, for a pipe, and as one JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labctl.app.records import show_time
from labctl.figures import Summary, to_document
from labctl.figures.steps import FAILED, UNKNOWN, Found
from labctl.report.escape import escape
from labctl.report.step_words import PROBE_COLUMNS, probe_rows
from labctl.report.words import answer, check_text, columns, facts, proof_text, refusal_rows

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from labctl.checks import Check, Verdict

_FIGURE_COLUMN = 4  # objects refused, or what a call took
_ODD: dict[Found, str] = {
    "ghost": "sent in doubt",
    "unavailable": "not known",
    "undecided": "not known",
}
_STYLES = {"pass": "green", "fail": "bold red", "unknown": "yellow"}


def render_summary(summary: Summary, verdict: "Verdict | None", folder: Path) -> "Group":
    """The figures and the verdict for a terminal; None where nothing was judged."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = [Text(f"{escape(summary.lab)}: {answer(summary)}", style="bold")]
    if summary.refusals:
        parts.append(_render_table("refused", columns(summary), refusal_rows(summary)))
    parts.append(_render_facts(summary))
    parts += [
        _render_table(f"probe, step {probe.step}", PROBE_COLUMNS, probe_rows(probe))
        for probe in summary.steps.probes
    ]
    if verdict is not None:
        parts += [_render_checks(verdict), _render_verdict(verdict)]
    parts.append(Text.assemble(("evidence: ", "dim"), escape(str(folder)), overflow="fold"))
    return Group(*parts)


def plain_lines(summary: Summary, verdict: "Verdict | None", folder: Path) -> Iterator[str]:
    """The same for a pipe: aligned plain text, one line each."""
    yield f"{escape(summary.lab)}: {answer(summary)}"
    yield from _figure_lines(summary)
    if verdict is not None:
        yield from _align(_check_rows(verdict))
        yield f"verdict: {verdict.result}"
    yield f"evidence: {escape(str(folder))}"


def step_lines(summary: Summary, verdict: "Verdict", number: int) -> Iterator[str]:
    """One step that was played on a lab that is up, for people: what it came to, and its checks."""
    sent = _step_answer(summary)
    yield f"step {number}: {sent}" if sent else f"step {number}"
    yield from _figure_lines(summary)
    if verdict.checks:
        yield from _align(_check_rows(verdict))
        yield f"verdict: {verdict.result}"


def step_document(summary: Summary, verdict: "Verdict", number: int) -> dict[str, Any]:
    """The same for programs."""
    own = {"lab": summary.lab, "step": number, "answer": _step_answer(summary)}
    return own | _judged(verdict) | to_document(summary)


def _step_answer(summary: Summary) -> str | None:
    """What a step that sent something came to; None of one that did not."""
    return answer(summary) if summary.uploads or summary.attempts else None


def _figure_lines(summary: Summary) -> Iterator[str]:
    if summary.refusals:
        yield from _align([columns(summary), *refusal_rows(summary)])
    if told := [*facts(summary), *_odd_objects(summary)]:
        yield from _align(told)
    for probe in summary.steps.probes:
        yield f"probe, step {probe.step}:"
        yield from _align([PROBE_COLUMNS, *probe_rows(probe)])


def as_document(summary: Summary, verdict: "Verdict | None", folder: Path) -> dict[str, Any]:
    """The same for programs: sizes in bytes, durations in seconds, times as UTC text."""
    document: dict[str, Any] = {"lab": summary.lab, "answer": answer(summary)}
    if verdict is not None:
        document |= _judged(verdict)
    return document | {"evidence": str(folder)} | to_document(summary)


def _judged(verdict: "Verdict") -> dict[str, Any]:
    checks = [check_document(check) for check in verdict.checks]
    return {"verdict": verdict.result, "checks": checks}


def check_document(check: "Check") -> dict[str, Any]:
    """A check for programs."""
    proof = [asdict(each) | {"time": show_time(each.time)} for each in check.proof]
    return asdict(check) | {"proof": proof}


def _odd_objects(summary: Summary) -> list[tuple[str, str]]:
    """Objects that were read back and are not as they were sent, a few of each kind by name."""
    read = summary.steps.integrity
    if read is None:
        return []
    odd = (kind for kind in read.examples if kind not in ("intact", "absent"))
    kinds = sorted(odd, key=lambda kind: (kind not in FAILED, kind not in UNKNOWN, kind))
    return [
        (f"{_ODD.get(kind, 'not as sent')}: {kind}", escape(proof.what))
        for kind in kinds
        for proof in read.examples[kind]
    ]


def _align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if number == _FIGURE_COLUMN else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells).rstrip()


def _render_table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number == _FIGURE_COLUMN else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _render_facts(summary: Summary) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for label, text in (*facts(summary), *_odd_objects(summary)):
        table.add_row(Text(label, style="dim"), Text(text))
    return table


def _render_checks(verdict: "Verdict") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for result, said in _check_rows(verdict):
        table.add_row(Text(result, style=_STYLES.get(result, "")), Text(said))
    return table


def _render_verdict(verdict: "Verdict") -> "Text":
    from rich.text import Text

    return Text.assemble(("verdict: ", "dim"), (verdict.result, _STYLES[verdict.result]))


def _check_rows(verdict: "Verdict") -> list[tuple[str, str]]:
    """A row for each check, and below one that did not pass the events that prove it."""
    if not verdict.checks:
        return [("pass", "nothing was expected")]
    rows: list[tuple[str, str]] = []
    for check in verdict.checks:
        rows.append((check.result, check_text(check)))
        if check.result != "pass":
            rows += [("", f"  {proof_text(proof)}") for proof in check.proof]
    return rows
