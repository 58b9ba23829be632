"""Pure: which steps of a lab have been played, and which are left."""

from labctl import labels
from labctl.labfile.lab import Lab, steps_of
from labctl.resources import Observed
from labctl.steps.number import Numbered, number_steps


def played_steps(observed: Observed) -> frozenset[int]:
    """Numbers of the steps that have been played, or are being played."""
    playing = (seen.labels.get(labels.STEP) for seen in observed.containers if seen.started)
    marked = (seen.labels.get(labels.PLAYED) for seen in observed.containers)
    return frozenset(int(number) for number in (*playing, *marked) if number)


def left_steps(lab: Lab, observed: Observed) -> tuple[Numbered, ...]:
    """The lab file's own steps that have not been played."""
    done = played_steps(observed)
    return tuple(each for each in number_steps(steps_of(lab)) if each.number not in done)


def lead_steps(lab: Lab) -> tuple[Numbered, ...]:
    """The steps up to the first upload, which `up` plays; none where there is no upload."""
    steps = number_steps(steps_of(lab))
    first = next((n for n, each in enumerate(steps) if each.step.upload), -1)
    return steps[: first + 1]
