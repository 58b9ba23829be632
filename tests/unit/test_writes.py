"""All writes to all keys, kept small."""

from labctl.events import Event
from labctl.report.answers import Answers
from labctl.report.frame import Frame
from labctl.report.history import Write
from labctl.report.writes import Writes
from tests.unit.histories import BEGIN, MIB, attempt, deletion, unanswered, upload_started


def collect(*events: Event, ends: tuple[float, ...] = ()) -> Writes:
    frame, answers = Frame(), Answers()
    for event in events:
        frame.note(event)
        answers.note(event)
    answers.seal()
    writes = Writes(frame, answers, ends)
    for event in events:
        answers.join(event)
        writes.note(event)
    writes.seal()
    return writes


def test_writes_come_back_as_they_were() -> None:
    writes = collect(
        upload_started(2, source="uploader-3", step=3),
        attempt(1, 2.0, seconds=1.0, source="uploader-3", stamp=7, size=9),
        attempt(2, 4.0, source="uploader-3"),
        deletion("small/0001", 6.0, seconds=1.0),
    )
    assert set(writes.each(hash("small/0001"))) == {
        Write((3, 7), 9, BEGIN + 1.0, BEGIN + 2.0, "ok"),
        Write(None, None, BEGIN + 5.0, BEGIN + 6.0, "ok"),
    }
    assert set(writes.list_keys()) == {hash("small/0001"), hash("small/0002")}
    assert list(writes.each(hash("small/0003"))) == []


def test_the_end_of_the_server_is_a_barrier() -> None:
    events = [upload_started(1), unanswered(1, 5.0)]
    for ends, barrier in (
        ((), None),
        ((BEGIN + 2.0,), None),
        ((BEGIN + 2.0, BEGIN + 6.0, BEGIN + 9.0), BEGIN + 6.0),
    ):
        (write,) = collect(*events, ends=ends).each(hash("small/0001"))
        assert write.barrier == barrier


def test_of_a_key_that_was_overwritten_often_little_matters() -> None:
    rounds = [attempt(n, float(n), name="one", stamp=n) for n in range(1, 1000)]
    writes = collect(upload_started(1), *rounds)
    assert [write.writer for write in writes.relevant(hash("one"))] == [(1, 999)]
    named = writes.relevant(hash("one"), named=frozenset({(1, 5)}))
    assert [write.writer for write in named] == [(1, 5), (1, 999)]
    before = writes.relevant(hash("one"), began=BEGIN + 10.0)
    assert (1, 10) in [write.writer for write in before]
    assert len(writes.relevant(hash("one"), named=None)) == 999
    at = writes.relevant(hash("one"), BEGIN + 10.0, BEGIN + 10.0)
    assert [write.writer for write in at] == [(1, 10)]


def test_what_was_acknowledged_until_a_moment() -> None:
    lost = attempt(3, 3.0, outcome="info", status=500)
    writes = collect(attempt(1, 1.0), attempt(2, 2.0), lost, deletion("small/0001", 2.5))
    assert writes.acknowledged_until(BEGIN + 2.7) == 2 * MIB
    assert writes.acknowledged_until(BEGIN + 1.0) == MIB
