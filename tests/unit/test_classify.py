"""Every row of the table of refusals."""

import pytest

from labctl.classify import Answer, Classified, DriveNow, DriveState, classify, is_full
from tests.unit.histories import ENOSPC, MIB, THRESHOLD


def drive(free: int, *, size: int = 200 * MIB, least: int | None = None, inodes: int = 9999,
          name: str = "minio/data1") -> DriveNow:  # fmt: skip
    least_free = free if least is None else least
    return DriveNow(name, size, free, least_free, 50_000, inodes, inodes)


def state(*drives: DriveNow, offline: int | None = 0) -> DriveState:
    return DriveState(drives, offline)


EMPTY = state(drive(150 * MIB))
FULL = state(drive(MIB))
WAS_FULL = state(drive(50 * MIB, least=0))
UNKNOWN = DriveState()
FOUR_FULL = state(*(drive(MIB, name=f"minio/data{n}") for n in range(1, 5)))
FOUR_ZERO = state(*(drive(0, name=f"minio/data{n}") for n in range(1, 5)))

QUOTA = Answer(400, "XMinioAdminBucketQuotaExceeded", "Bucket quota exceeded", bytes=MIB)
STORAGE = Answer(507, "XMinioStorageFull", THRESHOLD, bytes=MIB)
RAW = Answer(500, "InternalError", ENOSPC, bytes=MIB)
PATH_FULL = Answer(500, "InternalError", "Drive path full", bytes=MIB)
VAGUE = Answer(500, "InternalError", "please try again", bytes=MIB)
SLOW = Answer(503, "SlowDownWrite", bytes=MIB)
STARTING = Answer(503, "XMinioServerNotInitialized", bytes=MIB)
CUT = Answer(400, "IncompleteBody", bytes=MIB)
GONE = Answer(404, "NoSuchUpload", bytes=MIB)
LOST = Answer(error="MaxRetryError: ... ResponseError('too many 500 error responses')")
TIMEOUT = Answer(error="ReadTimeoutError: read timed out", bytes=MIB)


def with_(answer: Answer, **changes: object) -> Answer:
    values = {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
    return Answer(**(values | changes))


ROWS = [
    ("quota", QUOTA, EMPTY, Classified("quota", "certain")),
    ("quota-on-full", QUOTA, FULL, Classified("quota", "certain")),
    ("no-inodes", STORAGE, state(drive(99 * MIB, inodes=0)), Classified("inodes", "certain")),
    ("one-drive-few-inodes", STORAGE, state(drive(0, inodes=999)),
     Classified("drive-full", "certain")),
    ("several-few-inodes", STORAGE, state(drive(99 * MIB), drive(99 * MIB, inodes=999)),
     Classified("inodes", "certain")),
    ("several-enough-inodes", STORAGE, state(drive(99 * MIB), drive(99 * MIB, inodes=1000)),
     Classified("unknown", "low")),
    ("hardly-any-inodes", STORAGE, state(drive(99 * MIB, inodes=2)),
     Classified("inodes", "high")),
    ("enough-inodes", STORAGE, state(drive(99 * MIB, inodes=8)), Classified("unknown", "low")),
    ("raw-hardly-any-inodes", RAW, state(drive(99 * MIB, inodes=2)),
     Classified("inodes", "high")),
    ("raw-full-of-both", RAW, state(drive(0, inodes=2)), Classified("drive-full", "certain")),
    ("storage-full", STORAGE, FULL, Classified("drive-full", "certain")),
    ("storage-was-full", STORAGE, WAS_FULL, Classified("drive-full", "high")),
    ("storage-one-of-two-full", STORAGE, state(drive(150 * MIB), drive(MIB)),
     Classified("drive-full", "certain")),
    ("compressed", with_(STORAGE, compressed=True), EMPTY, Classified("size-unknown", "high")),
    ("unknown-size", with_(STORAGE, bytes=None), EMPTY, Classified("size-unknown", "high")),
    ("compressed-on-large", with_(STORAGE, compressed=True), state(drive(2**31, size=2**32)),
     Classified("unknown", "low")),
    ("storage-not-full", STORAGE, EMPTY, Classified("unknown", "low")),
    ("storage-not-watched", STORAGE, UNKNOWN, Classified("unknown", "low")),
    ("raw", RAW, EMPTY, Classified("drive-full", "certain")),
    ("raw-not-watched", RAW, UNKNOWN, Classified("drive-full", "certain")),
    ("raw-path-full", PATH_FULL, EMPTY, Classified("drive-full", "certain")),
    ("raw-inodes", RAW, state(drive(99 * MIB, inodes=0)), Classified("inodes", "certain")),
    ("raw-inside-200", with_(RAW, status=200), EMPTY, Classified("drive-full", "certain")),
    ("507-inside-200", with_(STORAGE, status=200), FULL, Classified("drive-full", "certain")),
    ("vague-on-nothing", VAGUE, state(drive(0)), Classified("drive-full", "medium")),
    ("vague", VAGUE, EMPTY, Classified("server-error", "low")),
    ("vague-not-watched", VAGUE, UNKNOWN, Classified("server-error", "low")),
    ("slow-full", SLOW, FOUR_FULL, Classified("drive-full", "high")),
    ("slow-full-maybe-offline", SLOW, DriveState(FOUR_FULL.drives),
     Classified("drive-full", "medium")),
    ("slow-offline", SLOW, state(drive(99 * MIB), offline=1), Classified("quorum-lost", "medium")),
    ("slow-offline-and-full", SLOW, DriveState(FOUR_FULL.drives, 2),
     Classified("quorum-lost", "medium", ("drive-full",))),
    ("slow-for-nothing", SLOW, EMPTY, Classified("unknown", "low")),
    ("start-blocked", STARTING, FOUR_ZERO, Classified("full-blocks-start", "high")),
    ("first-start", with_(STARTING, restarted=False), FOUR_ZERO, Classified("starting", "high")),
    ("one-drive-never-blocks", STARTING, state(drive(0)), Classified("starting", "high")),
    ("starting", STARTING, EMPTY, Classified("starting", "high")),
    ("all-received", with_(CUT, audit_rx=MIB), FULL, Classified("drive-full", "high")),
    ("not-audited", CUT, FULL, Classified("drive-full", "medium")),
    ("part-received", with_(CUT, audit_rx=1000), FULL, Classified("client-cut", "medium")),
    ("cut-not-full", with_(CUT, audit_rx=MIB), EMPTY, Classified("client-cut", "medium")),
    ("upload-gone", with_(GONE, earlier=Classified("drive-full", "medium")), EMPTY,
     Classified("drive-full", "high")),
    ("part-put-on-a-full-drive", with_(GONE, audit_part=4), FULL,
     Classified("drive-full", "medium")),
    ("part-put-with-room", with_(GONE, audit_part=4), EMPTY, Classified("unknown", "high")),
    ("upload-never-there", GONE, FULL, Classified("unknown", "high")),
    ("lost-and-audited", with_(LOST, audited=Classified("quota", "certain")), EMPTY,
     Classified("quota", "high")),
    ("lost", LOST, FULL, Classified("unknown", "high")),
    ("paused", with_(TIMEOUT, fault=True), EMPTY, Classified("fault", "certain")),
    ("server-up", with_(TIMEOUT, fault=False), FULL, Classified("transport", "low")),
    ("server-not-known", TIMEOUT, FULL, Classified("transport", "low")),
    ("other-4xx", Answer(403, "AccessDenied"), FULL, Classified("lab-error", "high")),
    ("other-400", Answer(400, "InvalidArgument"), FULL, Classified("lab-error", "high")),
    ("other-404", Answer(404, "NoSuchBucket"), FULL, Classified("lab-error", "high")),
    ("other-5xx", Answer(504, "GatewayTimeout"), FULL, Classified("server-error", "low")),
    ("strange", Answer(302), FULL, Classified("unknown", "low")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "drives", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_the_table(answer: Answer, drives: DriveState, expected: Classified) -> None:
    assert classify(answer, drives) == expected


def test_a_drive_that_counts_no_inodes_is_never_out_of_them() -> None:
    uncounted = DriveNow("minio/data1", 200 * MIB, MIB, MIB)
    assert classify(STORAGE, state(uncounted)).reason == "drive-full"


def test_a_part_is_what_counts_not_the_object() -> None:
    answer = with_(STORAGE, bytes=30 * MIB, parts=6)
    assert answer.size == 5 * MIB
    assert classify(answer, state(drive(30 * MIB))).reason == "unknown"
    assert classify(with_(answer, parts=1), state(drive(30 * MIB))).reason == "drive-full"


@pytest.mark.parametrize(
    ("drives", "size", "full"),
    [
        ([(2 * MIB, 2**40)], MIB, True),
        ([(4 * MIB, 200 * MIB)], MIB, True),
        ([(4 * MIB + 1, 200 * MIB)], MIB, False),
        ([(5 * MIB, 200 * MIB)] * 4, 10 * MIB, True),
        ([(8 * MIB, 200 * MIB)] * 4, 10 * MIB, False),
        ([(190 * MIB, 200 * MIB)] * 3 + [(5 * MIB, 50 * MIB)], 10 * MIB, True),
        ([], MIB, False),
    ],
)
def test_the_formula(drives: list[tuple[int, int]], size: int, full: bool) -> None:
    assert is_full(drives, size) is full
