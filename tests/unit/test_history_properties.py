"""What holds for every history: a register that behaves is never accused, a loss never hidden."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labctl.app.records import Attempt, Deletion
from labctl.events import Event
from labctl.figures import Summary
from labctl.figures.steps import FAILED
from labctl.report.history import Write, settle
from labctl.report.summary import summarize
from tests.unit.histories import (
    BEGIN,
    MIB,
    attempt,
    audit,
    deletion,
    quota_set,
    read_back,
    refused,
    sample,
    task_ended,
    task_started,
    trial,
    unanswered,
    upload_started,
)

KEY = "small/0001"
SIZE = 100_000


@dataclass(frozen=True)
class Done:
    """A write that happened: when the client saw it, whether and when the register took it in, and
    whether the server's record of it is there."""

    kind: str
    started: float
    ended: float
    outcome: str
    effect: float | None
    closed: float
    audited: bool
    answered: bool


@st.composite
def one_write(draw: st.DrawFn) -> Done:
    """An ok takes effect while the client waits; one in doubt any time after it began, or never;
    the server's record closes after the effect."""
    moment = st.integers(0, 200)
    started = draw(moment)
    ended = started + draw(st.integers(1, 40))
    outcome = draw(st.sampled_from(["ok", "ok", "info", "info", "fail"]))
    effect: float | None = None
    closed = draw(st.integers(started, ended))
    if outcome == "ok":
        effect = closed = draw(st.integers(started, ended))
    elif outcome == "info" and draw(st.booleans()):
        closed = draw(st.integers(started, 300))
        effect = draw(st.integers(started, closed))
    return Done(
        kind=draw(st.sampled_from(["put", "put", "put", "delete"])),
        started=started, ended=ended, outcome=outcome, effect=effect, closed=closed,
        audited=draw(st.booleans()), answered=outcome != "info" or draw(st.booleans()),
    )  # fmt: skip


HISTORIES = st.lists(one_write(), max_size=7)


def tell(history: list[Done]) -> list[Event]:
    """What the client and the observer wrote down."""
    events = [upload_started(len(history))]
    for number, done in enumerate(history, 1):
        request = f"R{number}" if done.answered else None
        common = {"outcome": done.outcome, "seconds": (done.ended - done.started) / 10}
        if done.kind == "put":
            event = attempt(
                number, done.ended / 10, name=KEY, stamp=number, size=SIZE, request_id=request,
                status={"ok": 200, "fail": 400}.get(done.outcome, 500 if request else None),
                **common,  # type: ignore[arg-type]
            )  # fmt: skip
        else:
            event = deletion(KEY, done.ended / 10, request_id=request, **common)  # type: ignore[arg-type]
        events.append(event)
        if done.audited:
            api = "PutObject" if done.kind == "put" else "DeleteObject"
            seconds = (done.closed - done.started) / 10
            name = request or f"X{number}"
            events.append(
                audit(name, done.closed / 10, name=KEY, api=api, seconds=seconds, status=500)
            )
    return events


def final(history: list[Done]) -> int | None:
    """The number of the write whose bytes are there in the end; None: nothing is there."""
    effects = [(done.effect, n) for n, done in enumerate(history, 1) if done.effect is not None]
    last = max(effects, default=None)
    if last is None or history[last[1] - 1].kind == "delete":
        return None
    return last[1]


def read_final(number: int | None) -> list[Event]:
    if number is None:
        read = read_back(KEY, 100.0, outcome="absent")
    else:
        read = read_back(KEY, 100.0, writers=[[1, number, 2]], size=SIZE)
    return [task_started("verifier", 99.0, "verify-9"), read,
            task_ended("verifier", 101.0, "verify-9")]  # fmt: skip


def counts(*events: Event) -> dict[str, int]:
    found = summarize(lambda: list(events)).steps.integrity
    assert found is not None
    return dict(found.counts)


def in_doubt(effect: float | None, *, audited: bool) -> Done:
    """A put in doubt that took as long as others did."""
    closed = 0 if effect is None else effect
    return Done("put", 0, 1, "info", effect, closed, audited, answered=False)


@given(HISTORIES)
@example(
    [
        in_doubt(None, audited=True),
        in_doubt(2, audited=False),
        Done("put", 1, 2, "ok", 1, 1, audited=False, answered=True),
    ]
)
def test_a_register_is_never_accused(history: list[Done]) -> None:
    found = counts(*tell(history), *read_final(final(history)))
    assert not FAILED & found.keys()


@given(HISTORIES)
def test_with_the_servers_whole_record_everything_is_decided(history: list[Done]) -> None:
    whole = [replace(done, audited=True, answered=True) for done in history]
    assert "undecided" not in counts(*tell(whole), *read_final(final(whole)))


@given(HISTORIES)
def test_the_loss_of_the_newest_ok_never_passes(history: list[Done]) -> None:
    """Unless a write in doubt hides it: all of those are left out here."""
    sure = [done for done in history if done.outcome == "ok"]
    newest = max((done.started for done in sure), default=0)
    older = [n for n, d in enumerate(sure, 1) if d.kind == "put" and d.ended < newest]
    for number in older:
        assert counts(*tell(sure), *read_final(number)) == {"stale": 1}
    last_ones = [done for done in sure if done.ended >= newest]
    if last_ones and all(done.kind == "put" for done in last_ones):
        assert counts(*tell(sure), *read_final(None)) == {"lost": 1}


@given(HISTORIES)
def test_bytes_of_a_fail_or_of_nobody_never_pass(history: list[Done]) -> None:
    for number, done in enumerate(history, 1):
        if done.outcome == "fail" and done.kind == "put":
            assert counts(*tell(history), *read_final(number)) == {"phantom": 1}
    rot = read_back(KEY, 100.0, foreign=2, size=SIZE)
    assert counts(*tell(history), rot) == {"corrupt": 1}


@given(HISTORIES)
def test_what_is_left_out_as_over_changes_nothing(history: list[Done]) -> None:
    writes = [
        Write((1, n), SIZE if d.kind == "put" else None, d.started, d.ended, d.outcome,
              d.closed if d.audited else None)
        for n, d in enumerate(history, 1)
    ]  # fmt: skip
    whole = settle(writes)
    kept = [w for w in writes if w in (*whole.newest, *whole.possible, *whole.unresolved)]
    assert settle(kept) == whole


@st.composite
def runs(draw: st.DrawFn) -> list[list[Event]]:
    """The logs of the containers of a run, each in its own order."""
    number = st.integers(1, 9)
    kinds = draw(st.lists(st.sampled_from(["ok", "full", "quota", "lost"]), max_size=12))
    client: list[Event] = [upload_started(len(kinds))]
    for n, kind in enumerate(kinds, 1):
        name = f"small/{draw(number):04}"
        time = n + draw(st.integers(0, 99)) / 1000
        client.append({
            "ok": attempt(n, time, name=name, stamp=n),
            "full": refused(n, time),
            "quota": attempt(n, time, name=name, stamp=n, outcome="fail", status=400,
                             code="XMinioAdminBucketQuotaExceeded"),
            "lost": unanswered(n, time),
        }[kind])  # fmt: skip
    again = [attempt(n, 20.0 + n, source="uploader-4", name=f"small/{n:04}")
             for n in draw(st.lists(number, unique=True, max_size=4))]  # fmt: skip
    second = [upload_started(len(again), source="uploader-4", step=4), *again]
    waits = [trial(n, 15.0 + n, code=draw(st.sampled_from([None, "X"])))
             for n in range(draw(st.integers(0, 3)))]  # fmt: skip
    reads = [
        read_back(f"small/{n:04}", 50.0 + n, writers=[[1, draw(number), 16]],
                  outcome=draw(st.sampled_from(["present", "absent"])))
        for n in draw(st.lists(number, unique=True))
    ]  # fmt: skip
    watched = [sample(n / 2, (9 - n) * MIB) for n in range(10)]
    watched += [
        audit(event.record.request_id or "", event.time - BEGIN, name=event.record.object)
        for event in client
        if isinstance(event.record, Attempt) and draw(st.booleans())
    ]
    own = [quota_set(0.5, draw(number) * MIB)]
    gone = [deletion(f"small/{n:04}", 14.0) for n in draw(st.lists(number, max_size=2))]
    verifier = [task_started("verifier", 49.0, "verify-9"), *reads]
    return [own, client, second, waits, verifier, watched, gone]


def merge(logs: list[list[Event]], choices: list[int]) -> list[Event]:
    """All logs in one, each in its own order."""
    left = [list(log) for log in logs]
    merged = []
    for choice in choices:
        ready = [log for log in left if log]
        if ready:
            merged.append(ready[choice % len(ready)].pop(0))
    return merged + [event for log in left for event in log]


def summary_of(events: list[Event]) -> Summary:
    return summarize(lambda: events)


@given(runs(), st.lists(st.integers(0, 6), max_size=60))
def test_the_order_of_the_containers_logs_changes_nothing(
    logs: list[list[Event]], choices: list[int]
) -> None:
    one_by_one = [event for log in logs for event in log]
    assert summary_of(merge(logs, choices)) == summary_of(one_by_one)


@given(runs(), st.data())
def test_what_stands_twice_counts_once(logs: list[list[Event]], data: st.DataObject) -> None:
    events = [event for log in logs for event in log]
    again = data.draw(st.lists(st.sampled_from(events), max_size=10))
    assert summary_of([*events, *again]) == summary_of(events)


@given(runs(), st.sets(st.integers(0, 40)))
def test_a_record_with_holes_is_still_summed_up(logs: list[list[Event]], holes: set[int]) -> None:
    events = [event for log in logs for event in log]
    left = [event for n, event in enumerate(events) if n not in holes]
    found = summary_of(left)
    attempts = [e for e in left if isinstance(e.record, Attempt)]
    assert found.acknowledged + found.refused == len(attempts)
    if found.steps.integrity is not None:
        assert sum(found.steps.integrity.counts.values()) == found.steps.integrity.objects
    if found.steps.overshoot is not None:
        assert 0 <= found.steps.overshoot.least <= found.steps.overshoot.most


@pytest.mark.parametrize("kind", [Attempt, Deletion])
def test_the_makers_of_these_histories_say_when(kind: type) -> None:
    done = Done("put" if kind is Attempt else "delete", 10, 20, "ok", 15, 15, False, True)
    event = tell([done])[1]
    assert isinstance(event.record, kind)
    assert (event.record.started, event.record.ended) == (BEGIN + 1.0, BEGIN + 2.0)  # type: ignore[union-attr]
