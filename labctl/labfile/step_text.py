"""A step from the command line: `ballast: 150MiB`."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from labctl.errors import LabFileError
from labctl.labfile.lab import Lab
from labctl.labfile.problems import in_order, problem_at
from labctl.labfile.sense import Before, check_step
from labctl.labfile.step import KeyPath, Step
from labctl.labfile.validate import validate
from labctl.labfile.yaml_marks import Document, Problem, parse_yaml

_SOURCE = "step"
_ROOT: KeyPath = ("steps", 0)
_GROUPS = {"any": {"count": 1, "size": 1}}
"""Stand in for the lab's own, which are looked up afterwards."""


@dataclass(frozen=True, slots=True)
class LoadedStep:
    """A sound step, and what may not be meant, each as `step:line:column: what`."""

    step: Step
    warnings: tuple[str, ...] = ()


def load_step(text: str, lab: Lab, drives: dict[str, int], before: Before) -> LoadedStep:
    """The step of a text, for a lab that is up with drives of those sizes, and has seen `before`.

    Raises LabFileError with everything that is wrong, as `step:line:column: ...`.
    """
    document, found = parse_yaml(text, _SOURCE, os.environ, with_lines=True)
    if document is None or found:
        raise _refusal(found)
    rooted = document.rooted(_ROOT)
    step = _validate(rooted)
    nonsense = check_step(lab, step, drives, _ROOT, before)
    wrong = [problem_at(rooted, each) for each in nonsense if not each.warning]
    if wrong:
        raise _refusal(wrong)
    return LoadedStep(step, _told(problem_at(rooted, each) for each in nonsense))


def _validate(rooted: Document) -> Step:
    """Judge a step as those of a lab file are, where it would stand in one."""
    judged = validate(replace(rooted, data=rooted.data | {"files": _GROUPS}))
    if judged.lab is None:
        raise _refusal(judged.problems)
    return judged.lab.steps[0]


def _refusal(problems: Iterable[Problem]) -> LabFileError:
    return LabFileError(_told(problems))


def _told(problems: Iterable[Problem]) -> tuple[str, ...]:
    return in_order(replace(each, message=_own(each.message)) for each in problems)


def _own(message: str) -> str:
    """A message with its path as seen from the step."""
    root = ".".join(map(str, _ROOT))
    return message.removeprefix(f"{root}: ").removeprefix(f"{root}.")
