import io
import threading

import pytest

from labctl.app.output import Output
from labctl.app.records import (
    AppRecord,
    Attempt,
    Audit,
    Deletion,
    DriveSample,
    Probed,
    ReadBack,
    Trial,
)
from labctl.events import parse_record
from tests.unit.app.fake_s3 import SECRET


def attempt(**changes: object) -> Attempt:
    fields: dict[str, object] = {
        "time": 2.5,
        "operation": 1,
        "attempt": 1,
        "object": "k",
        "group": "g",
        "bytes": 5,
        "parts": 1,
        "started": 1.5,
        "ended": 2.5,
        "outcome": "info",
        "last": True,
    }
    return Attempt(**(fields | changes))  # type: ignore[arg-type]


def test_records_read_back_as_they_were() -> None:
    stream = io.BytesIO()
    output = Output(stream, io.BytesIO())
    written = [attempt(message="Ä <x>\n"), DriveSample(1.25, "minio/data1", 9, 8, 7, 6)]
    for record in written:
        output.write(record)
    assert [parse_record(line) for line in stream.getvalue().decode().splitlines()] == written


def test_several_records_are_a_line_each_in_one_go() -> None:
    class Stream(io.BytesIO):
        def write(self, data: object) -> int:
            pieces.append(data)
            return 0

    pieces: list[object] = []
    output = Output(Stream(), io.BytesIO())
    output.write_all([attempt(operation=1), attempt(operation=2)])
    output.write_all([])
    (data,) = pieces
    assert isinstance(data, bytes)
    assert len([parse_record(line) for line in data.decode().splitlines()]) == 2
    assert data.endswith(b"\n")


def test_a_name_that_is_not_utf_8_can_be_told() -> None:
    stream = io.BytesIO()
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    Output(stream, io.BytesIO()).write(attempt(object=name))
    record = parse_record(stream.getvalue().decode().strip())
    assert isinstance(record, Attempt)
    assert record.object == name


def test_the_secret_is_never_shown() -> None:
    records, complaints = io.BytesIO(), io.BytesIO()
    output = Output(records, complaints, SECRET)
    output.write(attempt(message=f"not {SECRET}", error=f"x{SECRET}", code=SECRET))
    output.complain(f"bad {SECRET}\nline")
    assert SECRET.encode() not in records.getvalue() + complaints.getvalue()
    assert complaints.getvalue() == b"bad *** line\n"
    assert b"not ***" in records.getvalue()


@pytest.mark.parametrize(
    "record",
    [
        attempt(outcome="ok", error=SECRET),
        Audit(1.0, 1.0, 0.1, "PutObject", "b", "o", 200, 1, 1, "R1", "c", error=f"<{SECRET}>"),
        Deletion(1.0, "o", "g", 1.0, 1.0, "info", 0, 507, SECRET, f"a {SECRET}", "R1", SECRET),
        Probed(1.0, "get", 1.0, 1.0, works=False, code=SECRET, message=SECRET, error=SECRET),
        ReadBack(
            1.0, "o", "g", 1.0, 1.0, "unavailable", 0, False, True, [], message=SECRET, error=SECRET
        ),
        Trial(1.0, 1, "o", 1, 1.0, 1.0, "info", False, code=SECRET, message=SECRET, error=SECRET),
    ],
    ids=lambda record: record.type,
)
def test_the_secret_is_in_no_records_words(record: AppRecord) -> None:
    stream = io.BytesIO()
    Output(stream, io.BytesIO(), SECRET).write(record)
    assert SECRET.encode() not in stream.getvalue()
    assert b"***" in stream.getvalue()


class CountingStream(io.BytesIO):
    """Knows how many writes it took."""

    writes = 0

    def write(self, data: object, /) -> int:
        self.writes += 1
        return super().write(data)  # type: ignore[arg-type]


def test_each_line_is_one_write() -> None:
    stream = CountingStream()
    output = Output(stream, io.BytesIO())
    record = attempt()

    def write_many() -> None:
        for _ in range(50):
            output.write(record)

    threads = [threading.Thread(target=write_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.writes == 200
    assert all(parse_record(line) == record for line in stream.getvalue().decode().splitlines())
