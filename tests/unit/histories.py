"""Synthetic histories of runs, made of the record types."""

from collections.abc import Iterator

from labctl.app.records import Attempt, DriveSample, UploadEnded, UploadStarted
from labctl.events import ContainerEnded, Event, LogText, Record, RunStarted

MIB = 2**20
BEGIN = 1_769_860_800.0
ENOSPC = "We encountered an internal error, please try again: cause(no space left on device)"
THRESHOLD = "Storage backend has reached its minimum free drive threshold."


def run_started(time: float = BEGIN, drives: dict[str, int] | None = None) -> Event:
    record = RunStarted(
        time=time,
        lab="200m",
        labctl="0.1.0",
        engine={"kind": "docker", "version": "20.10.24"},
        images={"minio": {"tag": "minio/minio:x", "how": "built"}},
        drives=drives or {"minio/data1": 200 * MIB},
        environment={},
        expect={},
    )
    return Event("labctl", record)


def upload_started(
    objects: int,
    *,
    time: float = BEGIN + 1,
    size: int = 65 * MIB,
    part_size: int = 5 * MIB,
    parallel: int = 1,
    pace: float = 0.0,
    on_error: str = "continue",
    source: str = "uploader",
) -> Event:
    record = UploadStarted(
        time=time,
        client="minio-py 7.2.20",
        bucket="files",
        objects=objects,
        bytes=size,
        part_size=part_size,
        parallel=parallel,
        pace=pace,
        on_error=on_error,
        attempts=5,
        timeout=60.0,
        seed=1,
    )
    return Event(source, record)


def attempt(
    operation: int,
    ended: float,
    *,
    size: int = MIB,
    outcome: str = "ok",
    number: int = 1,
    last: bool = True,
    parts: int = 1,
    seconds: float = 0.01,
    status: int | None = 200,
    code: str | None = None,
    message: str | None = None,
    error: str | None = None,
    name: str | None = None,
    source: str = "uploader",
) -> Event:
    """An attempt that ended `ended` seconds after BEGIN."""
    record = Attempt(
        time=BEGIN + ended,
        operation=operation,
        attempt=number,
        object=name or f"small/{operation:04}",
        group="small",
        bytes=size,
        parts=parts,
        started=BEGIN + ended - seconds,
        ended=BEGIN + ended,
        outcome=outcome,
        last=last,
        status=status,
        code=code,
        message=message,
        request_id=f"R{operation}.{number}",
        error=error,
    )
    return Event(source, record)


def refused(
    operation: int,
    ended: float,
    *,
    status: int = 500,
    size: int = MIB,
    parts: int = 1,
    last: bool = True,
    number: int = 1,
    source: str = "uploader",
) -> Event:
    code, message = {
        500: ("InternalError", ENOSPC),
        507: ("XMinioStorageFull", THRESHOLD),
    }[status]
    return attempt(
        operation,
        ended,
        size=size,
        outcome="info",
        status=status,
        code=code,
        message=message,
        parts=parts,
        last=last,
        number=number,
        source=source,
    )


def unanswered(operation: int, ended: float, error: str = "ReadTimeoutError: read timed out",
               source: str = "uploader") -> Event:  # fmt: skip
    return attempt(operation, ended, outcome="info", status=None, error=error, source=source)


def sample(
    time: float, free: int, *, drive: str = "minio/data1", size: int = 200 * MIB, inodes: int = 9999
) -> Event:
    record = DriveSample(
        time=BEGIN + time, drive=drive, size=size, free=free, inodes=50_000, inodes_free=inodes
    )
    return Event("observer", record)


def upload_ended(
    time: float,
    *,
    objects: int = 65,
    acknowledged: int = 0,
    refused: int = 0,
    attempts: int = 0,
    reason: str = "done",
    exit_code: int = 0,
    source: str = "uploader",
) -> Event:
    record = UploadEnded(
        time=BEGIN + time,
        reason=reason,
        objects=objects,
        acknowledged=acknowledged,
        refused=refused,
        attempts=attempts,
        bytes_acknowledged=0,
        exit_code=exit_code,
    )
    return Event(source, record)


def container(role: str, exit_code: int | None = 0, *, oom_killed: bool = False) -> Event:
    state = "running" if exit_code is None else "exited"
    return Event(role, ContainerEnded(BEGIN + 90, role, state, exit_code, oom_killed))


def log(text: str, source: str = "minio", time: float = 5.0) -> Event:
    return Event(source, LogText(BEGIN + time, "stderr", text))


def full_drive() -> list[Event]:
    """53 objects of 1 MiB are acknowledged, one every 0.1 s; then 12 are refused: 10 with 500, 2
    with 507. The drive of 200 MiB began with 54 MiB free; the observer's record comes last."""
    acknowledged = [attempt(n, 1 + n / 10) for n in range(1, 54)]
    raw = [refused(n, 1 + n / 10) for n in range(54, 64)]
    checked = [refused(n, 1 + n / 10, status=507) for n in (64, 65)]
    done = upload_ended(8.0, acknowledged=53, refused=12, attempts=65)
    samples = [sample(1 + n / 10, max(54 - n, 1) * MIB) for n in range(81)]
    return [
        run_started(),
        upload_started(65),
        *acknowledged,
        *raw,
        *checked,
        done,
        log("API: PutObject(bucket=files)"),
        log("Error: no space left on device (syscall.Errno)"),
        container("uploader"),
        container("minio", None),
        *samples,
    ]


def records(events: list[Event]) -> Iterator[Record]:
    return (event.record for event in events)
