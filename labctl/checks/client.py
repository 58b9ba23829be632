"""Checks of the client: its exit code, and the longest silence that it had to bear."""

from labctl.checks.bounds import because, hold, show_times
from labctl.checks.record import CLIENT, gap, upload_missing
from labctl.checks.verdict import Check, Result
from labctl.figures import ContainerFigures, Summary
from labctl.figures.steps import Proof
from labctl.labfile.bounds import DurationBounds
from labctl.units import show_duration

_BY_SIGNAL = frozenset({130, 143})


def check_exit(wanted: int, summary: Summary, step: int | None) -> Check:
    """The exit code of the step's own container, or else of every upload's."""
    expected = f"the client ends with exit code {wanted}"
    clients = _clients(summary, step)
    codes = [found.exit_code for found in clients]
    missing = _ends_missing(clients, summary, step)
    if not codes:
        return Check("client_exit", "unknown", expected, missing)
    wrong = any(found.exit_code not in (None, wanted) and not _ended(found) for found in clients)
    result: Result = "fail" if wrong else "unknown" if missing else "pass"
    ended = ", ".join(str(code) for code in codes if code is not None)
    killed = " (killed for memory)" if any(found.oom_killed for found in clients) else ""
    seen = f"exit code {ended}{killed}{because(missing)}" if ended else missing
    proof = tuple(
        Proof(found.container, found.time, f"exit code {found.exit_code}")
        for found in clients
        if found.exit_code is not None
    )
    return Check("client_exit", result, expected, seen, proof=proof)


def _clients(summary: Summary, step: int | None) -> list[ContainerFigures]:
    own = {each.role for each in summary.steps.played if each.step == step and each.role}
    if step is not None and own:
        return [found for found in summary.containers if found.container in own]
    return [found for found in summary.containers if found.container.startswith(CLIENT)]


def _ended(found: ContainerFigures) -> bool:
    """Whether a client ended by a signal, because it was told to: that is not its own exit."""
    return found.terminated and found.exit_code in _BY_SIGNAL


def _ends_missing(clients: list[ContainerFigures], summary: Summary, step: int | None) -> str:
    if any(found.exit_code is None for found in clients):
        return "the client still ran"
    if any(_ended(found) for found in clients):
        return "labctl ended the client before it was done"
    if not clients or (step is None and len(clients) < len(summary.uploads)):
        return "the client's end was not recorded"
    return gap(summary)


def check_stall(bounds: DurationBounds, summary: Summary) -> Check:
    """The longest time that a request of one attempt went without an answer."""
    expected = f"{show_times(bounds.min, bounds.longest)} of silence at the longest"
    found, missing = summary.steps.stall, upload_missing(summary)
    if found is None:
        why = f"no attempt was recorded{because(missing)}"
        return Check("stall", "unknown", expected, why)
    limits = (bounds.min, bounds.longest)
    result = hold(found.seconds, found.seconds, limits, missing=missing)
    seen = f"{show_duration(found.seconds)}{because(missing)}"
    return Check("stall", result, expected, seen, proof=(found.proof,))
