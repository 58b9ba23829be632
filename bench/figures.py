"""What was measured, and whether it is what it should be. Pure."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

_RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
}
UNITS = ("s", "bytes", "bytes/s", "objects/s")


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a ratio, or on the figure itself where it is compared with nothing."""

    relation: str
    bound: float

    def holds(self, value: float) -> bool:
        """Whether `value` is as it should be."""
        return _RELATIONS[self.relation](value, self.bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result. `ours` and `theirs` are samples in `unit`, one a round."""

    row: str
    what: str
    unit: str
    ours: tuple[float, ...]
    rival: str = ""
    theirs: tuple[float, ...] = ()
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Our median over theirs."""
        return median(self.ours) / median(self.theirs) if self.theirs else None

    @property
    def judged(self) -> float:
        """What the target is a bound on."""
        return median(self.ours) if self.ratio is None else self.ratio

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        return None if self.target is None else self.target.holds(self.judged)

    @property
    def short(self) -> float:
        """By how much the target is missed; 0 where it is met, or where there is none."""
        if self.target is None or self.met:
            return 0.0
        return abs(self.judged - self.target.bound)

    def to_document(self) -> dict[str, Any]:
        """As JSON can write it."""
        document: dict[str, Any] = {
            "row": self.row,
            "what": self.what,
            "unit": self.unit,
            "labctl": {"median": median(self.ours), "samples": self.ours},
            "rival": None,
            "ratio": self.ratio,
            "target": None,
            "met": self.met,
        }
        if self.theirs:
            rival = {"name": self.rival, "median": median(self.theirs), "samples": self.theirs}
            document["rival"] = rival
        if self.target:
            relation, bound = self.target.relation, self.target.bound
            document["target"] = {"relation": relation, "bound": bound, "short_by": self.short}
        return document
