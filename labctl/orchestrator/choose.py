"""Which lab is meant, who holds it, and where its evidence goes."""

import time
from pathlib import Path

from labctl import labels
from labctl.engine.base import Engine
from labctl.errors import Conflict, LabctlError, LabHeld, NoSuchLab
from labctl.evidence.runs import RunFolder
from labctl.owner import Owner, read_owner, this_process
from labctl.resources import Observed, never_started

_TOLD_WITHIN = 1.0
"""Seconds after which an engine surely lists a container whose name is taken."""
_POLL = 0.05


def choose_lab(observed: Observed, name: str | None) -> str:
    """`name` where such a lab is up, or the only one that is.

    Raises NoSuchLab where there is none, or where there are several and none was named.
    """
    labs = observed.labs()
    if name is not None and name in labs:
        return name
    if name is not None:
        raise NoSuchLab(f"there is no lab {name!r}", _known(labs))
    if not labs:
        raise NoSuchLab("no lab is up", "make one: labctl up 200m")
    if len(labs) > 1:
        raise NoSuchLab(
            f"several labs are up: {', '.join(labs)}",
            f"name the one you mean: --lab {labs[0]}, or labctl down {labs[0]}",
        )
    return labs[0]


def check_unheld(observed: Observed) -> None:
    """Raise LabHeld where another labctl that still runs is at work on the lab."""
    owner = holder_of(observed)
    if owner is not None and owner != this_process() and owner.may_be_alive:
        lab = observed.labs()[0]
        raise LabHeld(
            f"lab {lab} is held by {owner}",
            f"wait until it ends, or end it; `labctl down {lab} --force` takes the lab from it",
        )


def take_hold(engine: Engine, observed: Observed, evidence: RunFolder) -> None:
    """Let the holder of a command that has ended give way to one that names this process.

    Raises LabHeld where another command is at work on the lab.
    """
    check_unheld(observed)
    holder = observed.by_role(labels.HOLDER)
    if holder is None or holder_of(observed) == this_process():
        return
    owner = {labels.OWNER: this_process().to_json(), labels.EVIDENCE: str(evidence.path)}
    # What this command sets out to make is not known yet: `down` is to look twice.
    marks = dict(holder.labels) | owner | {labels.PARTS: ""}
    engine.remove(holder)
    try:
        engine.create(never_started(holder.name, marks, holder.image))
    except Conflict as error:
        raise lost_race(engine, observed.labs()[0]) from error


def lost_race(engine: Engine, lab: str) -> LabHeld:
    """The error of a command that another one forestalled; it names that one where the engine
    tells of it in time."""
    until = time.monotonic() + _TOLD_WITHIN
    while True:
        try:
            check_unheld(engine.observe(lab))
        except LabHeld as error:
            return error
        if time.monotonic() >= until:
            told = f"another labctl has just taken lab {lab}"
            return LabHeld(told, "wait until it ends, and run the command again")
        time.sleep(_POLL)


def holder_of(observed: Observed) -> Owner | None:
    """Who took the lab last."""
    holder = observed.by_role(labels.HOLDER)
    return read_owner(holder.labels.get(labels.OWNER, "")) if holder else None


def evidence_of(observed: Observed) -> str | None:
    """The folder that `up` chose for the lab's evidence."""
    holder = observed.by_role(labels.HOLDER)
    return holder.labels.get(labels.EVIDENCE) if holder else None


def open_evidence(observed: Observed, lab: str, runs: Path) -> RunFolder:
    """The folder that `up` chose; another where this machine cannot write there."""
    chosen = evidence_of(observed)
    try:
        return RunFolder.open(Path(chosen)) if chosen else RunFolder.create(runs, lab, time.time())
    except (OSError, LabctlError):
        return RunFolder.create(runs, lab, time.time())


def complete(observed: Observed) -> bool:
    """Whether all that the holder's owner set out to make is there.

    Each part is asked for once, so no request of that owner can still be under way then. An owner
    that is this very process has no request under way.
    """
    if holder_of(observed) == this_process():
        return True
    holder = observed.by_role(labels.HOLDER)
    parts = holder.labels.get(labels.PARTS, "").split() if holder else []
    return bool(parts) and all(observed.find(name) for name in parts)


def _known(labs: tuple[str, ...]) -> str:
    return f"labs that are up: {', '.join(labs)}" if labs else "no lab is up"
