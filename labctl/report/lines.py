"""A line of a container's output for people: records of the lab's own programs as sentences."""

from labctl import events
from labctl.app.records import Attempt, DriveSample, UploadEnded, UploadStarted
from labctl.units import show_size


def line_text(line: str) -> str:
    """A record as a sentence; any other line as it is."""
    match events.parse_record(line):
        case UploadStarted() as begun:
            return (
                f"{begun.client} sends {begun.objects} objects, {show_size(begun.bytes)}, "
                f"to {begun.bucket}, on error: {begun.on_error}"
            )
        case Attempt() as attempt:
            return _attempt(attempt)
        case UploadEnded() as ended:
            return (
                f"{ended.reason}: {ended.acknowledged} of {ended.objects} objects acknowledged, "
                f"{show_size(ended.bytes_acknowledged)}, {ended.refused} refused, "
                f"exit code {ended.exit_code}"
            )
        case DriveSample() as sample:
            return f"{sample.drive}: {show_size(sample.free)} free of {show_size(sample.size)}"
        case _:
            return line


def _attempt(attempt: Attempt) -> str:
    sent = f"{attempt.object} {show_size(attempt.bytes)}"
    seconds = f"{attempt.ended - attempt.started:.3f} s"
    if attempt.outcome == "ok":
        return f"{sent}: acknowledged after {seconds}"
    answer = f"{attempt.status} {attempt.code}" if attempt.status else f"{attempt.error}"
    doubt = "in doubt" if attempt.outcome == "info" else "without effect"
    again = "" if attempt.last else f", attempt {attempt.attempt}, tries again"
    return f"{sent}: {answer} after {seconds}, {doubt}{again}: {attempt.message or ''}".rstrip(": ")
