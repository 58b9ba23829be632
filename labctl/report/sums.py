"""Sums over the objects of all uploads."""

from dataclasses import dataclass, field

from labctl.app.records import Attempt
from labctl.classify import Classified
from labctl.figures import Refusals
from labctl.report.frame import Frame
from labctl.report.operations import Operation
from labctl.report.reasons import Reasons

MANY_SIZES = 8
"""Sizes of objects that are told one by one; of more only the least and the largest are told."""


@dataclass(slots=True)
class _Group:
    """Refusals of one kind, being counted."""

    example: Attempt
    count: int = 0
    bytes_min: int = 2**63
    bytes_max: int = 0
    sizes: dict[int, int] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, float]:
        return -self.count, self.example.ended

    def add(self, attempt: Attempt) -> None:
        self.count += 1
        self.bytes_min = min(self.bytes_min, attempt.bytes)
        self.bytes_max = max(self.bytes_max, attempt.bytes)
        if attempt.bytes in self.sizes or len(self.sizes) <= MANY_SIZES:
            self.sizes[attempt.bytes] = self.sizes.get(attempt.bytes, 0) + 1
        if attempt.ended < self.example.ended:
            self.example = attempt


@dataclass(slots=True)
class Sums:
    """What the last reading adds up, now that every drive's history is known."""

    frame: Frame
    reasons: Reasons
    before: float
    acknowledged: int = 0
    refused: int = 0
    in_doubt: int = 0
    bytes_acknowledged: int = 0
    bytes_before: int = 0
    groups: dict[tuple[int | None, str | None, Classified], _Group] = field(default_factory=dict)
    by_group: dict[str, int] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """Take the next object."""
        done = operation.acknowledged
        if done is None:
            self._add_refused(operation)
            return
        self.acknowledged += 1
        self.bytes_acknowledged += done.bytes
        if done.ended < self.before:
            self.bytes_before += done.bytes

    def _add_refused(self, operation: Operation) -> None:
        last = operation.last
        self.in_doubt += operation.outcome == "info"
        if self.frame.cut_off(operation.source, last):
            return
        self.refused += 1
        self.by_group[last.group] = self.by_group.get(last.group, 0) + 1
        key = (last.status, last.code, self.reasons.of(operation))
        self.groups.setdefault(key, _Group(last)).add(last)

    def refusals(self) -> tuple[Refusals, ...]:
        """Objects refused, by how; the most frequent first."""
        ordered = sorted(self.groups.items(), key=lambda item: item[1].order)
        found = (
            Refusals(
                status=status,
                code=code,
                reason=why.reason,
                sure=why.sure,
                also=why.also,
                count=group.count,
                bytes_min=group.bytes_min,
                bytes_max=group.bytes_max,
                sizes=dict(sorted(group.sizes.items())) if len(group.sizes) <= MANY_SIZES else {},
                object=group.example.object,
                message=group.example.message,
                error=group.example.error,
                request_id=group.example.request_id,
            )
            for (status, code, why), group in ordered
        )
        return tuple(found)
