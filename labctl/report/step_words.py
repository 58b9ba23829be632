"""What the steps of a run came to in words: its steps, the quota, what was read back, the drives,
probes, waits."""

from collections.abc import Iterator
from typing import get_args

from labctl.app.records import Probed
from labctl.figures.steps import (
    Found,
    Integrity,
    Leftovers,
    Overshoot,
    Probe,
    Redundancy,
    Resent,
    StepFigures,
    Steps,
    Tried,
    WritableAgain,
)
from labctl.labels import UPLOADER
from labctl.report.escape import escape
from labctl.report.writes import is_own
from labctl.units import show_duration, show_size

PROBE_COLUMNS = ("call", "came to", "status", "code", "took")


def step_facts(steps: Steps) -> Iterator[tuple[str, str]]:
    """Label and text of each figure that a step made."""
    yield from ((f"step {step.step}", _step(step)) for step in steps.played)
    yield from _sums(steps)
    if steps.overshoot is not None:
        yield "overshoot", _overshoot(steps.overshoot)
    if steps.resent is not None and steps.resent.refused:
        yield "sent again", _resent(steps.resent)
    yield from (("writable again", _writable(wait)) for wait in steps.writable)
    if steps.stall is not None:
        yield "longest silence", _silence(steps)
    if steps.integrity is not None:
        yield "read back", _integrity(steps.integrity)
        if steps.integrity.resent:
            yield "of those sent again", _resent_read(steps.integrity)
        if steps.integrity.refused:
            yield "refused and stored", _refused_present(steps.integrity)
    if steps.redundancy is not None:
        yield "shards", _redundancy(steps.redundancy)
    if steps.leftovers is not None and steps.leftovers.drives:
        yield "left on the drives", _leftovers(steps.leftovers)
    yield from ((f"health, step {probe.step}", _health(probe)) for probe in steps.probes)


def _sums(steps: Steps) -> Iterator[tuple[str, str]]:
    """What steps that make many calls of a kind came to."""
    for found in steps.deletions:
        said = f"{found.done} of {_count(found.tried, 'DELETE')} went well"
        yield f"deleted, step {found.step}", said
    yield from ((f"tried, step {wait.step}", _tried(wait)) for wait in steps.tried)


def probe_rows(probe: Probe) -> list[tuple[str, ...]]:
    """The table of a probe's calls; its columns are PROBE_COLUMNS."""
    return [
        (
            escape(_call(call)),
            "works" if call.works else "refused" if call.status else "no answer",
            str(call.status or "none"),
            escape(call.code or _error_kind(call)),
            show_duration(call.ended - call.started),
        )
        for call in probe.calls
    ]


def _call(call: Probed) -> str:
    """The call, and the object where it took one of the lab's own."""
    taken = call.verb == "delete" and call.works and call.object
    return f"delete of {taken}" if taken and not is_own(taken) else call.verb


def _error_kind(call: Probed) -> str:
    return (call.error or "").partition(":")[0]


def _step(step: StepFigures) -> str:
    meant = f"during step {step.parent}: " if step.parent is not None else ""
    text = escape(step.text)
    if step.error is not None:
        took = f" after {show_duration(step.seconds)}" if step.seconds is not None else ""
        return f"{meant}{text}, failed{took}: {escape(step.error)}"
    ended = "its end is not recorded" if step.seconds is None else show_duration(step.seconds)
    return f"{meant}{text}, {ended}"


def _overshoot(found: Overshoot) -> str:
    size = show_size(found.least)
    if found.most != found.least:
        size = f"{size} to {show_size(found.most)}"
    said = f"{size} beyond the quota of {show_size(found.quota)}"
    if not found.refused:
        return f"{said}, which refused nothing"
    times = [
        f"{show_duration(seconds)} after {since}"
        for seconds, since in (
            (found.from_crossing, "crossing it"),
            (found.from_first_put, "the first put under it"),
        )
        if seconds is not None
    ]
    return f"{said}, which first refused {_whose(found)}, {' and '.join(times)}" if times else said


def _whose(found: Overshoot) -> str:
    """Whose put the quota refused first: a wait's come before the client's where it tries them."""
    source = found.proof[-1].source
    return "the client's put" if source.startswith(UPLOADER) else f"a put of {escape(source)}"


def _resent(found: Resent) -> str:
    if not found.again:
        return f"none of {_count(found.refused, 'refused object')}"
    return (
        f"{found.again} of {_count(found.refused, 'refused object')}, "
        f"{found.acknowledged} acknowledged then"
    )


def _tried(wait: Tried) -> str:
    said = f"{_count(wait.puts, 'put')} of {show_size(wait.bytes)}, {wait.accepted} got in"
    return f"{said}, {wait.removed} deleted again" if wait.accepted else said


def _writable(found: WritableAgain) -> str:
    put = f"a put of {show_size(found.bytes)}"
    refusals = ", ".join(f"{number} x {escape(code)}" for code, number in found.refusals.items())
    before = f"; before that {refusals}" if refusals else ""
    if found.seconds is None:
        return f"{put} was never accepted in {show_duration(found.tried)}{before}"
    since = found.since or "the start of the wait; nothing was freed"
    return f"{put} after {show_duration(found.seconds)}, from {escape(since)}{before}"


def _silence(steps: Steps) -> str:
    assert steps.stall is not None  # noqa: S101 - the caller has looked
    return f"{show_duration(steps.stall.seconds)}, {escape(steps.stall.proof.what)}"


def _integrity(found: Integrity) -> str:
    kinds = ", ".join(
        f"{number} {kind}" for kind in get_args(Found) if (number := found.counts.get(kind, 0))
    )
    cut = "" if found.whole else "; the verifier did not come to its end"
    said = _count(found.objects, "object")
    return (f"{said}: {kinds}" if kinds else said) + cut


def _resent_read(found: Integrity) -> str:
    said = f"{found.resent_intact} of {_count(found.resent, 'object')} that had been refused"
    verb = "reads" if found.resent_intact == 1 else "read"
    return f"{said} first {verb} back as the bytes that were sent again"


def _refused_present(found: Integrity) -> str:
    names = ", ".join(escape(proof.what) for proof in found.refused_present)
    said = f"{found.refused_present_count} of {_count(found.refused, 'refused object')}"
    return f"{said}: {names}" if names else said


def _redundancy(found: Redundancy) -> str:
    said = f"{found.incomplete} of {_count(found.objects, 'object')} short of a shard"
    if not found.incomplete:
        return said
    return f"{said}, at worst on {found.least} of {_count(found.drives, 'drive')}"


def _leftovers(found: Leftovers) -> str:
    return (
        f"{_count(found.uploads, 'unfinished multipart upload')} with "
        f"{show_size(found.unfinished)}, {show_size(found.trash)} in the trash, "
        f"{show_size(found.beyond)} beyond objects and ballast"
    )


def _health(probe: Probe) -> str:
    seen = (
        f"{escape(found.endpoint)} {found.status or 'no answer'}"
        + (f" (server {escape(found.server_status)})" if found.server_status else "")
        for found in probe.health
    )
    cut = () if probe.whole else ("the prober did not come to its end",)
    return ", ".join(dict.fromkeys((*seen, *cut))) or "no endpoint was asked"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
