"""Checks of what a probe found: which calls work, and what the health endpoints say."""

from collections.abc import Iterator, Mapping
from typing import Literal

from labctl.app.records import HealthSeen, Probed
from labctl.checks.bounds import because
from labctl.checks.record import PROBER, gap
from labctl.checks.verdict import Check, Result
from labctl.figures import Summary
from labctl.figures.steps import Probe, Proof
from labctl.labfile.expected import ENDPOINTS
from labctl.units import show_duration

_GREEN = 200


def check_calls(
    wanted: Mapping[str, int | str], summary: Summary, step: int | None
) -> Iterator[Check]:
    """What each named call came to, in the step's probe or else the last one."""
    probes = [probe for probe in summary.steps.probes if step in (None, probe.step)]
    probe = probes[-1] if probes else None
    missing = _probe_missing(probe, summary)
    for verb, result in wanted.items():
        calls = [call for call in probe.calls if call.verb == verb] if probe else []
        yield _check_call(verb, result, (calls[-1] if calls else None, probe), missing)


def _check_call(
    verb: str, wanted: int | str, found: tuple[Probed | None, Probe | None], missing: str
) -> Check:
    """One record of a call proves what it came to, whatever else may be missing."""
    name, expected = f"probe.{verb}", f"{verb} {_show_wanted(wanted)}"
    call, probe = found
    if call is None or probe is None:
        return Check(name, "unknown", expected, f"it was not tried{because(missing)}")
    result: Result = "pass" if _is_as(wanted, call) else "fail"
    said = f"{show_call(call)} after {show_duration(call.ended - call.started)}"
    proof = Proof(f"{PROBER}-{probe.step}", call.time, f"{verb}: {said}", call.request_id)
    return Check(name, result, expected, said, proof=(proof,))


def _is_as(wanted: int | str, call: Probed) -> bool:
    match wanted:
        case "works":
            return call.works
        case "refused":
            return not call.works
        case int():
            return call.status == wanted
    return call.code == wanted


def _show_wanted(wanted: int | str) -> str:
    if wanted == "works":
        return "works"
    return "is refused" if wanted == "refused" else f"is answered with {wanted}"


def show_call(call: Probed) -> str:
    """What a call came to, in words."""
    if call.status is None:
        return f"no answer ({call.error})" if call.error else "no answer"
    answer = f"{call.status} {call.code or ''}".rstrip()
    return f"works ({answer})" if call.works else f"refused ({answer})"


def check_health(wanted: Literal["green"] | Mapping[str, int], summary: Summary) -> Iterator[Check]:
    """What the health endpoints answered in all probes."""
    probes = summary.steps.probes
    missing = next(filter(None, (_probe_missing(probe, summary) for probe in probes)), "")
    if wanted == "green":
        statuses, name = dict.fromkeys(ENDPOINTS, _GREEN), "health"
        yield _check_endpoints((name, "every health endpoint answers 200"), statuses, probes,
                               missing)  # fmt: skip
        return
    for endpoint, status in dict(wanted).items():
        words = (f"health.{endpoint}", f"{endpoint} answers {status}")
        yield _check_endpoints(words, {endpoint: int(status)}, probes, missing)


def _check_endpoints(
    words: tuple[str, str], wanted: Mapping[str, int], probes: tuple[Probe, ...], missing: str
) -> Check:
    seen = [(probe, found) for probe in probes for found in probe.health]
    asked = [(probe, found) for probe, found in seen if found.endpoint in wanted]
    wrong = [each for each in asked if each[1].status != wanted[each[1].endpoint]]
    unseen = [name for name in wanted if name not in {found.endpoint for _, found in asked}]
    result: Result = "fail" if wrong else "unknown" if missing or unseen else "pass"
    missing = missing or (f"not asked: {', '.join(unseen)}" if asked and unseen else "")
    said = ", ".join(dict.fromkeys(_show_health(found) for _, found in wrong or asked))
    proof = tuple(
        Proof(f"{PROBER}-{probe.step}", found.time, _show_health(found))
        for probe, found in wrong or asked
    )
    said = (said or "no health endpoint was asked") + because(missing)
    return Check(words[0], result, words[1], said, proof=proof)


def _show_health(found: HealthSeen) -> str:
    answer = "no answer" if found.status is None else str(found.status)
    told = f" (server {found.server_status})" if found.server_status else ""
    return f"{found.endpoint}: {answer}{told}"


def _probe_missing(probe: Probe | None, summary: Summary) -> str:
    if probe is None:
        return gap(summary, PROBER)
    if not probe.whole:
        return "the prober did not come to its end"
    return gap(summary, PROBER)
