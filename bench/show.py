"""The result for people, and as one JSON document. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from bench.figures import Figure

_HEAD = ("row", "what", "labctl", "rival", "its", "ratio", "target", "met")
_RIGHT = frozenset({2, 4, 5})
_BUSY = 1.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where it was measured, and how busy the machine was at the start and at the end."""

    labctl: str
    engine: str
    machine: str
    rounds: int
    load: tuple[float, float]
    seconds: float


def as_text(figures: Sequence[Figure], found: Circumstances, notes: Sequence[str]) -> str:
    """An aligned table, what it rests on, and how many targets are met."""
    began, ended = found.load
    busy = "; others kept the machine busy, so these are rough" if began > _BUSY else ""
    head = (
        f"labctl {found.labctl} on {found.engine}, {found.machine}",
        f"medians of rounds after an uncounted one: {found.rounds}, alternating; "
        f"load {began:.1f} at the start, {ended:.1f} at the end{busy}",
    )
    rows = [_HEAD, *(_cells(figure) for figure in figures)]
    judged = [figure for figure in figures if figure.met is not None]
    met = sum(1 for figure in judged if figure.met)
    tail = f"{met} of {len(judged)} targets met, after {found.seconds:.0f} s"
    return "\n".join((*head, "", *_aligned(rows), "", *notes, tail))


def as_json(figures: Sequence[Figure], found: Circumstances, notes: Sequence[str]) -> str:
    """Everything, every round's figure included."""
    document = {
        "circumstances": asdict(found),
        "figures": [figure.to_document() for figure in figures],
        "notes": list(notes),
    }
    return json.dumps(document, indent=2)


def show_amount(value: float, unit: str) -> str:
    """A figure with its unit; MB are 10^6 bytes."""
    match unit:
        case "s":
            return f"{value:.3f} s"
        case "bytes":
            return f"{value / 1e6:.1f} MB"
        case "bytes/s":
            return f"{value / 1e6:.0f} MB/s"
    return f"{value:.0f} {unit}"


def _cells(figure: Figure) -> tuple[str, ...]:
    theirs = show_amount(median(figure.theirs), figure.unit) if figure.theirs else ""
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    ours = show_amount(median(figure.ours), figure.unit)
    return (figure.row, figure.what, ours, figure.rival, theirs, ratio, *_judgement(figure))


def _judgement(figure: Figure) -> tuple[str, str]:
    if figure.target is None:
        return "", ""
    of_ratio = figure.ratio is not None
    bound, short = (
        f"{value:.2f}" if of_ratio else show_amount(value, figure.unit)
        for value in (figure.target.bound, figure.short)
    )
    return f"{figure.target.relation} {bound}", "yes" if figure.met else f"no, by {short}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: tuple[str, ...], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if place in _RIGHT else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
