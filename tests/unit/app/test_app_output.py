import io
import threading

from labctl.app.output import Output
from labctl.app.records import Attempt, DriveSample
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
