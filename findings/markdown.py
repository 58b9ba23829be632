"""Lines of Markdown."""

from collections.abc import Iterable, Sequence

from labctl.report.escape import escape

Lines = list[str]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """A table, and the empty line after it; nothing where there are no rows."""
    shown = [_row(row) for row in rows]
    return [_row(columns), _row(["---"] * len(columns)), *shown, ""] if shown else []


def bullets(texts: Iterable[str]) -> Lines:
    """A list, and the empty line after it; nothing where there is nothing to say."""
    shown = [f"- {escape(text)}" for text in texts]
    return [*shown, ""] if shown else []


def code(text: str) -> str:
    """`text` as the machine writes it."""
    return f"`{text}`"


def count(number: int, noun: str) -> str:
    """`1 object`, `2 objects`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escape(cell).replace("|", "\\|") for cell in cells) + " |"
