"""Synthetic figures of runs: one in which all went as it should, to be changed."""

from dataclasses import replace
from typing import Any

from labctl.app.records import (
    DriveContents,
    HealthSeen,
    Probed,
    UploadEnded,
    UploadStarted,
)
from labctl.app.task import PROBE_VERBS
from labctl.figures import (
    ContainerFigures,
    DriveFigures,
    FirstRefusal,
    GapFigures,
    LogMatches,
    Refusals,
    Summary,
)
from labctl.figures.steps import (
    Found,
    Integrity,
    Leftovers,
    Overshoot,
    Probe,
    Proof,
    Redundancy,
    Resent,
    Stall,
    StepFigures,
    Steps,
    WritableAgain,
)
from tests.unit.histories import BEGIN, MIB, upload_ended, upload_started

SIZE = 200 * MIB
TEXT = "no space left on device"


def proof(what: str, source: str = "uploader", time: float = 5.0) -> Proof:
    return Proof(source, BEGIN + time, what, f"R-{what}")


def refusals(count: int = 12, **changes: Any) -> Refusals:
    found = Refusals(
        status=507,
        code="XMinioStorageFull",
        reason="drive-full",
        sure="certain",
        also=(),
        count=count,
        bytes_min=MIB,
        bytes_max=MIB,
        sizes={MIB: count},
        object="small/0054",
        message="full",
        error=None,
        request_id="R54",
    )
    return replace(found, **changes)


def first_refusal(**changes: Any) -> FirstRefusal:
    found = FirstRefusal(
        time=BEGIN + 6,
        seconds=6.0,
        object="small/0054",
        bytes=MIB,
        status=507,
        code="XMinioStorageFull",
        message="full",
        error=None,
        request_id="R54",
        reason="drive-full",
        sure="certain",
        drives_free_bytes={"minio/data1": MIB},
    )
    return replace(found, **changes)


def played(step: int, verb: str, **changes: Any) -> StepFigures:
    role = "uploader" if (verb, step) == ("upload", 1) else f"{verb}-{step}"
    found = StepFigures(step, verb, f"{verb}: all", role, None, BEGIN + step, 0.5, None)
    return replace(found, **changes)


def integrity(counts: dict[Found, int] | None = None, **changes: Any) -> Integrity:
    counts = {"intact": 53, "absent": 12} if counts is None else counts
    found = Integrity(
        step=3,
        objects=sum(counts.values()),
        counts=counts,
        examples={kind: (proof(f"a {kind} object", "verify-3"),) for kind in counts},
        refused=12,
        refused_present=(),
        refused_present_count=0,
        whole=True,
    )
    return replace(found, **changes)


def redundancy(**changes: Any) -> Redundancy:
    return replace(Redundancy(objects=53, incomplete=0, drives=4, least=4, examples=()), **changes)


def contents(**changes: Any) -> DriveContents:
    found = DriveContents(
        time=BEGIN + 9,
        drive="minio/data1",
        size=SIZE,
        free=SIZE - 60 * MIB,
        objects=53 * MIB,
        unfinished=4 * MIB,
        uploads=1,
        trash=2 * MIB,
        temporary=0,
        system=MIB,
        foreign=0,
    )
    return replace(found, **changes)


def overshoot(**changes: Any) -> Overshoot:
    found = Overshoot(
        quota=50 * MIB,
        least=3 * MIB,
        most=5 * MIB,
        refused=True,
        from_crossing=1.5,
        from_first_put=10.7,
        proof=(proof("the first refusal by the quota"),),
    )
    return replace(found, **changes)


def resent(**changes: Any) -> Resent:
    found = Resent(refused=12, again=12, acknowledged=12, examples=(proof("sent again"),))
    return replace(found, **changes)


def writable(**changes: Any) -> WritableAgain:
    found = WritableAgain(
        step=2,
        bytes=MIB,
        since="ballast: 0",
        seconds=0.4,
        tried=0.4,
        refusals={"XMinioStorageFull": 3},
        proof=(proof("trial 4", "wait-2"),),
    )
    return replace(found, **changes)


def call(verb: str, **changes: Any) -> Probed:
    found = Probed(BEGIN + 7, verb, BEGIN + 6.9, BEGIN + 7, works=True, status=200)
    return replace(found, **changes)


def health(endpoint: str, status: int | None = 200, **changes: Any) -> HealthSeen:
    return replace(HealthSeen(BEGIN + 7, endpoint, status, 0.001), **changes)


def probe(**changes: Any) -> Probe:
    refused = {"works": False, "status": 507, "code": "XMinioStorageFull"}
    puts = ("overwrite", "put-small", "put-large")
    calls = tuple(call(verb, **(refused if verb in puts else {})) for verb in PROBE_VERBS)
    seen = tuple(map(health, ("live", "ready", "cluster", "cluster/read")))
    return replace(Probe(step=4, calls=calls, health=seen, whole=True), **changes)


def steps(**changes: Any) -> Steps:
    found = Steps(
        played=(played(1, "upload"), played(2, "wait"), played(3, "verify"), played(4, "probe")),
        integrity=integrity(),
        redundancy=redundancy(),
        leftovers=Leftovers((contents(),)),
        overshoot=overshoot(),
        resent=resent(),
        writable=(writable(),),
        probes=(probe(),),
        stall=Stall(2.0, proof("the longest silence")),
        drive_bytes=SIZE,
    )
    return replace(found, **changes)


def summary(**changes: Any) -> Summary:
    """65 objects of 1 MiB were offered, 53 acknowledged and 12 refused; with `changes`."""
    started = upload_started(65).record
    ended = upload_ended(8.0, acknowledged=53, refused=12, attempts=65).record
    assert isinstance(started, UploadStarted)
    assert isinstance(ended, UploadEnded)
    found = Summary(
        lab="200m",
        started=BEGIN,
        ended=BEGIN + 10,
        labctl="0.1.0",
        engine={},
        images={},
        expect={},
        uploads=(started,),
        endings=(ended,),
        objects=65,
        acknowledged=53,
        refused=12,
        in_doubt=12,
        never_sent=0,
        attempts=65,
        bytes_offered=65 * MIB,
        bytes_acknowledged=53 * MIB,
        bytes_acknowledged_before_refusal=53 * MIB,
        refusals=(refusals(),),
        upload_seconds=6.0,
        containers=(
            ContainerFigures("uploader", "exited", 0, oom_killed=False),
            ContainerFigures("minio", "running", None, oom_killed=False),
        ),
        drives=(DriveFigures("minio/data1", SIZE, MIB, 60 * MIB),),
        logs=(LogMatches(TEXT, 2, 40, f"Error: {TEXT}"),),
        gaps=(),
        first_refusal=first_refusal(),
        steps=steps(),
    )
    return replace(found, **changes)


def with_steps(**changes: Any) -> Summary:
    return summary(steps=steps(**changes))


def gaps(*sources: str) -> tuple[GapFigures, ...]:
    return tuple(GapFigures(source, "the disk of the host was full", 1) for source in sources)
