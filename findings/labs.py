"""What the labs showed beside the claims: a table over all, and a section for each that has more
to say."""

from collections.abc import Iterable, Sequence

from findings.answers import answer_of
from findings.evidence import Evidence, Run, StepSeen
from findings.markdown import Lines, bullets, code, count, table
from findings.ranges import range_lines
from labctl.figures import Summary
from labctl.figures.steps import Steps
from labctl.report.step_words import PROBE_COLUMNS, probe_rows, step_facts
from labctl.report.words import answer
from labctl.units import show_duration, show_size

COLUMNS = (
    "lab", "what it shows", "accepted", "first refusal", "reason", "by the formula", "verdict",
    "seconds", "run",
)  # fmt: skip
STEPS = (
    "step", "took", "accepted", "refusals, other answers, leftovers", "by the formula", "pace",
    "free after it",
)  # fmt: skip
FORMULA = (
    "*By the formula*: how much would have been accepted before MinIO's check ahead of a write "
    "refused for the first time, had it looked at the free space afresh at each put. *Pace*: the "
    "least time between two puts; none means as fast as it goes."
)


def overview(evidence: Evidence) -> Lines:
    """One line for each lab; what has no run is told as such."""
    rows = [_overview_row(run) for run in evidence.newest]
    rows += [(lab, *[""] * 5, "not run", "", "") for lab in evidence.missing]
    return [FORMULA, "", *table(COLUMNS, rows)]


def unmet(evidence: Evidence) -> Lines:
    """Every expectation that failed or could not be judged, in any run."""
    texts = [f"{code(run.name)}: {text}" for run in evidence.runs for text in _unmet(run)]
    return bullets(texts) or ["Every run came out as its lab file expects.", ""]


def sections(evidence: Evidence) -> Lines:
    """A section for each lab that has more to say than its line in the table."""
    lines: Lines = []
    for run in evidence.newest:
        alike = [other for other in evidence.of(run.lab) if other.title == run.title]
        told = _section(run, alike)
        if told:
            heading = f"{run.title}, {len(alike)} runs" if len(alike) > 1 else run.title
            lines += [f"### {heading}", "", _said(run), "", *told]
    return lines


def _overview_row(run: Run) -> tuple[str, ...]:
    summary, first = run.summary, run.summary.first_refusal
    before = show_size(summary.bytes_acknowledged_before_refusal)
    return (
        run.title,
        run.about,
        f"{show_size(summary.bytes_acknowledged)} in {count(summary.acknowledged, 'object')}",
        f"after {before}: {first.status or 'no answer'} {first.code or ''}" if first else "none",
        f"{first.reason} ({first.sure})" if first else "",
        _formula(summary),
        run.result,
        f"{summary.seconds:.1f}",
        run.time,
    )


def _formula(summary: Summary) -> str:
    found = summary.prediction
    return show_size(found.bytes_accepted) if found is not None else ""


def _unmet(run: Run) -> Iterable[str]:
    if run.failure:
        yield f"the lab failed: {run.failure}"
    for check in run.verdict.checks:
        if check.result != "pass":
            step = f" (step {check.step})" if check.step is not None else ""
            yield (
                f"{check.name}{step}, {check.result}: expected {check.expected}; seen: {check.seen}"
            )


def _said(run: Run) -> str:
    return f"{code(run.name)}, {run.result}: {answer(run.summary)}."


def _section(run: Run, alike: Sequence[Run]) -> Lines:
    told = [*range_lines(alike)] if len(alike) > 1 else []
    if len(run.steps) > 1:
        told += table(STEPS, map(_step_row, run.steps))
    told += bullets([*_facts(run), *_inodes(run)])
    for probe in run.summary.steps.probes:
        told += table(PROBE_COLUMNS, probe_rows(probe))
    return told


def _step_row(seen: StepSeen) -> tuple[str, ...]:
    step, sent = seen.figures, seen.sent
    took = "" if step.seconds is None else show_duration(step.seconds)
    return (
        f"{step.step}. {step.text}" + (" (failed)" if step.error else ""),
        took,
        _accepted(sent) if sent else "",
        ", ".join(_answers(seen)),
        _formula(sent) if sent else "",
        _pace(sent) if sent else "",
        "" if seen.free is None else show_size(seen.free),
    )


def _accepted(sent: Summary) -> str:
    return f"{show_size(sent.bytes_acknowledged)} in {count(sent.acknowledged, 'object')}"


def _answers(seen: StepSeen) -> Iterable[str]:
    for each in seen.sent.refusals if seen.sent else ():
        yield f"{each.count} x {' '.join(answer_of(each)).rstrip()}"
    yield from (f"{number} x {call}" for call, number in seen.calls.items())
    if seen.left is not None:
        uploads = count(seen.left.uploads, "unfinished upload")
        yield f"left: {uploads} with {show_size(seen.left.unfinished)}"
        yield f"{show_size(seen.left.trash)} in the trash"


def _pace(sent: Summary) -> str:
    paces = [upload.pace for upload in sent.uploads]
    return show_duration(paces[-1]) if paces and paces[-1] else "none"


def _facts(run: Run) -> Iterable[str]:
    """Figures of steps in labctl's own words, those that say something."""
    steps = run.summary.steps
    for label, text in step_facts(steps):
        if _tells(label, steps):
            yield f"{label}: {text}"


def _tells(label: str, steps: Steps) -> bool:
    if label == "sent again":
        return steps.resent is not None and bool(steps.resent.again or steps.writable)
    if label == "refused and stored":
        return steps.integrity is not None and steps.integrity.refused > 0
    if label == "shards":
        return steps.redundancy is not None and steps.redundancy.drives > 1
    return label.startswith(("overshoot", "writable again", "read back", "health"))


def _inodes(run: Run) -> Iterable[str]:
    drive = run.inodes
    if drive is not None and any(each.reason == "inodes" for each in run.summary.refusals):
        yield (
            f"at the first refusal {drive.drive} had {show_size(drive.free)} of "
            f"{show_size(drive.size)} free, and {drive.inodes_free} of {drive.inodes} inodes"
        )
