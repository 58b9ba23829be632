"""Expectations -> verdict, pure over the figures of a run or of one of its steps.

What was counted is a lower bound where the record is not whole. A check passes then only if nothing
that is missing could change it, and fails only if nothing that is missing could mend it.
"""

from labctl.checks.judge import judge
from labctl.checks.verdict import Check, Result, Verdict

__all__ = ["Check", "Result", "Verdict", "judge"]
