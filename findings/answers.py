"""Answers to refused objects, counted over runs."""

from collections.abc import Iterable, Sequence

from findings.evidence import Run
from findings.markdown import code
from labctl.figures import Refusals


def full(refusals: Iterable[Refusals]) -> list[Refusals]:
    """Those for a full drive."""
    return [each for each in refusals if "drive-full" in (each.reason, *each.also)]


def answer_of(refusals: Refusals) -> tuple[str, str]:
    """Status and code; without an answer, what kind of error the client met."""
    if refusals.status is None:
        return "none", (refusals.error or "").partition(":")[0]
    return str(refusals.status), refusals.code or ""


def rows_of(found: Sequence[tuple[Run, Refusals]]) -> list[tuple[str, ...]]:
    """Status, code, message, objects and runs of each answer, the most frequent first."""
    groups: dict[tuple[str, str], list[tuple[Run, Refusals]]] = {}
    for run, each in found:
        groups.setdefault(answer_of(each), []).append((run, each))
    runs = len({run.name for run, _ in found})
    rows = [
        (*answer, _message(group), _objects(group), f"{len({r.name for r, _ in group})} of {runs}")
        for answer, group in groups.items()
    ]
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    return [(status, name, text, str(objects), of) for status, name, text, objects, of in rows]


def top(refusals: Iterable[Refusals]) -> str:
    """The most frequent answer, with its message."""
    counts: dict[tuple[str, str], int] = {}
    texts: dict[tuple[str, str], str] = {}
    for each in refusals:
        answer = answer_of(each)
        counts[answer] = counts.get(answer, 0) + each.count
        texts.setdefault(answer, each.message or each.error or "")
    status, name = min(counts, key=lambda answer: (-counts[answer], answer))
    text = texts[status, name]
    return f"{status} {code(name)}" + (f' ("{text}")' if text else "")


def _objects(group: Iterable[tuple[Run, Refusals]]) -> int:
    return sum(each.count for _, each in group)


def _message(group: Sequence[tuple[Run, Refusals]]) -> str:
    return next((each.message for _, each in group if each.message), "")
