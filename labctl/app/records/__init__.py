"""What the lab's containers say, one JSON line each on standard output.

Times are epoch seconds in Python and UTC with microseconds in JSON; sizes are bytes.
"""

from labctl.app.codec import TIMES, decode_fields, encode, read_time, show_time
from labctl.app.records.call import (
    Audit,
    Deletion,
    HealthSeen,
    Probed,
    ReadBack,
    Trial,
)
from labctl.app.records.drive import DriveChanged, DriveContents, DriveSample, Shards
from labctl.app.records.task import Gap, TaskEnded, TaskStarted
from labctl.app.records.upload import (
    NO_PARTS,
    NOTHING_LISTED,
    Aborted,
    Attempt,
    UploadEnded,
    UploadStarted,
    is_left,
    is_unsent,
)

AppRecord = (
    UploadStarted | Attempt | Aborted | UploadEnded | DriveSample | Audit | Gap | TaskStarted
    | TaskEnded | Shards | ReadBack | DriveContents | Deletion | Probed | HealthSeen | Trial
    | DriveChanged
)  # fmt: skip

__all__ = (
    "NOTHING_LISTED",
    "NO_PARTS",
    "TIMES",
    "Aborted",
    "AppRecord",
    "Attempt",
    "Audit",
    "Deletion",
    "DriveChanged",
    "DriveContents",
    "DriveSample",
    "Gap",
    "HealthSeen",
    "Probed",
    "ReadBack",
    "Shards",
    "TaskEnded",
    "TaskStarted",
    "Trial",
    "UploadEnded",
    "UploadStarted",
    "decode_fields",
    "encode",
    "is_left",
    "is_unsent",
    "read_time",
    "show_time",
)
