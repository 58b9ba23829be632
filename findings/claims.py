"""The six claims of the experiment that labctl grew from, each held against the evidence.

A ruling follows from figures by `rule` alone, so that another release may turn it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from findings.answers import full, rows_of, top
from findings.evidence import LOG_LINE, Evidence, Run
from findings.markdown import code, count
from labctl.figures import Refusals
from labctl.units import show_duration, show_size

Ruling = Literal["confirmed", "confirmed in part", "corrected", "not judged"]
LIKE = ("200m", "200m-files")
"""The labs that do what the experiment did."""
ANSWERS = ("status", "code", "message", "objects", "runs")
LATE = 1.0
"""Seconds from which on a quota's first refusal counts as late."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a claim: how it is ruled and by which rule, a table of what was measured, and
    where the server of today differs."""

    ruling: Ruling
    rule: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, in the experiment's words, and what judges it."""

    text: str
    judge: Callable[[Evidence], Finding]


def claims() -> tuple[Claim, ...]:
    """The six, in their order."""
    return (
        Claim(f"MinIO logs {code(LOG_LINE)}.", judge_log),
        Claim("A large, many-block file fails with `IncompleteBody`.", judge_many_blocks),
        Claim("A small, one-block file fails with `InsufficientStorage`.", judge_one_block),
        Claim(
            "Files refused are stored nowhere, and are not sent again when space is freed.",
            judge_refused,
        ),
        Claim("An error that nobody catches ends the app with exit code 1.", judge_exit),
        Claim('With a bucket quota the error is "quota exceeded" instead of "no space".',
              judge_quota),
    )  # fmt: skip


def rule(held: int, of: int) -> Ruling:
    """All: confirmed. Some: in part. None: corrected. Nothing to look at: not judged."""
    if not of:
        return "not judged"
    if held == of:
        return "confirmed"
    return "confirmed in part" if held else "corrected"


def judge_log(evidence: Evidence) -> Finding:
    """Whether the line stands in the log of every run like the experiment that filled the drive."""
    runs = [run for run in evidence.of(*LIKE) if full(run.summary.refusals)]
    silent = [run for run in evidence.newest if full(run.summary.refusals) and not run.log.count]
    differs = [
        f"{code(run.lab)} refused {count(_objects(full(run.summary.refusals)), 'object')} for a "
        f"full drive, and its log of {count(run.log.lines, 'line')} has no such line."
        for run in silent
    ]
    return Finding(
        rule(sum(run.log.count > 0 for run in runs), len(runs)),
        "runs of a full drive whose log has the line, of all such runs of "
        f"{' and '.join(map(code, LIKE))}",
        ("run", "objects refused, drive full", "lines with the text", "lines in all"),
        [
            (
                run.name,
                str(_objects(full(run.summary.refusals))),
                str(run.log.count),
                str(run.log.lines),
            )
            for run in runs
        ],
        tuple(differs),
    )


def judge_many_blocks(evidence: Evidence) -> Finding:
    """Whether objects in parts were refused with IncompleteBody."""
    found = [(run, each) for run in evidence.of(*LIKE) for each in full(run.in_parts)]
    cut = [
        f"`IncompleteBody` came for {count(_objects(seen), 'object')} in one block, in "
        f"{code(run.name)}."
        for run in evidence.runs
        if (seen := _with_code(full(run.in_one), "IncompleteBody"))
    ]
    return _judge_code(found, "many blocks", "IncompleteBody", cut)


def judge_one_block(evidence: Evidence) -> Finding:
    """Whether objects in one block were refused with InsufficientStorage."""
    found = [(run, each) for run in evidence.of(*LIKE) for each in full(run.in_one)]
    return _judge_code(found, "one block", "InsufficientStorage", _insufficient(evidence))


def _insufficient(evidence: Evidence) -> list[str]:
    """What is left of the name: HTTP calls status 507 so."""
    codes = sorted(
        {each.code for run in evidence.runs for each in run.in_one if each.status == 507} - {None},
        key=str,
    )
    if not codes or "InsufficientStorage" in codes:
        return []
    shown = " and ".join(code(str(each)) for each in codes)
    return [f"Insufficient Storage is HTTP's name of status 507; its S3 code is {shown}."]


def _judge_code(
    found: Sequence[tuple[Run, Refusals]], size: str, wanted: str, more: Sequence[str]
) -> Finding:
    refused = [each for _, each in found]
    held, of = _objects(_with_code(refused, wanted)), _objects(refused)
    differs = [f"Of {count(of, 'object')} in {size}, {held} failed with {code(wanted)}; most with "
               f"{top(refused)}."] if held < of else []  # fmt: skip
    return Finding(
        rule(held, of),
        f"refused objects in {size} with the code {code(wanted)}, of all that a full drive "
        f"refused in {' and '.join(map(code, LIKE))}",
        ANSWERS,
        rows_of(found),
        (*differs, *more),
    )


def judge_refused(evidence: Evidence) -> Finding:
    """Whether nothing refused is stored, and no client sent anything again of itself."""
    read = [run for run in evidence.newest if _refused_unsent(run)]
    freed = [run for run in read if not _resends(run) and _got_space(run)]
    stored = sum(i.refused_present_count for run in read if (i := run.summary.steps.integrity))
    again = sum(r.again for run in freed if (r := run.summary.steps.resent))
    parts = [stored == 0, again == 0] if freed else []
    return Finding(
        rule(sum(parts), len(parts)),
        "two parts: no refused object is stored when all is read back; no client sent one again "
        "after space was free, unless a step of the lab told it to",
        (
            "run",
            "objects refused",
            "stored when read back",
            "a put got in afterwards",
            "sent again",
        ),
        [_refused_row(run) for run in read],
        tuple(_sent_again(evidence)),
    )


def _refused_unsent(run: Run) -> bool:
    integrity = run.summary.steps.integrity
    return integrity is not None and integrity.whole and integrity.refused > 0


def _resends(run: Run) -> bool:
    """Whether a step tells the client to send again, or to complete what was left."""
    return any(up.resend is not None or up.parts == "complete" for up in run.summary.uploads)


def _got_space(run: Run) -> bool:
    return any(wait.seconds is not None for wait in run.summary.steps.writable)


def _refused_row(run: Run) -> tuple[str, ...]:
    integrity, resent = run.summary.steps.integrity, run.summary.steps.resent
    return (
        run.name,
        str(integrity.refused if integrity else 0),
        str(integrity.refused_present_count if integrity else 0),
        "yes" if _got_space(run) else "no",
        str(resent.again if resent else 0),
    )


def _sent_again(evidence: Evidence) -> Iterable[str]:
    for run in evidence.newest:
        resent = run.summary.steps.resent
        if resent is not None and resent.again and any(up.resend for up in run.summary.uploads):
            yield (
                f"Where the client is told to send again: in {code(run.lab)} "
                f"{resent.acknowledged} of {count(resent.refused, 'refused object')} arrived then."
            )


def judge_exit(evidence: Evidence) -> Finding:
    """Whether a client that catches nothing ends with exit code 1."""
    runs = [run for run in evidence.of(*LIKE) if run.summary.refused]
    codes = [_exit_code(run) for run in runs if run.stops]
    others = [_exit_code(run) for run in runs if not run.stops]
    caught = f"A client that goes on after an error ended with exit code 0 in {others.count(0)} of "
    return Finding(
        rule(codes.count(1), len(codes)),
        "runs with exit code 1, of all in which the client stops at the first error",
        ("run", "on error", "objects refused", "never sent", "exit code"),
        [_exit_row(run) for run in runs],
        (f"{caught}{count(len(others), 'run')}.",) if others else (),
    )


def _exit_code(run: Run) -> int | None:
    found = [each.exit_code for each in run.summary.containers if each.container == "uploader"]
    return found[0] if found else None


def _exit_row(run: Run) -> tuple[str, ...]:
    ended = _exit_code(run)
    return (
        run.name,
        run.summary.uploads[0].on_error if run.summary.uploads else "",
        str(run.summary.refused),
        str(run.summary.never_sent),
        "not recorded" if ended is None else str(ended),
    )


def judge_quota(evidence: Evidence) -> Finding:
    """Whether what a bucket with a quota refuses is told as `quota exceeded`."""
    runs = [run for run in evidence.newest if run.summary.steps.overshoot is not None]
    found = [(run, each) for run in runs for each in run.summary.refusals]
    told = [each for _, each in found if "quota exceeded" in (each.message or "").lower()]
    return Finding(
        rule(_objects(told), sum(each.count for _, each in found)),
        'refused objects whose message has "quota exceeded", of all that were refused in runs '
        "with a quota",
        ANSWERS,
        rows_of(found),
        (*_quota_set(runs), *_quota_late(runs)),
    )


def _quota_set(runs: Iterable[Run]) -> Iterable[str]:
    for run in runs:
        for step in run.summary.steps.played:
            if step.verb == "quota" and step.seconds is not None and step.error is None:
                yield (
                    "No person is needed: labctl set the quota with mc in MinIO's container, and "
                    f"read it back, in {show_duration(step.seconds)} ({code(run.lab)})."
                )


def _quota_late(runs: Iterable[Run]) -> Iterable[str]:
    for run in runs:
        seen = run.summary.steps.overshoot
        if seen is None or seen.from_first_put is None:
            continue
        how = "late" if seen.from_first_put >= LATE else "at once"
        yield (
            f"Enforced {how} in {code(run.lab)}: the bucket held {show_size(seen.least)} beyond "
            f"its quota of {show_size(seen.quota)} at the first refusal, "
            f"{show_duration(seen.from_first_put)} after the first put under the quota."
        )


def _with_code(refusals: Iterable[Refusals], wanted: str) -> list[Refusals]:
    return [each for each in refusals if each.code == wanted]


def _objects(refusals: Iterable[Refusals]) -> int:
    return sum(each.count for each in refusals)
