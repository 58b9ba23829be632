"""A line of a container's output for people: records of the lab's own programs as sentences."""

from labctl import events
from labctl.app.records import (
    Aborted,
    AppRecord,
    Attempt,
    Audit,
    Deletion,
    DriveChanged,
    DriveContents,
    DriveSample,
    Gap,
    HealthSeen,
    Probed,
    ReadBack,
    Shards,
    TaskEnded,
    TaskStarted,
    Trial,
    UploadEnded,
    UploadStarted,
    is_left,
)
from labctl.units import show_duration, show_size

_PARTS = {
    "leave": "sends, and leaves unfinished,",
    "complete": "completes what was left of",
    "abort": "aborts what was left of",
}
"""What an upload does, by its `parts`."""


def line_text(line: str) -> str:
    """A record as a sentence; any other line as it is."""
    record = events.parse_record(line)
    return line if record is None else _sentence(record)


def _sentence(record: AppRecord) -> str:
    match record:
        case UploadStarted() | UploadEnded() | TaskStarted() | TaskEnded():
            return _program(record)
        case Attempt() | Aborted() | Deletion() | Trial() | Probed() | ReadBack():
            return _call(record)
        case DriveSample() | DriveContents() | DriveChanged() | Shards():
            return _drive(record)
        case Audit() | HealthSeen():
            return _server(record)
        case Gap():
            return f"not recorded: {record.what}"


def _program(record: UploadStarted | UploadEnded | TaskStarted | TaskEnded) -> str:
    match record:
        case UploadStarted() as begun:
            what = f" again what was {begun.resend}" if begun.resend else ""
            rounds = f" {begun.overwrite} times over" if begun.overwrite > 1 else ""
            verb = _PARTS.get(begun.parts or "", "sends")
            return (
                f"{begun.client} {verb}{what} {begun.objects} objects, {show_size(begun.bytes)}, "
                f"to {begun.bucket}{rounds}, on error: {begun.on_error}"
            )
        case UploadEnded() as ended:
            return (
                f"{ended.reason}: {ended.acknowledged} of {ended.objects} objects acknowledged, "
                f"{show_size(ended.bytes_acknowledged)}, {ended.refused} refused, "
                f"exit code {ended.exit_code}"
            )
        case TaskStarted() as task:
            return f"the {task.program} begins with {task.bucket}, {task.client}"
        case TaskEnded() as over:
            return (
                f"{over.reason}: the {over.program} tried {over.tried}, {over.done} went well, "
                f"exit code {over.exit_code}"
            )


def _call(record: Attempt | Aborted | Deletion | Trial | Probed | ReadBack) -> str:
    took = f"after {record.ended - record.started:.3f} s"
    match record:
        case Attempt() as attempt:
            again = "" if attempt.last else f", attempt {attempt.attempt}, tries again"
            sent = f"{attempt.object} {show_size(attempt.bytes)}"
            return _written(sent, attempt, took, again)
        case Aborted() as aborted:
            return _written(f"abort the upload of {aborted.object}", aborted, took)
        case Deletion() as deletion:
            versions = f" ({deletion.versions} versions)" if deletion.versions else ""
            return _written(f"delete {deletion.object}{versions}", deletion, took)
        case Trial() as trial:
            removed = ", deleted again" if trial.removed else ""
            sent = f"trial {trial.number}, {show_size(trial.bytes)}"
            return _written(sent, trial, took) + removed
        case Probed() as call:
            came_to = "works" if call.works else f"refused, {_answer(call)}"
            return _with_message(f"{call.verb}: {came_to}, {took}", call.message)
        case ReadBack() as read:
            return _with_message(f"{read.object} {_read(read)} {took}", read.message)


def _written(
    what: str, record: Attempt | Aborted | Deletion | Trial, took: str, again: str = ""
) -> str:
    if record.outcome == "ok":
        return f"{what}: acknowledged {took}"
    if isinstance(record, Attempt) and is_left(record):
        return f"{what}: all parts accepted {took}, the upload left unfinished"
    doubt = "in doubt" if record.outcome == "info" else "without effect"
    return _with_message(f"{what}: {_answer(record)} {took}, {doubt}{again}", record.message)


def _read(read: ReadBack) -> str:
    if read.outcome != "present":
        return f"is {read.outcome}: {_answer(read)}"
    if read.foreign:
        noun = "block" if read.foreign == 1 else "blocks"
        return f"{show_size(read.bytes)}: {read.foreign} {noun} that no upload sent"
    if read.as_file is not None:
        same = "the same as its file" if read.as_file else "other than its file"
        return f"{show_size(read.bytes)}: {same}"
    writers = ", ".join(f"upload {upload} stamp {stamp}" for upload, stamp, *_ in read.writers)
    return f"{show_size(read.bytes)}: as sent by {writers or 'nobody'}"


def _drive(record: DriveSample | DriveContents | DriveChanged | Shards) -> str:
    match record:
        case DriveSample() as sample:
            return f"{sample.drive}: {show_size(sample.free)} free of {show_size(sample.size)}"
        case DriveContents() as held:
            return (
                f"{held.drive}: objects {show_size(held.objects)}, {held.uploads} unfinished "
                f"uploads {show_size(held.unfinished)}, trash {show_size(held.trash)}, temporary "
                f"{show_size(held.temporary)}, system {show_size(held.system)}, "
                f"ballast {show_size(held.foreign)}, free {show_size(held.free)}"
            )
        case DriveChanged() as hand:
            sizes = f"from {show_size(hand.before)} to {show_size(hand.after)}"
            return f"{hand.drive}: {hand.what} {sizes}, {show_size(hand.free)} free"
        case Shards() as shards:
            return f"{shards.object}: complete on {shards.complete} of {shards.drives} drives"


def _server(record: Audit | HealthSeen) -> str:
    match record:
        case Audit() as audit:
            target = "/".join(part for part in (audit.bucket, audit.object) if part)
            part = f" part {audit.part}" if audit.part is not None else ""
            error = f": {audit.error}" if audit.error else ""
            return (
                f"{audit.api} {target}{part}: {audit.status} after {audit.seconds:.3f} s, "
                f"{show_size(audit.rx)} received, {show_size(audit.tx)} sent{error}"
            )
        case HealthSeen() as health:
            told = f" (server {health.server_status})" if health.server_status else ""
            answer = "no answer" if health.status is None else str(health.status)
            return f"health {health.endpoint}: {answer}{told} after {show_duration(health.seconds)}"


def _answer(record: Attempt | Aborted | Deletion | Trial | Probed | ReadBack) -> str:
    if record.status:
        return f"{record.status} {record.code}" if record.code else f"{record.status}"
    return record.error or "no answer"


def _with_message(text: str, message: str | None) -> str:
    return f"{text}: {message}" if message else text
