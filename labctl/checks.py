"""Expectations -> verdict, pure over the figures of a run.

What was counted is a lower bound where the record is not whole. A check passes then only if nothing
that is missing could change it, and fails only if nothing that is missing could mend it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from labctl.figures import Refusals, Summary
from labctl.labfile.expect import CountBounds, Expect, Refused, SizeBounds
from labctl.units import show_size

Result = Literal["pass", "fail", "unknown"]

_CLIENT = "uploader"
_SERVER = "minio"
_OBSERVER = "observer"
_LABCTL = "labctl"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: what was expected, and what was seen, in plain words."""

    name: str
    result: Result
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a run together; without any, nothing was expected and the verdict is pass."""

    checks: tuple[Check, ...]

    @property
    def result(self) -> Result:
        """`fail` if any check failed, else `unknown` if any is unknown, else `pass`."""
        results = {check.result for check in self.checks}
        if "fail" in results:
            return "fail"
        return "unknown" if "unknown" in results else "pass"

    @property
    def exit_code(self) -> int:
        """0 as expected, 1 where an expectation failed or could not be judged."""
        return 0 if self.result == "pass" else 1


def judge(expect: Expect, summary: Summary) -> Verdict:
    """Hold a run's figures against what was expected of it."""
    return Verdict(tuple(_checks(expect, summary)))


def _checks(expect: Expect, summary: Summary) -> Iterator[Check]:
    if expect.refused is not None:
        yield _check_refused(expect.refused, summary)
    if expect.accepted is not None:
        seen = summary.bytes_acknowledged
        yield _check_size("accepted", expect.accepted, seen, summary)
    if expect.accepted_before_refusal is not None:
        yield _check_before_refusal(expect.accepted_before_refusal, summary)
    if expect.log is not None:
        yield _check_log(expect.log, summary)
    if expect.exit_code is not None:
        yield _check_exit_code(expect.exit_code, summary)


def _check_refused(refused: Refused, summary: Summary) -> Check:
    matching = [found for found in summary.refusals if _matches(refused, found)]
    count = sum(found.count for found in matching)
    missing = _upload_missing(summary)
    if refused.reason is not None:
        missing = missing or _drives_missing(summary)
    result = _within(count, refused.count.min, refused.count.max, missing)
    seen = _show_refused(matching, count, summary) + _because(missing)
    return Check("refused", result, _show_expected(refused), seen)


def _matches(refused: Refused, found: Refusals) -> bool:
    return (
        refused.reason in (None, found.reason, *found.also)
        and refused.status in (None, found.status)
        and refused.code in (None, found.code)
    )


def _check_size(name: str, bounds: SizeBounds, seen: int, summary: Summary) -> Check:
    missing = _upload_missing(summary)
    result = _within(seen, bounds.min, bounds.max, missing)
    expected = f"{_show_bounds(bounds.min, bounds.max, show_size)} acknowledged"
    return Check(name, result, expected, f"{show_size(seen)} acknowledged{_because(missing)}")


def _check_before_refusal(bounds: SizeBounds, summary: Summary) -> Check:
    name = "accepted_before_refusal"
    wanted = f"{_show_bounds(bounds.min, bounds.max, show_size)} acknowledged before a refusal"
    missing = _upload_missing(summary)
    if summary.first_refusal is None:
        return Check(name, "unknown", wanted, f"nothing was refused{_because(missing)}")
    seen = summary.bytes_acknowledged_before_refusal
    result = "unknown" if missing else _within(seen, bounds.min, bounds.max, "")
    return Check(name, result, wanted, f"{show_size(seen)} acknowledged{_because(missing)}")


def _check_log(text: str, summary: Summary) -> Check:
    """One line proves the text is there; that it is not there needs the whole log."""
    expected = f'"{text}" in MinIO\'s log'
    log = summary.log
    if log is not None and log.text == text and log.count:
        return Check("log", "pass", expected, f"in {_count(log.count, 'line')}")
    missing = _gap(summary, _SERVER)
    if log is None or log.text != text or not log.lines:
        missing = missing or "MinIO's log was not recorded"
    return Check("log", "unknown" if missing else "fail", expected, f"nowhere{_because(missing)}")


def _check_exit_code(wanted: int, summary: Summary) -> Check:
    expected = f"the client ends with exit code {wanted}"
    clients = [found for found in summary.containers if found.container.startswith(_CLIENT)]
    codes = [found.exit_code for found in clients]
    if not codes or None in codes:
        why = "the client still ran" if codes else "the client's end was not recorded"
        return Check("exit_code", "unknown", expected, why)
    killed = " (killed for memory)" if any(found.oom_killed for found in clients) else ""
    result: Result = "pass" if all(code == wanted for code in codes) else "fail"
    seen = ", ".join(str(code) for code in codes)
    return Check("exit_code", result, expected, f"exit code {seen}{killed}")


def _within(seen: int, least: int, most: int | None, missing: str) -> Result:
    """`seen` can only grow where something is `missing`."""
    if most is not None and seen > most:
        return "fail"
    if missing:
        return "unknown"
    return "pass" if seen >= least else "fail"


def _upload_missing(summary: Summary) -> str:
    """Why the record of the uploads may lack something; empty where it is whole."""
    if not summary.endings and not summary.uploads:
        return "no upload was recorded"
    if len(summary.endings) < len(summary.uploads):
        return "the client did not end by itself and never wrote its sum"
    cut = {ending.reason for ending in summary.endings} & {"terminated", "unreachable"}
    if cut:
        return f"the upload was cut short: {', '.join(sorted(cut))}"
    if sum(ending.attempts for ending in summary.endings) > summary.attempts:
        return "attempts that the client counted are not in the record"
    return _gap(summary, _CLIENT)


def _drives_missing(summary: Summary) -> str:
    """Why the drives' state, from which reasons are told, may lack something."""
    unsure = any(found.sure == "low" for found in summary.refusals)
    if unsure and not summary.drives:
        return "the drives were not watched"
    return _gap(summary, _OBSERVER)


def _gap(summary: Summary, role: str) -> str:
    """The first gap in the record of a role, or in labctl's own, which touches everything."""
    for gap in summary.gaps:
        if gap.source.startswith(role) or gap.source in ("", _LABCTL):
            return gap.what
    return ""


def _because(missing: str) -> str:
    return f", but {missing}" if missing else ""


def _show_expected(refused: Refused) -> str:
    how_many = _show_bounds(refused.count.min, refused.count.max, str)
    with_what = [
        f"{name} {value}"
        for name, value in (
            ("status", refused.status),
            ("code", refused.code),
            ("reason", refused.reason),
        )
        if value is not None
    ]
    kind = f" with {', '.join(with_what)}" if with_what else ""
    return f"{how_many} {_noun(refused.count)} refused{kind}"


def _noun(count: CountBounds) -> str:
    return "object" if (count.max or count.min) == 1 else "objects"


def _show_refused(matching: list[Refusals], count: int, summary: Summary) -> str:
    if not count:
        others = f"; {_count(summary.refused, 'object')} otherwise" if summary.refused else ""
        return f"none{others}"
    sure: dict[str, int] = {}
    for found in matching:
        sure[found.sure] = sure.get(found.sure, 0) + found.count
    how = ", ".join(f"{number} {word}" for word, number in sure.items())
    return f"{_count(count, 'object')} refused ({how})"


def _show_bounds(least: int, most: int | None, show: Callable[[int], str]) -> str:
    if most is None:
        return f"at least {show(least)}" if least else "any number of"
    if least == most:
        return f"exactly {show(least)}" if least else "no"
    return f"{show(least)} to {show(most)}" if least else f"at most {show(most)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
