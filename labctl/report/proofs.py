"""Events that prove a figure: a few of each kind, the same ones in whatever order they come."""

from labctl.figures.steps import Proof

MOST = 5
"""Proofs that are kept of a kind."""


def prove(source: str, time: float, what: str, request_id: str | None = None) -> Proof:
    """An event as a proof."""
    return Proof(source, time, what, request_id)


class Examples:
    """The earliest proofs of one kind."""

    def __init__(self) -> None:
        self.count = 0
        self.proofs: tuple[Proof, ...] = ()

    def add(self, proof: Proof) -> None:
        """Take one more."""
        self.count += 1
        if len(self.proofs) < MOST or proof.time <= self.proofs[-1].time:
            found = sorted((*self.proofs, proof), key=lambda proof: (proof.time, proof.what))
            self.proofs = tuple(found[:MOST])
