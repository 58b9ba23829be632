"""Several runs of one lab: ranges instead of single figures."""

from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from statistics import median

from findings.answers import answer_of
from findings.evidence import Run
from findings.markdown import Lines, table
from labctl.units import show_duration, show_size

FIGURES = ("figure", "least", "median", "most")
ANSWERS = ("status", "code", "objects in a run", "runs with it", "95 % interval of that share")
_Z = 1.96
"""Standard deviations to either side that hold 95 % of a normal distribution."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The Wilson interval (95 %) of the share that `hits` of `of` tries stand for."""
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def range_lines(runs: Sequence[Run]) -> Lines:
    """Least, median and most of what the runs came to, and how many met which answer."""
    return [
        *table(FIGURES, _figures(runs)),
        *table(ANSWERS, _answers(runs)),
    ]


def _figures(runs: Sequence[Run]) -> Iterable[tuple[str, ...]]:
    found = [run.summary for run in runs]
    yield _row("accepted", [s.bytes_acknowledged for s in found], show_size)
    before = [s.bytes_acknowledged_before_refusal for s in found if s.first_refusal]
    yield _row("accepted before the first refusal", before, show_size)
    yield _row("objects refused", [s.refused for s in found], "{:.0f}".format)
    yield _row("seconds of upload", [s.upload_seconds for s in found], show_duration)
    yield _row("lines in MinIO's log with the text", [r.log.count for r in runs], "{:.0f}".format)


def _row(name: str, found: Sequence[float], show: Callable[[float], str]) -> tuple[str, ...]:
    if not found:
        return (name, "none", "none", "none")
    return (name, show(min(found)), show(median(found)), show(max(found)))


def _answers(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for run in runs:
        for each in run.summary.refusals:
            seen = counts.setdefault(answer_of(each), {})
            seen[run.name] = seen.get(run.name, 0) + each.count
    return [
        (*answer, _show_counts(seen, runs), f"{len(seen)} of {len(runs)}", _interval(seen, runs))
        for answer, seen in sorted(counts.items())
    ]


def _show_counts(seen: dict[str, int], runs: Sequence[Run]) -> str:
    each = [seen.get(run.name, 0) for run in runs]
    return str(each[0]) if min(each) == max(each) else f"{min(each)} to {max(each)}"


def _interval(seen: dict[str, int], runs: Sequence[Run]) -> str:
    low, high = wilson(len(seen), len(runs))
    return f"{low:.0%} to {high:.0%}"
