"""Evidence out of a lab's containers, before they are removed."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from labctl import events, labels
from labctl.app.records import Gap
from labctl.engine.base import Engine, LogLine
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


def collect(engine: Engine, observed: Observed, folder: RunFolder) -> Redactor:
    """Write each container's log and all that it says as events. What cannot be had is a gap in
    the record, never an error: it must not hide what went wrong before.

    Returns what takes the lab's secrets out of anything else that is written.
    """
    sources = [
        seen
        for seen in observed.containers
        if seen.role != labels.HOLDER and labels.PLAYED not in seen.labels
    ]
    secrets = redactor(engine, observed)
    folder.forget_collected()
    with (
        folder.writer(secrets) as writer,
        ThreadPoolExecutor(max(len(sources), 1)) as pool,
    ):
        tuple(pool.map(lambda seen: _collect_one(engine, seen, folder, writer), sources))
    return secrets


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


def _collect_one(
    engine: Engine, seen: SeenContainer, folder: RunFolder, writer: EventWriter
) -> None:
    try:
        _copy_log(engine, seen, folder, writer)
        found = engine.inspect(seen.name)
        ended = events.ContainerEnded(
            time.time(), seen.role, found.state, found.exit_code, found.oom_killed
        )
        writer.write(events.Event(seen.role, ended))
    except LabctlError as error:
        gap = Gap(time.time(), f"the log of {seen.role} was not read: {error.message}")
        writer.write(events.Event(seen.role, gap))


def _copy_log(engine: Engine, seen: SeenContainer, folder: RunFolder, writer: EventWriter) -> None:
    with folder.log(seen.role, writer.redactor) as log:
        for line in engine.logs(seen.name):
            log.write(line)
            writer.write(events.Event(seen.role, as_record(line)))


def as_record(line: LogLine) -> events.Record:
    """What a line says: a record of the lab's own programs, or text."""
    return events.parse_record(line.text) or events.LogText(line.time, line.stream, line.text)
