"""Checks of the server from outside: what its log holds, and when it takes writes again."""

from labctl.checks.bounds import because, count, hold, show_times
from labctl.checks.record import SERVER, freeing_missing, gap
from labctl.checks.verdict import Check, Result
from labctl.figures import LogMatches, Summary
from labctl.figures.steps import Proof, WritableAgain
from labctl.labfile.bounds import DurationBounds
from labctl.units import show_duration, show_size


def check_log(text: str, summary: Summary, step: int | None = None) -> Check:
    """One line proves the text is there; that it is not there needs the whole log. While a step
    was played the server may have had nothing to say."""
    expected = f'"{text}" in MinIO\'s log'
    log = _looked_for(text, summary)
    if log is not None and log.count:
        return Check("log", "pass", expected, f"in {count(log.count, 'line')}")
    missing = gap(summary, SERVER)
    if log is None or (not log.lines and step is None):
        missing = missing or "MinIO's log was not recorded"
    lines = f" in {count(log.lines, 'line')}" if log is not None and log.lines else ""
    result: Result = "unknown" if missing else "fail"
    seen, proof = f"nowhere{lines}{because(missing)}", _end_of_log(log, summary)
    return Check("log", result, expected, seen, proof=proof)


def _end_of_log(log: LogMatches | None, summary: Summary) -> tuple[Proof, ...]:
    """Until when the log was looked through."""
    if log is None or not log.lines:
        return ()
    said = f"its log has {count(log.lines, 'line')} until then"
    servers = (found for found in summary.containers if found.container == SERVER)
    return tuple(Proof(found.container, found.time, said) for found in servers)


def _looked_for(text: str, summary: Summary) -> LogMatches | None:
    return next((log for log in summary.logs if log.text == text), None)


def check_writable(bounds: DurationBounds, summary: Summary, step: int | None) -> Check:
    """The step's wait, or else the last one: how long until a put was accepted."""
    name = "writable_again"
    expected = f"a put is accepted {show_times(bounds.min, bounds.longest)} after space is free"
    waits = [wait for wait in summary.steps.writable if step in (None, wait.step)]
    missing = freeing_missing(summary)
    if not waits:
        return Check(name, "unknown", expected, f"nothing waited for it{because(missing)}")
    found = waits[-1]
    missing = missing or ("" if found.since else "nothing was freed before")
    result = "unknown" if missing else _judge(bounds, found)
    return Check(name, result, expected, show_writable(found) + because(missing), proof=found.proof)


def _judge(bounds: DurationBounds, found: WritableAgain) -> Result:
    """What never came is a failure only once it was tried for long enough."""
    most = bounds.longest
    if found.seconds is None:
        return "fail" if most is not None and found.tried >= most else "unknown"
    return hold(found.seconds, found.seconds, (bounds.min, most))


def show_writable(found: WritableAgain) -> str:
    """When a put was accepted again, and what came before, in words."""
    put = f"a put of {show_size(found.bytes)}"
    before = ", ".join(f"{number} x {code}" for code, number in found.refusals.items())
    refused = f" ({before} before)" if before else ""
    if found.seconds is None:
        return f"{put} was never accepted in {show_duration(found.tried)}{refused}"
    since = found.since or "the wait began"
    return f"{put} was accepted {show_duration(found.seconds)} after {since}{refused}"
