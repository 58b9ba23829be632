"""What a run came to: the figures that checks judge and reports show. Sizes bytes, times epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any

from labctl.app.records import UploadEnded, UploadStarted, show_time
from labctl.classify import Sure
from labctl.figures.steps import Proof, Steps
from labctl.figures.steps_document import steps_to_document
from labctl.labfile.reason import Reason

AUDIT = "audit"
"""How a gap begins that the server's record of calls may have; the drives' is another."""


@dataclass(frozen=True, slots=True)
class FirstRefusal:
    """The first object that was refused for good; `seconds` since the run's start.

    `drives_free_bytes` and `drives_free_inodes`: what was free on every drive about that moment, by
    drive; inodes only where the file system counts them.
    """

    time: float
    seconds: float
    object: str
    bytes: int
    status: int | None
    code: str | None
    message: str | None
    error: str | None
    request_id: str | None
    reason: Reason
    sure: Sure
    drives_free_bytes: dict[str, int]
    drives_free_inodes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Objects refused with the same status, code, reason and sureness; the first as example.

    `sizes` maps sizes of objects to their count where there are few sizes, else it is empty;
    `groups` maps file groups to theirs.
    """

    status: int | None
    code: str | None
    reason: Reason
    sure: Sure
    also: tuple[Reason, ...]
    count: int
    bytes_min: int
    bytes_max: int
    sizes: dict[int, int]
    object: str
    message: str | None
    error: str | None
    request_id: str | None
    groups: dict[str, int] = field(default_factory=dict)
    proof: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerFigures:
    """How a container was found at the end, and when (epoch seconds). `terminated`: its program was
    told to end before it was done."""

    container: str
    state: str
    exit_code: int | None
    oom_killed: bool
    time: float = field(default=0.0, compare=False)
    terminated: bool = False


@dataclass(frozen=True, slots=True)
class DriveFigures:
    """One drive: its size, the least that was free, and what was used at the end; `inodes` 0: its
    file system counts none."""

    drive: str
    bytes: int
    bytes_least_free: int
    bytes_used: int
    inodes: int = 0
    inodes_least_free: int = 0


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where MinIO's check ahead of a write would first have refused, had it looked afresh.

    `bytes_accepted` is what was acknowledged until then, `object` the one it would have refused.
    `pace_seconds` is the least time between two puts; 1.1 s or more makes the prediction hold.
    """

    bytes_accepted: int
    object: str
    bytes: int
    request_bytes: int
    pace_seconds: float


@dataclass(frozen=True, slots=True)
class LogMatches:
    """How often a text stood in MinIO's log of `lines` lines, and the first line with it."""

    text: str
    count: int
    lines: int
    first: str | None


@dataclass(frozen=True, slots=True)
class GapFigures:
    """Something that the record of `source` may lack, `count` times."""

    source: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole run.

    `objects` is what the clients set out to send; each is acknowledged, refused or never sent
    (or cut off when the client was told to end). `in_doubt` of the objects that were sent and not
    acknowledged may be stored all the same.
    `left` of them had all their parts accepted by an upload that leaves them unfinished.
    These count what was sent again once more, but `in_doubt`, which counts objects that no upload
    got acknowledged, and `keys`, the objects of which any was sent (0: not told).
    `logs` has one for each text that was asked for.
    """

    lab: str
    started: float
    ended: float
    labctl: str
    engine: dict[str, Any]
    images: dict[str, dict[str, Any]]
    expect: dict[str, Any]
    uploads: tuple[UploadStarted, ...]
    endings: tuple[UploadEnded, ...]
    objects: int
    acknowledged: int
    refused: int
    in_doubt: int
    never_sent: int
    attempts: int
    bytes_offered: int
    bytes_acknowledged: int
    bytes_acknowledged_before_refusal: int
    refusals: tuple[Refusals, ...]
    upload_seconds: float
    containers: tuple[ContainerFigures, ...]
    drives: tuple[DriveFigures, ...]
    logs: tuple[LogMatches, ...]
    gaps: tuple[GapFigures, ...]
    left: int = 0
    keys: int = 0
    first_refusal: FirstRefusal | None = None
    prediction: Prediction | None = None
    steps: Steps = field(default_factory=Steps)

    @property
    def seconds(self) -> float:
        """From the first event to the last."""
        return self.ended - self.started

    @property
    def sent_again(self) -> bool:
        """Whether an object was sent more than once, so that puts were counted."""
        return 0 < self.keys < self.acknowledged + self.refused + self.left

    @property
    def bytes_per_second(self) -> float:
        """Acknowledged bytes over the seconds of upload; 0 where nothing was sent."""
        return self.bytes_acknowledged / self.upload_seconds if self.upload_seconds > 0 else 0.0

    @property
    def out_of_memory(self) -> tuple[str, ...]:
        """Containers that were killed for memory."""
        return tuple(found.container for found in self.containers if found.oom_killed)


def to_document(summary: Summary) -> dict[str, Any]:
    """`summary` as JSON can write it: times as UTC text, the units in the names."""
    document = asdict(summary)
    document |= {
        "started": show_time(summary.started),
        "ended": show_time(summary.ended),
        "seconds": round(summary.seconds, 6),
        "upload_seconds": round(summary.upload_seconds, 6),
        "bytes_per_second": round(summary.bytes_per_second),
        "uploads": [_record_document(record) for record in summary.uploads],
        "endings": [_record_document(record) for record in summary.endings],
        "refusals": [_refusals_document(found) for found in summary.refusals],
        "containers": [
            asdict(found) | {"time": show_time(found.time)} for found in summary.containers
        ],
        "steps": steps_to_document(summary.steps),
    }
    if summary.first_refusal is not None:
        document["first_refusal"] |= {
            "time": show_time(summary.first_refusal.time),
            "seconds": round(summary.first_refusal.seconds, 6),
        }
    return document


def _record_document(record: UploadStarted | UploadEnded) -> dict[str, Any]:
    return asdict(record) | {"time": show_time(record.time)}


def _refusals_document(found: Refusals) -> dict[str, Any]:
    sizes = [{"bytes": size, "count": count} for size, count in found.sizes.items()]
    proof = [asdict(each) | {"time": show_time(each.time)} for each in found.proof]
    return asdict(found) | {"sizes": sizes, "proof": proof}
