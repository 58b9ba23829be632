"""File groups that steps and expectations name, and that are not there."""

from collections.abc import Collection, Iterator
from typing import Any

from labctl.labfile.expect import Expect
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath, Step
from labctl.labfile.yaml_marks import value_at


def unknown_in_step(path: KeyPath, step: Step, known: Collection[str]) -> Iterator[Nonsense]:
    """The groups that a step itself names, without those of steps that are played meanwhile."""
    for number, group in enumerate(step.upload.groups if step.upload else ()):
        if group not in known:
            yield Nonsense((*path, "upload", "groups", number), _unknown(group, known))
    deleted = step.delete.group if step.delete else None
    if deleted is not None and deleted not in known:
        yield Nonsense((*path, "delete", "group"), _unknown(deleted, known))
    if step.expect is not None:
        yield from unknown_in_expect((*path, "expect"), step.expect, known)


def unknown_in_expect(path: KeyPath, expect: Expect, known: Collection[str]) -> Iterator[Nonsense]:
    """The groups that expectations name."""
    for place, group in expect.groups():
        if group not in known:
            yield Nonsense((*path, *place), _unknown(group, known))


def unknown_in_part(data: Any, wrong: Collection[KeyPath]) -> Iterator[Nonsense]:
    """The same for a lab file in which something is `wrong`, as far as its parts are sound."""
    known, steps = value_at(data, ("files",)), value_at(data, ("steps",))
    if not isinstance(known, dict) or not known:
        return
    for index, given in enumerate(steps if isinstance(steps, list) else ()):
        root: KeyPath = ("steps", index)
        if root not in {path[:2] for path in wrong}:
            for path, step in Step.model_validate(given).walk(root):
                yield from unknown_in_step(path, step, known)
    given = value_at(data, ("expect",))
    if isinstance(given, dict) and "expect" not in {path[0] for path in wrong if path}:
        yield from unknown_in_expect(("expect",), Expect.model_validate(given), known)


def _unknown(name: str, known: Collection[str]) -> str:
    if name == "all":
        return "`all` stands alone, without other names; write `upload: all`"
    return f"there is no group {name!r} under files; write one of: all, {', '.join(known)}"
