"""`labctl down`: collect the evidence, remove what is there, look again until nothing is left."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from labctl import labels
from labctl.engine.base import Engine
from labctl.errors import LabctlError, LabFailed
from labctl.events import Event
from labctl.evidence.collect import Sources, collect, open_sources, stop_clients
from labctl.evidence.drain import Draining
from labctl.evidence.runs import Redactor, RunFolder
from labctl.orchestrator.choose import check_unheld, choose_lab, complete, open_evidence
from labctl.orchestrator.view import View
from labctl.resources import Observed, Seen

if TYPE_CHECKING:
    from labctl.checks import Check

_SETTLE = 0.5
"""Requests of a client that was killed may land so much later, in seconds."""
_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Down:
    """What `down` did. `volumes_left` are defined, and empty; `evidence` and `answer` (what the
    evidence says, in a sentence) are None where there was none to collect. `faults` are the checks
    that failed or could not be judged."""

    lab: str
    removed: tuple[str, ...]
    volumes_left: tuple[str, ...]
    evidence: Path | None
    answer: str | None
    seconds: float
    faults: "tuple[Check, ...]" = ()


@dataclass(frozen=True, slots=True)
class DownOptions:
    """`purge` removes the volumes too; `force` takes the lab from an owner that still runs."""

    runs: Path
    purge: bool = False
    force: bool = False


def down(engine: Engine, name: str | None, options: DownOptions, view: View) -> Down:
    """Take one lab down. Raises NoSuchLab and LabHeld."""
    observed = engine.observe(name)
    lab = _choose(engine, observed, name, options)
    return take_down(engine, observed.of_lab(lab), lab, options, view)


def down_all(engine: Engine, options: DownOptions, view: View) -> tuple[Down, ...]:
    """Take every lab down, one after the other. Raises LabHeld."""
    observed = engine.observe()
    return tuple(
        take_down(engine, observed.of_lab(lab), lab, options, view) for lab in observed.labs()
    )


def take_down(
    engine: Engine, observed: Observed, lab: str, options: DownOptions, view: View
) -> Down:
    """Collect the evidence of a lab and remove it.

    Raises LabHeld, and LabFailed where something would not go.
    """
    began = time.monotonic()
    if not options.force:
        check_unheld(observed)
    told: str | None = None
    faults: tuple[Check, ...] = ()
    # Where nothing was ever started, there is nothing to collect.
    began_any = any(seen.started for seen in observed.containers)
    folder = open_evidence(observed, lab, options.runs) if began_any else None
    with taking_down(engine, observed, lab, folder, view, purge=options.purge) as taken:
        if folder is not None:
            told, faults = _conclude(folder, taken.secrets)
    return Down(
        lab=lab,
        removed=taken.removed.result(),
        volumes_left=() if options.purge else tuple(seen.name for seen in observed.volumes),
        evidence=folder.path if folder else None,
        answer=told,
        seconds=time.monotonic() - began,
        faults=faults,
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A lab that is being removed: what hides its secrets, and the names of what was removed."""

    secrets: Redactor
    removed: Future[tuple[str, ...]]


@contextmanager
def taking_down(  # noqa: PLR0913
    engine: Engine,
    observed: Observed,
    lab: str,
    folder: RunFolder | None,
    view: View,
    *,
    purge: bool,
    draining: Draining | None = None,
) -> Iterator[Taken]:
    """Let the clients end, collect into `folder`, and remove the lab while the evidence is read.

    The engine needs most of a second to remove a lab, most of it for the network. So the network
    goes first, while the logs are read, which were opened before: the engine lets nobody at a
    container that it takes off a network. With the clients ended nothing needs it any more.
    `draining`: where the drain may have begun.
    """
    view.progress(f"taking down {lab}")
    _end_clients(engine, observed, view)
    drained = draining or Draining(engine, lab)
    sources = _open(engine, observed, drained) if folder else Sources(Redactor(()), ())
    with ThreadPoolExecutor(2) as pool:
        cut = pool.submit(_side_by_side, engine.remove, observed.networks)
        if folder:
            _collect(sources, folder, drained.gap())
        yield Taken(
            sources.secrets, pool.submit(remove_lab, engine, observed, lab, cut, purge=purge)
        )


def _conclude(folder: RunFolder, secrets: Redactor) -> "tuple[str, tuple[Check, ...]]":
    """Write down what the evidence says; in a sentence, what that is, and the checks that did not
    pass."""
    from labctl.report.judge import judge_run
    from labctl.report.text import as_document
    from labctl.report.words import answer

    summary, verdict = judge_run(folder.read_events)
    folder.write_summary(as_document(summary, verdict, folder.path), secrets)
    faults = tuple(check for check in verdict.checks if check.result != "pass")
    return f"{answer(summary)}; verdict: {verdict.result}", faults


def collect_lab(
    engine: Engine, observed: Observed, lab: str, folder: RunFolder, view: View
) -> Redactor:
    """Let the clients end, and write down what all containers said."""
    view.progress(f"collecting the evidence of {lab}")
    _end_clients(engine, observed, view)
    drained = Draining(engine, lab)
    sources = _open(engine, observed, drained)
    _collect(sources, folder, drained.gap())
    return sources.secrets


def _open(engine: Engine, observed: Observed, drained: Draining) -> Sources:
    drained.begin()
    return open_sources(engine, observed, drained.gap)


def _collect(sources: Sources, folder: RunFolder, gap: Event | None) -> None:
    """Write down what all containers said, and the gap that there may be in the server's record."""
    collect(sources, folder)
    if gap is not None:
        with folder.writer(sources.secrets) as writer:
            writer.write(gap)


def _end_clients(engine: Engine, observed: Observed, view: View) -> None:
    try:
        stop_clients(engine, observed)
    except LabctlError as error:
        view.say(f"the client did not end by itself: {error.message}")


def remove_lab(
    engine: Engine, observed: Observed, lab: str, cut: Future[None], *, purge: bool
) -> tuple[str, ...]:
    """Remove what was observed, and what turns up later; names of what was removed. `cut` is the
    removal of the networks, which has begun."""
    settled = complete(observed)
    removed = _remove_all(engine, replace(observed, networks=()), purge=purge, first=cut)
    removed += tuple(seen.name for seen in observed.networks)
    return removed + _look_again(engine, lab, purge=purge, settled=settled)


def _choose(engine: Engine, observed: Observed, name: str | None, options: DownOptions) -> str:
    """The lab that is meant. One that is not there may be on its way: look twice."""
    if not observed and name is not None:
        _look_again(engine, name, purge=options.purge, settled=False)
    return choose_lab(observed if observed else engine.observe(), name)


def _remove_all(
    engine: Engine, observed: Observed, *, purge: bool, first: Future[None] | None = None
) -> tuple[str, ...]:
    """Containers and networks side by side, then the volumes that they held, and last, after
    `first`, the holder: the lab's name is free only when nothing else of it is left."""
    holders = [seen for seen in observed.containers if seen.role == labels.HOLDER]
    others = [seen for seen in observed.containers if seen.role != labels.HOLDER]
    volumes: tuple[Seen, ...] = observed.volumes if purge else ()
    _side_by_side(engine.remove, (*others, *observed.networks))
    _side_by_side(engine.remove, volumes)
    if first is not None:
        first.result()
    _side_by_side(engine.remove, holders)
    removed: tuple[Seen, ...] = (*others, *observed.networks, *volumes, *holders)
    return tuple(seen.name for seen in removed)


def _side_by_side(work: Callable[[Seen], None], things: Sequence[Seen]) -> None:
    with ThreadPoolExecutor(max(len(things), 1)) as pool:
        tuple(pool.map(work, things))


def _look_again(engine: Engine, lab: str, *, purge: bool, settled: bool) -> tuple[str, ...]:
    """Remove what turned up since, until a look finds nothing: once where all that was asked for
    had arrived, else twice with half a second between them."""
    removed: tuple[str, ...] = ()
    quiet = 0
    for _ in range(_LOOKS):
        found = engine.observe(lab)
        if found.containers or found.networks or (purge and found.volumes):
            removed += _remove_all(engine, found, purge=purge)
            quiet, settled = 0, False
            continue
        quiet += 1
        if settled or quiet > 1:
            return removed
        time.sleep(_SETTLE)
    raise LabFailed(f"parts of lab {lab} come back again and again", "is another labctl at work?")
