"""The figures of a run in words, the same for a terminal, a pipe and a document."""

from typing import TYPE_CHECKING

from labctl.app.records import show_time
from labctl.figures import DriveFigures, FirstRefusal, GapFigures, Prediction, Refusals, Summary
from labctl.figures.steps import Proof
from labctl.labfile.reason import Reason
from labctl.report.escape import escape
from labctl.report.step_words import step_facts
from labctl.units import show_duration, show_size

if TYPE_CHECKING:
    from labctl.checks import Check

COLUMNS = ("status", "code", "reason", "how sure", "objects", "sizes")
_FEW_INODES = 1000
"""Free inodes below which MinIO may refuse for want of them, so that they are told."""
_FAST = 1.1
"""Seconds between two puts from which on MinIO never judges by an old figure."""
_HAPPENED: dict[Reason, str] = {
    "drive-full": "the {drives} full after {size}",
    "inodes": "the {drives} out of inodes after {size}",
    "quota": "the bucket's quota refused after {size}",
}


def answer(summary: Summary) -> str:
    """What happened, in one sentence."""
    first = summary.first_refusal
    if not summary.uploads and not summary.attempts:
        return "no upload was recorded"
    if first is None:
        return _all_accepted(summary)
    size = show_size(summary.bytes_acknowledged_before_refusal)
    drives = "drive was" if len(summary.drives) <= 1 else "drives were"
    known = _HAPPENED.get(first.reason, "the first refusal came after {size}")
    happened = known.format(size=size, drives=drives)
    verb = "was" if summary.refused == 1 else "were"
    return (
        f"{happened}: {summary.refused} of {_sent(summary)} {verb} refused, "
        f"first with {_show_answer(first)} ({first.reason}, {_how_sure(first.sure)})"
    )


def refusal_rows(summary: Summary) -> list[tuple[str, ...]]:
    """The table of refusals; its columns are COLUMNS."""
    return [
        (
            str(found.status or "none"),
            escape(found.code or _error_kind(found)),
            ", ".join((found.reason, *found.also)),
            found.sure,
            str(found.count),
            _show_sizes(found),
        )
        for found in summary.refusals
    ]


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Label and text of each figure that a person wants to see."""
    sent = summary.uploads or summary.attempts
    lines = [("accepted", _accepted(summary))] if sent else []
    if summary.first_refusal is not None:
        before = show_size(summary.bytes_acknowledged_before_refusal)
        lines.append(("before the first refusal", before))
        lines.append(("client's first refusal", _first(summary.first_refusal)))
    if summary.prediction is not None:
        lines.append(("MinIO's own check", _predicted(summary.prediction)))
    lines += [(f"drive {escape(drive.drive)}", _drive(drive)) for drive in summary.drives]
    if summary.attempts:
        lines.append(("upload", _upload(summary)))
    lines += [("client", _client(summary))] if summary.uploads else []
    lines += step_facts(summary.steps)
    lines += [("killed for memory", escape(name)) for name in summary.out_of_memory]
    lines += [("not recorded", _gap(gap)) for gap in summary.gaps]
    return lines


def check_text(check: "Check") -> str:
    """A check as a sentence."""
    said = f"{check_name(check)}: expected {check.expected}; seen: {check.seen}"
    return escape(said)


def check_name(check: "Check") -> str:
    """A check's name, with the step that it was expected of."""
    return check.name if check.step is None else f"step {check.step}, {check.name}"


def proof_text(proof: Proof) -> str:
    """An event that proves something: when, whose, and what it is about."""
    request = f", request {proof.request_id}" if proof.request_id else ""
    return escape(f"{show_time(proof.time)} {proof.source}: {proof.what}{request}")


def columns(summary: Summary) -> tuple[str, ...]:
    """The columns of the table of refusals."""
    return tuple("puts" if name == "objects" and summary.sent_again else name for name in COLUMNS)


def _sent(summary: Summary) -> str:
    """What was to be sent, as it was counted."""
    if not summary.sent_again:
        return _count(summary.objects, "object")
    return f"{_count(summary.objects, 'put')} of {_count(summary.keys, 'object')}"


def _all_accepted(summary: Summary) -> str:
    size = show_size(summary.bytes_acknowledged)
    if summary.acknowledged == summary.objects:
        return f"nothing was refused: {_sent(summary)}, {size}, were accepted"
    return (
        f"nothing was refused, and {summary.never_sent} of {_sent(summary)} "
        f"were never sent: {size} were accepted"
    )


def _accepted(summary: Summary) -> str:
    noun = "put" if summary.sent_again else "object"
    said = f"{show_size(summary.bytes_acknowledged)} in {_count(summary.acknowledged, noun)}"
    never = f", {summary.never_sent} never sent" if summary.never_sent else ""
    left = f", {summary.left} left unfinished" if summary.left else ""
    unsure = _count(summary.in_doubt, "object") if summary.sent_again else f"{summary.in_doubt}"
    doubt = f", {unsure} in doubt" if summary.in_doubt else ""
    return f"{said}, {summary.refused} refused{never}{left}{doubt}"


def _first(first: FirstRefusal) -> str:
    inodes = first.drives_free_inodes if first.reason == "inodes" else {}
    free = ", ".join(
        f"{escape(drive)} had {show_size(left)} free"
        + (f" and {_count(inodes[drive], 'free inode')}" if drive in inodes else "")
        for drive, left in sorted(first.drives_free_bytes.items())
    )
    message = f': "{escape(first.message)}"' if first.message else ""
    when = f"{show_duration(first.seconds)} into the run"
    sent = f"{escape(first.object)}, {show_size(first.bytes)}"
    return f"{sent}, {when}: {_show_answer(first)}{message}" + (f"; {free}" if free else "")


def _predicted(prediction: Prediction) -> str:
    size = show_size(prediction.bytes_accepted)
    if prediction.pace_seconds >= _FAST:
        return f"refuses a client of this pace after {size}"
    return (
        f"would refuse after {size}, had it looked afresh at each put; "
        f"it keeps free space for a second, and this client waits less than {_FAST} s"
    )


def _drive(drive: DriveFigures) -> str:
    least = f"at least {show_size(drive.bytes_least_free)} free"
    if drive.inodes and drive.inodes_least_free < _FEW_INODES:
        least += f" and {drive.inodes_least_free} of {drive.inodes} inodes"
    return f"{show_size(drive.bytes)}, {least}, {show_size(drive.bytes_used)} used at the end"


def _upload(summary: Summary) -> str:
    rate = f"{show_size(summary.bytes_per_second)}/s"
    took = show_duration(summary.upload_seconds)
    return f"{took}, {rate}, {_count(summary.attempts, 'attempt')}"


def _client(summary: Summary) -> str:
    last = summary.uploads[-1]
    clients = (found for found in summary.containers if found.container.startswith("uploader"))
    exits = dict.fromkeys(f"exit code {found.exit_code}" for found in clients)
    how = (
        f"parts of {show_size(last.part_size)}",
        f"{last.parallel} at a time",
        f"on error: {last.on_error}",
        *exits,
    )
    return f"{escape(last.client)}, {', '.join(how)}"


def _gap(gap: GapFigures) -> str:
    return escape(gap.what) + (f" ({gap.count} times)" if gap.count > 1 else "")


def _show_answer(first: FirstRefusal) -> str:
    if first.status is None:
        return escape(f"no answer ({first.error or 'no error was told'})")
    return escape(f"{first.status} {first.code or ''}".rstrip())


def _error_kind(found: Refusals) -> str:
    return (found.error or "").partition(":")[0]


def _show_sizes(found: Refusals) -> str:
    if found.bytes_min == found.bytes_max:
        return show_size(found.bytes_min)
    if not found.sizes:
        return f"{show_size(found.bytes_min)} to {show_size(found.bytes_max)}"
    sizes = sorted(found.sizes.items(), reverse=True)
    return ", ".join(f"{count} x {show_size(size)}" for size, count in sizes)


def _how_sure(sure: str) -> str:
    return sure if sure == "certain" else f"how sure: {sure}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
