"""Expectations of a step and of the whole run that cannot hold together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from labctl.labfile.bounds import CountBounds, DurationBounds, ShareBounds, SizeBounds
from labctl.labfile.expect import Expect
from labctl.labfile.expected import ENDPOINTS
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath, Step
from labctl.units import show_duration, show_size

Placed = tuple[KeyPath, Step, Expect]
_GREEN = 200
_LEFT = ("uploads", "unfinished", "trash", "beyond")


def check_agreement(run: Expect, steps: Sequence[tuple[KeyPath, Step]]) -> Iterator[Nonsense]:
    """What the whole run is to come to, held against what its steps are to come to: sums over all
    uploads, what holds for each of them, and what the newest verify, probe or wait saw."""
    placed = [(path, step, step.expect) for path, step in steps if step.expect is not None]
    newest = {_kind(step): path for path, step in steps}
    last = [each for each in placed if newest.get(_kind(each[1])) == each[0] and len(each[0]) == 2]
    uploads = [each for each in placed if each[1].upload is not None]
    probes = [each for each in placed if each[1].probe is not None]
    found = chain(
        _sums(run, uploads), _of_each(run, uploads), _health(run, probes), _newest(run, last)
    )
    yield from found


def _kind(step: Step) -> str:
    """What the newest of is told of a run: of waits, those for a put."""
    return step.name if step.wait is None or step.wait.writable is not None else "other"


def _sums(run: Expect, uploads: Sequence[Placed]) -> Iterator[Nonsense]:
    """Accepted bytes and refusals of all uploads together."""
    if isinstance(run.accepted, ShareBounds) and isinstance(run.accepted.max, int):
        least = sum(_least_accepted(expect) for _, _, expect in uploads)
        if least > run.accepted.max:
            told = f"contradicts the steps: at least {show_size(least)} are accepted there"
            yield _wrong("accepted", told)
    most = run.most_refused
    least = sum(_least_refused(expect) for _, _, expect in uploads)
    if most is not None and least > most:
        told = f"contradicts the steps: at least {least} are refused there, and at most {most} here"
        yield _wrong("refused", told)


def _least_accepted(expect: Expect) -> int:
    least = expect.accepted.min if expect.accepted is not None else 0
    return least if isinstance(least, int) else 0


def _least_refused(expect: Expect) -> int:
    return max((refused.count.min for refused in expect.refusals), default=0)


def _of_each(run: Expect, uploads: Sequence[Placed]) -> Iterator[Nonsense]:
    """What holds for the whole run only where it holds for each upload."""
    for path, _, expect in uploads:
        if run.client_exit is not None and expect.client_exit not in (None, run.client_exit):
            yield _clash("client_exit", path, str(expect.client_exit))
        longest = run.stall.longest if run.stall is not None else None
        if longest is not None and expect.stall is not None and expect.stall.min > longest:
            yield _clash("stall", path, f"at least {show_duration(expect.stall.min)}")


def _health(run: Expect, probes: Sequence[Placed]) -> Iterator[Nonsense]:
    """What health endpoints say in every probe."""
    wanted = _statuses(run)
    for path, _, expect in probes:
        for name, status in _statuses(expect).items():
            if wanted.get(name, status) != status:
                yield _clash("health", path, f"{name} answers {status}")
                break


def _statuses(expect: Expect) -> Mapping[str, int]:
    if expect.health == "green":
        return dict.fromkeys(ENDPOINTS, _GREEN)
    return expect.health or {}


def _newest(run: Expect, last: Sequence[Placed]) -> Iterator[Nonsense]:
    """What the newest step of a kind saw is what the run comes to."""
    for path, step, expect in last:
        for verb, wanted in (run.probe or {}).items():
            other = (expect.probe or {}).get(verb, wanted)
            if _differ(wanted, other):
                yield _clash(("probe", verb), path, str(other))
        shards = [each.redundancy.incomplete for each in (run, expect) if each.redundancy]
        if len(shards) == 2 and _apart(*shards):
            yield _clash("redundancy", path, "another number of objects")
        for key in _LEFT if run.leftovers and expect.leftovers else ():
            if _apart(getattr(run.leftovers, key), getattr(expect.leftovers, key)):
                yield _clash(("leftovers", key), path, "other bounds")
        if step.wait is not None and _late(run.writable_again, expect.writable_again):
            yield _clash("writable_again", path, "another time")


def _differ(one: int | str, other: int | str) -> bool:
    """Whether a call cannot come to both: a status and a code may go together, and any refusal."""
    pair = {one, other}
    if "works" in pair:
        return any(each != "works" and not _is_good(each) for each in pair)
    return len(pair) == 2 and "refused" not in pair and type(one) is type(other)


def _is_good(wanted: int | str) -> bool:
    return isinstance(wanted, int) and wanted < 400


def _apart(one: CountBounds | SizeBounds | None, other: CountBounds | SizeBounds | None) -> bool:
    if one is None or other is None:
        return False
    return _beyond(one.min, other.max) or _beyond(other.min, one.max)


def _late(one: DurationBounds | None, other: DurationBounds | None) -> bool:
    if one is None or other is None:
        return False
    return _beyond(one.min, other.longest) or _beyond(other.min, one.longest)


def _beyond(least: float, most: float | None) -> bool:
    return most is not None and least > most


def _clash(key: str | tuple[str, str], path: KeyPath, there: str) -> Nonsense:
    keys = (key,) if isinstance(key, str) else key
    where = ".".join(map(str, (*path, "expect", *keys)))
    return _wrong(keys, f"contradicts {where}: {there}, there")


def _wrong(key: str | tuple[str, ...], told: str) -> Nonsense:
    keys = (key,) if isinstance(key, str) else key
    return Nonsense(("expect", *keys), f"{told}; change one of the two")
