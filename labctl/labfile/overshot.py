"""More accepted than a quota and its overshoot let in."""

from collections.abc import Iterator

from labctl.labfile.amounts import in_bytes
from labctl.labfile.expect import Expect
from labctl.labfile.lab import Generated, Lab, steps_of
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath, Step
from labctl.units import show_size


def check_overshot(
    path: KeyPath, expect: Expect, quota: int | None, lab: Lab, drives: int
) -> Iterator[Nonsense]:
    """Expectations under a `quota` that is there from the first put on. Beyond quota and overshoot
    something is accepted only where what the quota refused first was larger, or was deleted."""
    bounds = expect.overshoot.bytes if expect.overshoot is not None else None
    if quota is None or bounds is None or bounds.max is None or expect.accepted is None:
        return
    least, most = in_bytes(expect.accepted, drives)[0], quota + bounds.max
    if least > most and _is_only_quota(lab):
        steady = _is_steady(lab)
        told = "contradicts overshoot" if steady else "hardly goes with overshoot"
        why = f"a quota of {show_size(quota)} and {show_size(bounds.max)} beyond it let in"
        hint = f"{why} {show_size(most)}; write less"
        yield Nonsense((*path, "accepted"), f"{told}: {hint}", warning=not steady)


def first_quota(lab: Lab) -> int | None:
    """The quota that is there before anything is sent."""
    first = steps_of(lab)[0].quota
    return first.size if first is not None else lab.bucket.quota


def _is_only_quota(lab: Lab) -> bool:
    """Whether a lab never has another quota, nor ever takes it away."""
    set_later = [step for step in _all(lab) if step.quota is not None]
    if any(step.lasting is not None for step in set_later):
        return False
    return len(set_later) + (lab.bucket.quota is not None) == 1


def _is_steady(lab: Lab) -> bool:
    """Whether all puts are alike and none is ever taken back: the first that the quota refuses is
    then the end of them all."""
    sizes = {each.size if isinstance(each, Generated) else None for each in lab.files.values()}
    return len(sizes) == 1 and None not in sizes and all(_is_plain(step, lab) for step in _all(lab))


def _is_plain(step: Step, lab: Lab) -> bool:
    if step.probe or step.delete or step.meanwhile or (step.wait and step.wait.writable):
        return False
    return step.upload is None or (step.upload.parallel or lab.client.parallel) == 1


def _all(lab: Lab) -> Iterator[Step]:
    return (step for _, step in lab.numbered().values())
