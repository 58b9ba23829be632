"""What the record of a run may lack. Each answer is a reason in words, empty where it is whole."""

from dataclasses import replace

from labctl.checks.bounds import count
from labctl.figures import AUDIT, Summary

CLIENT, SERVER, OBSERVER = "uploader", "minio", "observer"
DELETER, VERIFIER, PROBER, WAITER = "delete", "verify", "probe", "wait"
_HANDS = ("ballast", "grow")
_LABCTL = ("", "labctl")


def gap(summary: Summary, *roles: str) -> str:
    """The first gap in the record of one of `roles`, or in labctl's own, which touches all."""
    for found in summary.gaps:
        if found.source in _LABCTL or found.source.startswith(roles or ("labctl",)):
            return found.what
    return ""


def cut_short(summary: Summary, step: int | None) -> str:
    """Why not all was played: of a step, that it or what is played meanwhile failed; of a whole run
    also that a step's end is not recorded, or that steps were not played at all."""
    played = summary.steps.played
    failed = next((found for found in played if found.error is not None), None)
    if failed is not None:
        said = next(iter((failed.error or "").splitlines()), "") or "no reason was told"
        return said if said.startswith("step ") else f"step {failed.step} failed: {said}"
    if step is not None:
        return ""
    ended = {found.container for found in summary.containers if found.exit_code is not None}
    torn = [found.step for found in played if found.seconds is None and found.role not in ended]
    if torn:
        return f"the end of step {torn[0]} is not recorded"
    left = summary.steps.of - sum(found.step <= summary.steps.of for found in played)
    verb = "was" if left == 1 else "were"
    return f"{left} of {count(summary.steps.of, 'step')} {verb} never played" if left > 0 else ""


def writes_missing(summary: Summary) -> str:
    """Why the record of what was written and deleted may lack something."""
    return _sums_missing(summary) or gap(summary, CLIENT, DELETER)


def sent_missing(summary: Summary) -> str:
    """Why what uploads sent, or its record, may lack something; a step may have sent nothing."""
    cut = {ending.reason for ending in summary.endings} & {"terminated", "unreachable"}
    if cut and len(summary.endings) >= len(summary.uploads):
        return f"the upload was cut short: {', '.join(sorted(cut))}"
    return _sums_missing(summary) or gap(summary, CLIENT)


def upload_missing(summary: Summary) -> str:
    """The same where there must have been an upload."""
    if not summary.endings and not summary.uploads:
        return "no upload was recorded"
    return sent_missing(summary)


def freeing_missing(summary: Summary) -> str:
    """Why the record of what freed space, and of the puts after it, may lack something."""
    return gap(summary, WAITER, *_HANDS, DELETER, PROBER, CLIENT)


def _sums_missing(summary: Summary) -> str:
    if len(summary.endings) < len(summary.uploads):
        return "the client did not end by itself and never wrote its sum"
    if sum(ending.attempts for ending in summary.endings) > summary.attempts:
        return "attempts that the client counted are not in the record"
    return ""


def drives_missing(summary: Summary) -> str:
    """Why the drives' state, from which reasons are told, may lack something."""
    unsure = any(found.sure == "low" for found in summary.refusals)
    if unsure and not summary.drives:
        return "the drives were not watched"
    return sampling_gap(summary)


def sampling_gap(summary: Summary) -> str:
    """The first gap in the drives' samples; one in the server's record of calls does not count."""
    gaps = tuple(found for found in summary.gaps if not found.what.startswith(AUDIT))
    return gap(replace(summary, gaps=gaps), OBSERVER)


def reading_missing(summary: Summary) -> str:
    """Why the record of what was read back may lack something."""
    found = summary.steps.integrity
    if found is None or not found.whole:
        return "the verifier did not come to its end"
    return gap(summary, VERIFIER)


def role_at(summary: Summary, verb: str, time: float) -> str:
    """The container that played a step of `verb` at `time`; the first upload's where none did."""
    for step in summary.steps.played:
        ended = float("inf") if step.seconds is None else step.started + step.seconds
        if step.verb == verb and step.role and step.started <= time <= ended:
            return step.role
    return CLIENT
