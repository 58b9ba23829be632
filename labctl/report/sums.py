"""Sums over the objects of all uploads."""

from dataclasses import dataclass, field

from labctl.app.records import Attempt, is_left, is_unsent
from labctl.classify import Classified
from labctl.figures import Refusals
from labctl.figures.steps import Proof
from labctl.report.frame import Frame
from labctl.report.operations import Operation
from labctl.report.proofs import Examples, prove
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
    groups: dict[str, int] = field(default_factory=dict)
    proof: Examples = field(default_factory=Examples)

    @property
    def order(self) -> tuple[int, float]:
        return -self.count, self.example.ended

    def add(self, source: str, attempt: Attempt) -> None:
        self.count += 1
        self.groups[attempt.group] = self.groups.get(attempt.group, 0) + 1
        self.proof.add(_prove(source, attempt))
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
    left: int = 0
    completed: int = 0
    doubtful: set[int] = field(default_factory=set)
    left_keys: set[int] = field(default_factory=set)
    bytes_acknowledged: int = 0
    bytes_before: int = 0
    groups: dict[tuple[int | None, str | None, Classified], _Group] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """Take the next object."""
        done = operation.acknowledged
        self.completed += self.frame.parts.get(operation.source) == "complete"
        if is_unsent(operation.last):
            return
        if self.frame.leaves(operation.source):
            self.left_keys.add(hash(operation.last.object))
        if is_left(operation.last):
            self.left += 1
            return
        if done is None:
            self._add_refused(operation)
            return
        self.acknowledged += 1
        self.bytes_acknowledged += done.bytes
        if done.ended < self.before:
            self.bytes_before += done.bytes

    def _add_refused(self, operation: Operation) -> None:
        last = operation.last
        if operation.outcome == "info":
            self.doubtful.add(hash(last.object))
        if self.frame.cut_off(operation.source, last):
            return
        self.refused += 1
        key = (last.status, last.code, self.reasons.of(operation))
        self.groups.setdefault(key, _Group(last)).add(operation.source, last)

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
                groups=dict(sorted(group.groups.items())),
                proof=group.proof.proofs,
            )
            for (status, code, why), group in ordered
        )
        return tuple(found)


def _prove(source: str, attempt: Attempt) -> Proof:
    answer = f"{attempt.status} {attempt.code or ''}".rstrip() if attempt.status else attempt.error
    what = f"{attempt.object}: {answer or 'no answer'}"
    return prove(source, attempt.ended, what, attempt.request_id)
