"""What a run's steps came to, beside the sums over uploads. Sizes bytes, durations seconds."""

from dataclasses import dataclass
from typing import Literal

from labctl.app.records import DriveContents, HealthSeen, Probed

Found = Literal[
    "intact", "ghost", "absent", "lost", "stale", "corrupt", "phantom", "unavailable", "undecided"
]
"""What came of reading an object back. `intact`: bytes of a newest acknowledged write. `ghost`: of
one in doubt that took effect. `absent`: rightly not there. `lost`, `stale`, `corrupt`, `phantom`:
failures. `unavailable`: it could not be read. `undecided`: a write in doubt, of which nobody knows
when it took effect, decides."""
FAILED: frozenset[Found] = frozenset({"lost", "stale", "corrupt", "phantom"})
UNKNOWN: frozenset[Found] = frozenset({"unavailable", "undecided"})


@dataclass(frozen=True, slots=True)
class Proof:
    """An event that proves something: where in the record it stands, and what it is about."""

    source: str
    time: float
    what: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step; `seconds` None: its end was not recorded."""

    step: int
    verb: str
    text: str
    role: str | None
    parent: int | None
    started: float
    seconds: float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the newest verify read back: how many objects came to what, and examples of each kind
    but `absent`; those of `intact` stand apart. `refused_present` are objects that were refused and
    are stored all the same. `whole`: the verifier came to its end. `resent` objects had been
    refused first, were acknowledged when they were sent again, and not written since;
    `resent_intact` of them hold those bytes. `later` objects were acknowledged after they had been
    read, so that their reading tells nothing of them."""

    step: int
    objects: int
    counts: dict[Found, int]
    examples: dict[Found, tuple[Proof, ...]]
    refused: int
    refused_present: tuple[Proof, ...]
    refused_present_count: int
    whole: bool
    resent: int = 0
    resent_intact: int = 0
    intact: tuple[Proof, ...] = ()
    later: int = 0


@dataclass(frozen=True, slots=True)
class Redundancy:
    """On how many drives the objects lay before the newest verify read anything."""

    objects: int
    incomplete: int
    drives: int
    least: int
    examples: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What lay on the drives at the newest verify, by drive."""

    drives: tuple[DriveContents, ...]

    @property
    def uploads(self) -> int:
        """Unfinished multipart uploads; every drive has them all."""
        return max((drive.uploads for drive in self.drives), default=0)

    @property
    def unfinished(self) -> int:
        """Bytes of their parts on all drives."""
        return sum(drive.unfinished for drive in self.drives)

    @property
    def trash(self) -> int:
        """Bytes that were deleted and wait, on all drives."""
        return sum(drive.trash for drive in self.drives)

    @property
    def beyond(self) -> int:
        """Bytes used on all drives that are neither objects nor ballast."""
        return sum(d.size - d.free - d.objects - d.foreign for d in self.drives)


@dataclass(frozen=True, slots=True)
class Overshoot:
    """Bytes accepted beyond the quota until its first refusal (or the end): from `least`, what was
    acknowledged, to `most`, with all writes in doubt. `from_crossing` and `from_first_put` are
    seconds to the first refusal; None where it never came, or the quota was never crossed."""

    quota: int
    least: int
    most: int
    refused: bool
    from_crossing: float | None
    from_first_put: float | None
    proof: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Resent:
    """Objects that an upload was refused, how many of them a later step with `resend` sent again,
    and how many of those were acknowledged then."""

    refused: int
    again: int
    acknowledged: int
    examples: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class WritableAgain:
    """How long it took from freeing space until a put was accepted; `since` None: nothing was
    freed, and the wait's own start counts. `seconds` None: it never was. `refusals` counts the
    answers that came before, by code."""

    step: int
    bytes: int
    since: str | None
    seconds: float | None
    tried: float
    refusals: dict[str, int]
    proof: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """The puts of one wait: how many there were, got in, and were deleted again; the largest has
    `bytes`."""

    step: int
    bytes: int
    puts: int
    accepted: int
    removed: int


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: its calls, and what the health endpoints said meanwhile."""

    step: int
    calls: tuple[Probed, ...]
    health: tuple[HealthSeen, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Deletions:
    """What one delete did: how many DELETEs it sent, and how many of them went well."""

    step: int
    tried: int
    done: int


@dataclass(frozen=True, slots=True)
class Stall:
    """The longest time that a request of one attempt went without an answer."""

    seconds: float
    proof: Proof


@dataclass(frozen=True, slots=True)
class Steps:
    """All that steps came to. A figure is None, or a row empty, where no step made one."""

    played: tuple[StepFigures, ...] = ()
    integrity: Integrity | None = None
    redundancy: Redundancy | None = None
    leftovers: Leftovers | None = None
    overshoot: Overshoot | None = None
    resent: Resent | None = None
    writable: tuple[WritableAgain, ...] = ()
    probes: tuple[Probe, ...] = ()
    stall: Stall | None = None
    deletions: tuple[Deletions, ...] = ()
    tried: tuple[Tried, ...] = ()
    of: int = 0
    """How many steps the lab has; 0: not told."""
    drive_bytes: int = 0
    """All drives together, as large as they were last seen."""
