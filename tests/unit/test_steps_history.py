"""What the steps of a lab have sent and left before, as their containers' output tells it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from labctl import labels
from labctl.app.records import encode
from labctl.app.task import Writer
from labctl.engine.base import Engine, LogLine
from labctl.events import Event
from labctl.resources import Observed, SeenContainer, State
from labctl.steps.history import History, read_history
from tests.unit.histories import attempt, deletion, upload_started

DONE = {"outcome": "ok", "status": 200}
LEFT = {"outcome": "info", "status": 200}
FULL = {"outcome": "info", "status": 507, "code": "XMinioStorageFull"}


@dataclass(frozen=True)
class Played:
    """An engine that holds what was played: events by the step's number."""

    steps: dict[int, list[Event]]

    def observe(self, lab: str) -> Observed:
        return Observed(tuple(_container(n, each) for n, each in self.steps.items()))

    def logs(self, name: str) -> Iterator[LogLine]:
        for event in self.steps[int(name)]:
            yield LogLine(0.0, "stdout", encode(event.record))


def _container(number: int, events: list[Event]) -> SeenContainer:
    marks = {labels.STEP: str(number), labels.ROLE: events[0].source}
    if not events[0].source.startswith("delete"):
        marks[labels.WRITER] = f"{number}:{number}:1"
    return SeenContainer(str(number), str(number), marks, State.EXITED, "image")


def started(parts: str | None = None) -> Event:
    event = upload_started(1)
    record: Any = event.record
    return Event("uploader", replace(record, parts=parts))


def send(number: int, said: dict[str, Any]) -> Event:
    event = attempt(number, 1.0, **said)
    record: Any = event.record
    return Event("uploader", replace(record, number=number))


def read(**steps: list[Event]) -> History:
    played = {int(name.removeprefix("s")): events for name, events in steps.items()}
    return read_history(cast("Engine", Played(played)), "lab")


def test_who_was_refused_and_who_acknowledged() -> None:
    found = read(s1=[started(), *(send(n, DONE) for n in (1, 2)), send(3, FULL)])
    assert (found.acknowledged(), found.refused()) == ({"small": ((1, 2),)}, {"small": ((3, 3),)})
    assert found.unacknowledged(["small"]) == {"small": ((3, 2**53),)}
    assert found.writers == (Writer(1, 1, 1),)


def test_an_object_is_refused_that_was_refused_when_it_was_sent_last() -> None:
    found = read(s1=[started(), send(1, DONE), send(2, DONE)], s2=[started(), send(1, FULL)])
    assert (found.refused(), found.acknowledged()) == ({"small": ((1, 1),)}, {"small": ((1, 2),)})
    found = read(s1=[started(), send(1, FULL)], s2=[started(), send(1, DONE)])
    assert found.refused() == {}
    found = read(s1=[started(), send(1, DONE)], s2=[started(), send(1, FULL), send(1, LEFT)])
    assert found.refused() == {"small": ((1, 1),)}


def test_what_was_sent_again_or_deleted() -> None:
    sent = [started(), send(1, DONE), send(2, FULL)]
    gone = [deletion("small/0001", 2.0, source="delete-2")]
    found = read(s3=[started(), send(2, DONE)], s1=sent, s2=gone)
    assert (found.refused(), found.stored()) == ({}, "small/0002")
    assert read(s1=sent, s2=gone).stored() is None


@pytest.mark.parametrize(
    ("before", "newest", "refused"),
    [
        (None, LEFT, False), (FULL, LEFT, False), (LEFT, FULL, True), (FULL, FULL, True),
        (None, FULL, True),
    ],
)  # fmt: skip
def test_parts_that_were_left_are_not_refused(
    before: dict[str, Any] | None, newest: dict[str, Any], refused: bool
) -> None:
    earlier = [] if before is None else [send(1, before)]
    found = read(s1=[started("leave"), *earlier, send(1, newest)])
    assert (found.acknowledged(), bool(found.refused())) == ({}, refused)
    assert found.stored() is None


def test_parts_that_were_left_take_no_acknowledgement_back() -> None:
    found = read(s1=[started(), send(1, DONE)], s2=[started("leave"), send(1, LEFT)])
    assert found.acknowledged() == {"small": ((1, 1),)}


def test_in_doubt_with_a_success_is_refused_in_any_other_upload() -> None:
    assert read(s1=[started("leave")], s2=[started(), send(1, LEFT)]).refused()
