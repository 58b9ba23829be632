"""The codec of events."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl import events
from labctl.app import records
from labctl.app.records import Attempt, DriveSample, Gap, UploadEnded, UploadStarted
from labctl.events import (
    ContainerEnded,
    Event,
    LogText,
    Operation,
    Other,
    QuotaSet,
    RunStarted,
)
from tests.unit.histories import BEGIN, MIB, attempt, full_drive, log, refused, sample

TIMES = st.integers(0, 4_102_444_800_000_000).map(lambda micros: micros / 1e6)
TEXTS = st.text(max_size=30)
JSON = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | TEXTS, max_size=3)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    float: st.floats(0, 1e6),
    int: st.integers(-(2**63), 2**63),
    str: TEXTS,
    bool: st.booleans(),
    str | None: st.none() | TEXTS,
    int | None: st.none() | st.integers(0, 999),
    dict[str, Any]: JSON,
    dict[str, dict[str, Any]]: st.dictionaries(TEXTS, JSON, max_size=2),
    dict[str, int]: st.dictionaries(TEXTS, st.integers(), max_size=2),
    dict[str, str]: st.dictionaries(TEXTS, TEXTS, max_size=2),
}
KINDS = [
    RunStarted, Operation, LogText, ContainerEnded, Gap,
    UploadStarted, Attempt, UploadEnded, DriveSample,
]  # fmt: skip


def made_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        kind,
        **{f.name: TIMES if f.name in records.TIMES else VALUES[f.type] for f in fields(kind)},
    )


OTHERS = st.builds(
    lambda time, more: Other(time, more | {"type": "from-the-future", "time": time}),
    TIMES,
    st.dictionaries(TEXTS.filter(lambda name: name not in {*records.TIMES, "source"}), TEXTS),
)


@given(st.builds(Event, TEXTS, st.one_of(*map(made_of, KINDS), OTHERS)))
def test_what_is_written_is_read(event: Event) -> None:
    line = events.encode(event)
    assert "\n" not in line
    assert events.decode(line) == event


@given(st.one_of(*map(made_of, (UploadStarted, Attempt, UploadEnded, DriveSample))))
def test_a_containers_record_is_known_in_its_output(record: Any) -> None:
    assert events.parse_record(records.encode(record)) == record


def test_a_line_says_its_source_and_type_first_and_times_in_utc() -> None:
    line = events.encode(attempt(1, 0.25))
    assert line.startswith('{"source":"uploader","type":"attempt","time":"2026-01-31T12:00:00.25')
    assert json.loads(line)["started"] == "2026-01-31T12:00:00.240000Z"


def test_a_line_is_plain_ascii_whatever_the_object_is_called() -> None:
    event = attempt(1, 0.0, name="\x1b[2J\x9b2J\udcff ü")
    line = events.encode(event)
    assert line.isascii()
    assert line.isprintable()
    assert events.decode(line) == event


def test_a_record_of_a_later_labctl_survives() -> None:
    line = '{"source":"x","type":"later","time":"2026-01-31T12:00:00Z","ended":"2026-01-31T13:00Z"}'
    event = events.decode(line)
    assert isinstance(event.record, Other)
    assert events.decode(events.encode(event)) == event


def test_a_known_record_with_a_field_more_is_read_without_it() -> None:
    line = events.encode(sample(0, MIB)).replace("{", '{"new":1,', 1)
    assert events.decode(line) == sample(0, MIB)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain text",
        "[1]",
        '{"type":"gap"',
        '{"type":"gap","what":"no time"}',
        '{"type":"gap","time":"yesterday","what":""}',
        '{"type":"gap","time":12,"what":""}',
        '{"type":"gap","time":"2026-01-31T12:00:00Z","what":7}',
        '{"type":"gap","time":' + "[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        events.decode(line)


@pytest.mark.parametrize(
    "line",
    [
        "Error: no space left on device (syscall.Errno)",
        '{"type":"attempt"}',
        '{"type":"attempt","time":5}',
        '{"level":"ERROR","type":"attempt"}',
        '{"type":"later","time":"2026-01-31T12:00:00Z"}',
        events.encode(Event("", QuotaSet(BEGIN, "forged", 1))).replace('"source":"",', ""),
        records.encode(ContainerEnded(BEGIN, "uploader", "exited", 0, oom_killed=False)),
    ],
)
def test_other_output_is_text(line: str) -> None:
    assert events.parse_record(line) is None


def test_reading_a_file(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(events.encode(event) + "\n" for event in full_drive()))
    assert list(events.read_events(path)) == full_drive()


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_torn_line_is_a_gap(tmp_path: Path, end: str) -> None:
    first, last = refused(1, 1.0), log("after")
    torn = events.encode(attempt(2, 2.0)).encode()[:60] + "ü".encode()[:1] + end.encode()
    path = tmp_path / "events.jsonl"
    rest = events.encode(last).encode() + b"\n" if end else b""
    path.write_bytes(events.encode(first).encode() + b"\n" + torn + rest)
    gap = Event("labctl", Gap(first.time, "a line of the record is torn"))
    assert list(events.read_events(path)) == [first, gap, *([last] if end else [])]
