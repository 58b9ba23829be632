"""Pure: steps with their numbers, and what is told of one that begins."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from labctl.events import StepStarted
from labctl.labfile.lab import Lab
from labctl.labfile.step import Step
from labctl.players import role_of


@dataclass(frozen=True, slots=True)
class Numbered:
    """A step, its number, and the numbered steps that are played meanwhile."""

    number: int
    step: Step
    meanwhile: tuple["Numbered", ...] = ()


def number_steps(steps: tuple[Step, ...], first: int = 1) -> tuple[Numbered, ...]:
    """Steps with their numbers, depth first from `first` on, as Lab.numbered has them."""
    found = []
    for step in steps:
        inner = number_steps(step.meanwhile, first + 1)
        found.append(Numbered(first, step, inner))
        first = last_number(found[-1]) + 1
    return tuple(found)


def walk(step: Numbered) -> Iterator[Numbered]:
    """A step, and all that are played meanwhile, in the order of their numbers."""
    yield step
    for inner in step.meanwhile:
        yield from walk(inner)


def last_number(step: Numbered) -> int:
    """The largest number in a step."""
    return last_number(step.meanwhile[-1]) if step.meanwhile else step.number


def begun(lab: Lab, numbered: Numbered, parent: int | None = None) -> StepStarted:
    """The event of a step that begins now."""
    step, expect = numbered.step, numbered.step.expect
    leaves_none = step.quota is not None or _only_watches(step)
    return StepStarted(
        time=time.time(),
        step=numbered.number,
        verb=step.name,
        text=str(step),
        role=None if leaves_none else role_of(lab, numbered.number, step.name),
        at=list(step.at),
        expect=expect.model_dump(mode="json", exclude_unset=True) if expect else {},
        parent=parent,
    )


def _only_watches(step: Step) -> bool:
    return step.wait is not None and step.wait.writable is None and not step.wait.quota_armed
