"""Evidence out of a lab's containers, before they are removed."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from labctl import events, labels
from labctl.app.records import Gap
from labctl.engine.base import Engine, LogLine, LogLines
from labctl.errors import LabctlError
from labctl.evidence.runs import EventWriter, Redactor, RunFolder
from labctl.labfile.secret_names import secret_variables
from labctl.resources import Observed, SeenContainer, State

_STOP_GRACE = 10.0


def stop_clients(engine: Engine, observed: Observed) -> None:
    """Let clients that still run end by themselves: they abort what is under way and sum up."""
    running = [seen for seen in _clients(observed) if seen.state is State.RUNNING]
    with ThreadPoolExecutor(max(len(running), 1)) as pool:
        tuple(pool.map(lambda seen: engine.stop(seen.name, _STOP_GRACE), running))


@dataclass(frozen=True, slots=True)
class Source:
    """A container whose log is open. `lines` is None where it cannot be read, `end` says why."""

    role: str
    lines: LogLines | None
    end: events.ContainerEnded | Gap


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be collected of a lab, and what hides its secrets."""

    secrets: Redactor
    each: tuple[Source, ...]


def open_sources(
    engine: Engine, observed: Observed, complete: Callable[[], object] = lambda: None
) -> Sources:
    """Ask the engine for all that `collect` writes down: from then on nothing more is asked, and
    the containers may be worked on, which lets nobody else at them. `complete` returns when all
    has been written to the logs."""
    told = [
        seen
        for seen in observed.containers
        if seen.role != labels.HOLDER and labels.PLAYED not in seen.labels
    ]
    with ThreadPoolExecutor(len(told) + 1) as pool:
        secrets = pool.submit(redactor, engine, observed)
        each = tuple(pool.map(lambda seen: _open_source(engine, seen, complete), told))
        return Sources(secrets.result(), each)


def collect(sources: Sources, folder: RunFolder) -> None:
    """Write each container's log and all that it says as events. What cannot be had is a gap in
    the record, never an error: it must not hide what went wrong before."""
    folder.forget_collected()
    with (
        folder.writer(sources.secrets) as writer,
        ThreadPoolExecutor(len(sources.each) + 1) as pool,
    ):
        tuple(pool.map(lambda source: _collect_one(source, folder, writer), sources.each))


def redactor(engine: Engine, observed: Observed) -> Redactor:
    """What must not be written: the secrets that the lab's server was made with."""
    server = observed.by_role("minio")
    if server is None:
        return Redactor(())
    try:
        return Redactor(secret_variables(engine.environment(server.name)).values())
    except LabctlError:
        return Redactor(())


def _clients(observed: Observed) -> Iterable[SeenContainer]:
    return (seen for seen in observed.containers if labels.STEP in seen.labels)


def _open_source(engine: Engine, seen: SeenContainer, complete: Callable[[], object]) -> Source:
    try:
        found = engine.inspect(seen.name)
        ended = events.ContainerEnded(
            time.time(), seen.role, found.state, found.exit_code, found.oom_killed
        )
        complete()
        return Source(seen.role, engine.logs(seen.name), ended)
    except LabctlError as error:
        return Source(seen.role, None, _unread(seen.role, error))


def _collect_one(source: Source, folder: RunFolder, writer: EventWriter) -> None:
    end = source.end
    if source.lines is not None:
        try:
            _copy_log(source.role, source.lines, folder, writer)
        except LabctlError as error:
            end = _unread(source.role, error)
    writer.write(events.Event(source.role, end))


def _copy_log(role: str, lines: LogLines, folder: RunFolder, writer: EventWriter) -> None:
    with folder.log(role, writer.redactor) as log, closing(lines):
        for line in lines:
            log.write(line)
            writer.write(events.Event(role, as_record(line)))


def _unread(role: str, error: LabctlError) -> Gap:
    return Gap(time.time(), f"the log of {role} was not read: {error.message}")


def as_record(line: LogLine) -> events.Record:
    """What a line says: a record of the lab's own programs, or text."""
    return events.parse_record(line.text) or events.LogText(line.time, line.stream, line.text)
