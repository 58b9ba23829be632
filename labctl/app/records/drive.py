"""What is seen of drives, and done to them."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DriveSample:
    """`statvfs` of one drive."""

    type: ClassVar[str] = "drive"
    time: float
    drive: str
    size: int
    free: int
    inodes: int
    inodes_free: int


@dataclass(frozen=True, slots=True)
class Shards:
    """One object on the drives, looked at before anything was read through S3.

    `drives` is how many drives there are, `complete` how many hold all that the object needs
    there. An object of several versions counts as complete only with all of them.
    """

    type: ClassVar[str] = "shards"
    time: float
    object: str
    drives: int
    complete: int


@dataclass(frozen=True, slots=True)
class DriveContents:
    """What lies on one drive, in bytes of its file system.

    `objects` is all under buckets, `unfinished` the parts of the `uploads` that were begun and
    neither completed nor aborted, `trash` what was deleted and waits, `temporary` other of MinIO's
    unfinished work, `system` the rest of MinIO's own, `foreign` what is not MinIO's (ballast).
    """

    type: ClassVar[str] = "drive-contents"
    time: float
    drive: str
    size: int
    free: int
    objects: int
    unfinished: int
    uploads: int
    trash: int
    temporary: int
    system: int
    foreign: int


@dataclass(frozen=True, slots=True)
class DriveChanged:
    """A hand on a drive did its work: `what` is `ballast` or `grow`.

    `before` and `after` are the ballast's bytes, or the drive's size; `free` is what was free then.
    """

    type: ClassVar[str] = "drive-changed"
    time: float
    drive: str
    what: str
    before: int
    after: int
    size: int
    free: int
