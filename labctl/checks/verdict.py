"""What a check comes to, and all of them together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from labctl.figures.steps import Proof

Result = Literal["pass", "fail", "unknown"]
MOST_PROOFS = 5
"""Events that are named as proof of one check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: what was expected, and what was seen, in plain words.

    `step` is the number of the step that it was expected of, None where of the whole run; `proof`
    names up to five of the events that prove what was seen.
    """

    name: str
    result: Result
    expected: str
    seen: str
    step: int | None = None
    proof: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a run together; without any, nothing was expected and the verdict is pass."""

    checks: tuple[Check, ...]

    @classmethod
    def of(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """The verdicts of steps and of the whole run as one, their checks in the same order."""
        return cls(tuple(check for verdict in verdicts for check in verdict.checks))

    @property
    def result(self) -> Result:
        """`fail` if any check failed, else `unknown` if any is unknown, else `pass`."""
        results = {check.result for check in self.checks}
        if "fail" in results:
            return "fail"
        return "unknown" if "unknown" in results else "pass"

    @property
    def exit_code(self) -> int:
        """0 as expected, 1 where an expectation failed or could not be judged."""
        return 0 if self.result == "pass" else 1
