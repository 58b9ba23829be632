"""What a lab file may expect of a step or of the whole run: a closed set of checks."""

from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from labctl.app.task import PROBE_VERBS
from labctl.labfile.bounds import (
    CountBounds,
    DurationBounds,
    ShareBounds,
    SizeBounds,
    show_side,
)
from labctl.labfile.expected import (
    ENDPOINTS,
    Calls,
    Leftovers,
    Overshoot,
    Redundancy,
    Refused,
    Resent,
    Statuses,
    check_names,
)
from labctl.labfile.fields import Model, Whole, at, refuse

__all__ = [
    "CountBounds", "DurationBounds", "Expect", "Leftovers", "Need", "Overshoot", "Redundancy",
    "Refused", "ShareBounds", "SizeBounds", "needs",
]  # fmt: skip

Need = Literal["verify", "probe", "quota", "resend", "writable", "upload"]
"""What a lab must have, so that an expectation can be judged."""
_SOME = Field(json_schema_extra={"minItems": 1})
Several = Annotated[tuple[Refused, ...], _SOME]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], _SOME]
_KINDS: dict[str, tuple[Any, Any]] = {
    "refused": (Refused, Several),
    "log": (Text, Texts),
}
_NEEDS: dict[str, Need] = {
    "refused": "upload",
    "accepted": "upload",
    "accepted_before_refusal": "upload",
    "overshoot": "quota",
    "acknowledged": "verify",
    "refused_objects": "verify",
    "redundancy": "verify",
    "resent": "upload",
    "writable_again": "writable",
    "stall": "upload",
    "health": "probe",
    "probe": "probe",
    "client_exit": "upload",
    "leftovers": "verify",
}
_OF_REFUSED = ("accepted_before_refusal", "refused_objects", "resent")
"""What nobody can tell where nothing was refused."""
KeyPath = tuple[str | int, ...]


class Expect(Model):
    """What must hold for the verdict `pass`."""

    refused: Refused | Several | None = None
    """Objects refused, one kind or a list of kinds; `{count: 0}` for none."""
    accepted: ShareBounds | None = None
    """Bytes acknowledged; a percentage is of all drives together."""
    accepted_before_refusal: ShareBounds | None = None
    """Bytes acknowledged before the first refusal."""
    overshoot: Overshoot | None = None
    """How late the quota is enforced: bytes beyond it, and times to its first refusal."""
    acknowledged: Literal["intact"] | None = None
    """Every acknowledged object is there when read back, byte for byte."""
    refused_objects: Literal["absent"] | None = None
    """No refused object is stored: an observation, S3 promises nothing of the kind."""
    redundancy: Redundancy | None = None
    """Every object lies on all the drives that it should: `complete`, or how many do not."""
    resent: Resent | None = None
    """Refused objects that are acknowledged when sent again: `all`, or how many; `none`: not one
    is sent again."""
    writable_again: DurationBounds | None = None
    """Time from freeing space until a put is accepted."""
    stall: DurationBounds | None = None
    """The longest silence of one attempt."""
    health: Literal["green"] | Statuses | None = None
    """What the health endpoints say while a probe runs: `green`, or a status for each named."""
    probe: Calls | None = None
    """What the calls of a probe come to: `works`, `refused`, an HTTP status, or an S3 code."""
    client_exit: Whole | None = Field(None, ge=0, le=255)
    """Exit code of the client."""
    log: Text | Texts | None = None
    """A text, or several, that MinIO's log must hold."""
    leftovers: Leftovers | None = None
    """What lies on the drives beside the objects."""

    @field_validator("refused", "log", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any, info: ValidationInfo) -> Any:
        """Each kind by itself, so that an error is told where it stands."""
        if value is None:
            return None
        one, several = _KINDS[str(info.field_name)]
        if not isinstance(value, list | tuple):
            return TypeAdapter(one).validate_python(value)
        if not value:
            raise ValueError("is an empty list; name something, or remove the line")
        return TypeAdapter(several).validate_python(value)

    @field_validator("resent", mode="before")
    @classmethod
    def _word_or_count(cls, value: Any) -> Any:
        if value is None or value in ("all", "none"):
            return value
        if isinstance(value, str):
            raise ValueError(f"{value!r} is not known here; write all, none, or {{min: 1}}")
        return CountBounds.model_validate(value)

    @field_validator("health", mode="before")
    @classmethod
    def _word_or_statuses(cls, value: Any) -> Any:
        if value is None or value == "green":
            return value
        if isinstance(value, str):
            raise ValueError(f"{value!r} is not known here; write green, or {{cluster: 200}}")
        if isinstance(value, dict):
            check_names(value, ENDPOINTS, "health endpoint")
        return TypeAdapter(Statuses).validate_python(value)

    @field_validator("probe", mode="before")
    @classmethod
    def _known_calls(cls, value: Any) -> Any:
        if isinstance(value, dict):
            check_names(value, PROBE_VERBS, "call")
        return value

    @model_validator(mode="after")
    def _possible(self) -> "Expect":
        refuse([at(path, message) for path, message in _contradictions(self)])
        return self

    @property
    def refusals(self) -> tuple[Refused, ...]:
        """The kinds of refusals, however many were written."""
        return (self.refused,) if isinstance(self.refused, Refused) else self.refused or ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that the log must hold, however many were written."""
        return (self.log,) if isinstance(self.log, str) else self.log or ()

    @property
    def most_refused(self) -> int | None:
        """The most refusals of all kinds that are allowed; None: any number."""
        return _most_refused(self, by_quota=False)

    def placed_refusals(self) -> Iterator[tuple[KeyPath, Refused]]:
        """The kinds of refusals, each with its path in the expectations."""
        for number, refused in enumerate(self.refusals):
            yield self._path(number), refused

    def groups(self) -> Iterator[tuple[KeyPath, str]]:
        """The file groups that are named, each with its path in the expectations."""
        for path, refused in self.placed_refusals():
            if refused.group is not None:
                yield (*path, "group"), refused.group

    def _path(self, number: int) -> KeyPath:
        """Where a kind of refusals is written."""
        return ("refused",) if isinstance(self.refused, Refused) else ("refused", number)


def needs(expect: Expect) -> Iterable[tuple[str, Need]]:
    """What a lab must have, so that each key of `expect` can be judged; pairs of both."""
    for key, needed in _NEEDS.items():
        if getattr(expect, key) is not None:
            yield key, needed
    if any(each.by_quota and each.count.max != 0 for each in expect.refusals):
        yield "refused", "quota"
    if expect.resent is not None and _least_resent(expect.resent):
        yield "resent", "resend"


def _least_resent(resent: Resent) -> int:
    """How many objects must be acknowledged when sent again, as far as that is known."""
    match resent:
        case "all":
            return 1
        case CountBounds(min=least):
            return least
    return 0


def _contradictions(expect: Expect) -> Iterator[tuple[KeyPath, str]]:
    """What cannot hold at the same time: where it stands, and what it contradicts."""
    yield from _among_refusals(expect)
    accepted, before = expect.accepted, expect.accepted_before_refusal
    if accepted is not None and before is not None and before.exceeds(accepted):
        least, most = map(show_side, (before.min, accepted.max))
        told = f"min {least} contradicts accepted: no more than {most} there"
        yield ("accepted_before_refusal",), told
    yield from _with_refusals(expect)


def _among_refusals(expect: Expect) -> Iterator[tuple[KeyPath, str]]:
    """Kinds of refusals of which one holds all of another, and allows fewer."""
    numbered = tuple(enumerate(expect.refusals))
    for (one, wide), (other, narrow) in permutations(numbered, 2):
        most = wide.count.max
        if (
            most is not None
            and wide.kind.items() <= narrow.kind.items()
            and (narrow.count.min > most)
        ):
            later = max(one, other)
            told = f"contradicts refused.{min(one, other)}: at least {narrow.count.min} and at most"
            yield (*expect._path(later), "count"), f"{told} {most} of the same kind"


def _with_refusals(expect: Expect) -> Iterator[tuple[KeyPath, str]]:
    """What needs refusals, where they are ruled out."""
    most = expect.most_refused
    for key in _OF_REFUSED if most == 0 else ():
        if getattr(expect, key) is not None:
            told = "contradicts refused: nothing is to be refused there"
            yield (key,), f"{told}, so it can never be told; remove one of the two"
    least = _least_resent(expect.resent) if expect.resent is not None else 0
    if most and least > most:
        yield ("resent",), f"contradicts refused: at most {most} objects are to be refused there"
    timed = expect.overshoot is not None and (
        expect.overshoot.after_crossing or expect.overshoot.after_first_put
    )
    if timed and _most_refused(expect, by_quota=True) == 0:
        told = "contradicts refused: the quota is to refuse nothing there, so it has no first"
        yield ("overshoot",), told


def _most_refused(expect: Expect, *, by_quota: bool) -> int | None:
    """The most refusals of all kinds, or by the quota, that are allowed; None: any number."""
    bounds = [
        each.count.max
        for each in expect.refusals
        if each.count.max is not None
        and (not each.kind or (by_quota and each.by_quota and "group" not in each.kind))
    ]
    return min(bounds, default=None)
