"""Synthetic histories of runs, made of the record types."""

from collections.abc import Iterator

from labctl.app.records import (
    Aborted,
    Attempt,
    Audit,
    Deletion,
    DriveChanged,
    DriveContents,
    DriveSample,
    Probed,
    ReadBack,
    Shards,
    TaskEnded,
    TaskStarted,
    Trial,
    UploadEnded,
    UploadStarted,
)
from labctl.events import (
    ContainerEnded,
    Event,
    LogText,
    QuotaSet,
    Record,
    RunStarted,
    StepEnded,
    StepStarted,
)

MIB = 2**20
BEGIN = 1_769_860_800.0
ENOSPC = "We encountered an internal error, please try again: cause(no space left on device)"
THRESHOLD = "Storage backend has reached its minimum free drive threshold."


def run_started(
    time: float = BEGIN,
    drives: dict[str, int] | None = None,
    *,
    steps: int = 0,
    expect: dict[str, object] | None = None,
) -> Event:
    record = RunStarted(
        time=time,
        lab="200m",
        labctl="0.1.0",
        engine={"kind": "docker", "version": "20.10.24"},
        images={"minio": {"tag": "minio/minio:x", "how": "built"}},
        drives=drives or {"minio/data1": 200 * MIB},
        environment={},
        expect=expect or {},
        steps=steps,
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
    step: int = 1,
    resend: str | None = None,
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
        step=step,
        resend=resend,
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
    stamp: int | None = None,
    silence: float = 0.0,
    request_id: str | None = "",
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
        request_id=f"R{operation}.{number}" if request_id == "" else request_id,
        error=error,
        stamp=number if stamp is None else stamp,
        silence=silence,
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


def step_started(step: int, verb: str, time: float, *, text: str = "", role: str | None = None,
                 expect: dict[str, object] | None = None) -> Event:  # fmt: skip
    record = StepStarted(BEGIN + time, step, verb, text or verb, role, [], expect or {})
    return Event("labctl", record)


def step_ended(
    step: int, verb: str, time: float, seconds: float = 1.0, error: str | None = None
) -> Event:
    return Event("labctl", StepEnded(BEGIN + time, step, verb, seconds, error))


def quota_set(time: float, quota: int | None) -> Event:
    return Event("labctl", QuotaSet(BEGIN + time, "files", quota))


def task_started(program: str, time: float, source: str) -> Event:
    return Event(source, TaskStarted(BEGIN + time, program, "minio-py 7.2.20", "files"))


def task_ended(program: str, time: float, source: str, reason: str = "done") -> Event:
    return Event(source, TaskEnded(BEGIN + time, program, reason, 1, 1, 0))


def read_back(
    name: str,
    time: float,
    *,
    writers: list[list[int]] | None = None,
    outcome: str = "present",
    size: int = MIB,
    foreign: int = 0,
    as_file: bool | None = None,
    expected: bool = True,
    source: str = "verify-9",
) -> Event:
    record = ReadBack(
        time=BEGIN + time,
        object=name,
        group="small",
        started=BEGIN + time - 0.01,
        ended=BEGIN + time,
        outcome=outcome,
        bytes=size if outcome == "present" else 0,
        listed=outcome == "present",
        expected=expected,
        writers=writers or [],
        foreign=foreign,
        first_foreign=0 if foreign else None,
        as_file=as_file,
        status={"present": 200, "absent": 404}.get(outcome, 503),
        request_id=f"V{name}",
    )
    return Event(source, record)


def audit(
    request_id: str,
    ended: float,
    *,
    name: str = "small/0001",
    api: str = "PutObject",
    status: int = 200,
    rx: int = MIB,
    seconds: float = 0.005,
    bucket: str = "files",
    part: int | None = None,
    error: str | None = None,
) -> Event:
    record = Audit(
        time=BEGIN + ended + 0.001,
        ended=BEGIN + ended,
        seconds=seconds,
        api=api,
        bucket=bucket,
        object=name,
        status=status,
        rx=rx,
        tx=0,
        request_id=request_id,
        client="MinIO (Linux)",
        part=part,
        error=error,
    )
    return Event("observer", record)


def deletion(name: str, ended: float, *, outcome: str = "ok", seconds: float = 0.01,
             request_id: str | None = None, source: str = "delete-8") -> Event:  # fmt: skip
    times = (BEGIN + ended - seconds, BEGIN + ended)
    record = Deletion(times[1], name, "small", *times, outcome, 0, 204, request_id=request_id)
    return Event(source, record)


def aborted(name: str, ended: float, *, outcome: str = "ok", source: str = "uploader-4") -> Event:
    times = (BEGIN + ended - 0.01, BEGIN + ended)
    return Event(source, Aborted(times[1], name, "small", *times, outcome, 204))


def probed(verb: str, time: float, name: str | None = None, *, works: bool = True, size: int = 0,
           error: str | None = None, source: str = "probe-7") -> Event:  # fmt: skip
    record = Probed(
        BEGIN + time, verb, BEGIN + time - 0.01, BEGIN + time, works, size,
        status=200 if works else 507, error=error, object=name,
    )  # fmt: skip
    return Event(source, record)


def trial(number: int, ended: float, *, code: str | None = None, size: int = MIB,
          source: str = "wait-6") -> Event:  # fmt: skip
    times = (BEGIN + ended - 0.01, BEGIN + ended)
    outcome, status = ("info", 507) if code else ("ok", 200)
    status = 400 if code and "Quota" in code else status
    record = Trial(times[1], number, f"labctl-wait-{number}", size, *times, outcome, not code,
                   status, code)  # fmt: skip
    return Event(source, record)


def shards(name: str, time: float, complete: int, drives: int = 4,
           source: str = "verify-9") -> Event:  # fmt: skip
    return Event(source, Shards(BEGIN + time, name, drives, complete))


def contents(drive: str, time: float, *, size: int = 200 * MIB, free: int = 0, objects: int = 0,
             trash: int = 0, source: str = "verify-9") -> Event:  # fmt: skip
    record = DriveContents(BEGIN + time, drive, size, free, objects, 0, 0, trash, 0, 0, 0)
    return Event(source, record)


def changed(what: str, time: float, before: int, after: int, source: str = "ballast-5") -> Event:
    size = 200 * MIB
    record = DriveChanged(BEGIN + time, "minio/data1", what, before, after, size, size - after)
    return Event(source, record)


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
