"""Who does the work of an upload's task: senders, or those who settle what others left."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

from minio import Minio

from labctl.app.attribute import list_suspects
from labctl.app.calls import PlainWire
from labctl.app.content import Generator
from labctl.app.output import Output
from labctl.app.parts import Leaver
from labctl.app.program import Access, Cuttable
from labctl.app.send import Sender
from labctl.app.settle import Aborter, Completer, Settlement, Settler
from labctl.app.sources import list_sources
from labctl.app.task import UploadTask
from labctl.app.upload import Upload
from labctl.app.wire import Wire

_Connections = Sequence[tuple[Minio, Wire]]


@dataclass(frozen=True, slots=True)
class Crew:
    """A task's work, those who do it, and how it is begun. `client` is one of theirs."""

    client: Minio
    work: Upload | Settlement
    workers: Sequence[Cuttable]
    run: Callable[[], None]


def hire(task: UploadTask, access: Access, output: Output, stop: Event) -> Crew:
    """As many workers as the task wants, each with a connection of its own."""
    kind = PlainWire if task.parts == "abort" else Wire
    connections = [access.connect(task.timeout, kind) for _ in range(task.parallel)]
    client = connections[0][0]
    sources = list_sources(task.groups, task.overwrite)
    if task.parts in ("complete", "abort"):
        settlers = _settlers(task, connections, stop)
        settlement = Settlement(task, sources, output.write, stop)
        return Crew(client, settlement, settlers, partial(settlement.run, settlers))
    senders = _senders(task, connections, stop, output.complain)
    upload = Upload(task, sources, output.write, stop)
    return Crew(client, upload, senders, partial(upload.run, senders))


def _senders(
    task: UploadTask, connections: _Connections, stop: Event, complain: Callable[[str], None]
) -> list[Sender]:
    kind, generator = Leaver if task.parts else Sender, Generator(task.seed)
    return [
        kind(
            client,
            wire,
            bucket=task.bucket,
            part_size=task.part_size,
            attempts=task.attempts,
            generator=generator,
            stop=stop,
            complain=complain,
        )
        for client, wire in connections
    ]


def _settlers(task: UploadTask, connections: _Connections, stop: Event) -> list[Settler]:
    if task.parts == "abort":
        return [Aborter(client, wire, task.bucket) for client, wire in connections]
    suspects, numbers = list_suspects(task.writers), itertools.count(1)
    return [
        Completer(client, wire, task.bucket, suspects=suspects, numbers=numbers, stop=stop)
        for client, wire in connections
    ]
