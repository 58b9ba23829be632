"""How far a bucket went beyond its quota before the quota was enforced. Pure."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from labctl.app.records import Attempt, Probed, Trial
from labctl.classify import Answer, DriveState, classify
from labctl.events import Event, QuotaSet
from labctl.figures.steps import Overshoot, Proof
from labctl.report.history import Write, settle
from labctl.report.proofs import prove
from labctl.report.writes import Writes

_Put = Attempt | Trial | Probed
_PROBED_PUTS = frozenset({"overwrite", "put-small", "put-large"})


@dataclass(slots=True)
class _Period:
    """The time under one quota; `until` is when the next was set."""

    quota: int
    begin: float
    until: float
    first: Proof | None = None
    refusal: Proof | None = None

    def add(self, source: str, put: _Put) -> None:
        """Take a put, whenever it was."""
        if self._has(put.started) and (self.first is None or put.started < self.first.time):
            what = f"{put.object} was the first put under the quota"
            self.first = prove(source, put.started, what, put.request_id)
        earlier = self.refusal is None or put.ended < self.refusal.time
        if self._has(put.ended) and earlier and _is_for_quota(put):
            what = f"{put.object} was refused: {put.status} {put.code}"
            self.refusal = prove(source, put.ended, what, put.request_id)

    def _has(self, time: float) -> bool:
        return self.begin <= time < self.until


class QuotaWatch:
    """To be given all events once, when it is known which quotas were set."""

    def __init__(self, quotas: Sequence[QuotaSet]) -> None:
        ordered = sorted(quotas, key=lambda quota: quota.time)
        ends = [*(quota.time for quota in ordered), inf][1:]
        self._periods = [
            _Period(quota.quota, quota.time, end)
            for quota, end in zip(ordered, ends, strict=True)
            if quota.quota is not None
        ]

    def note(self, event: Event) -> None:
        """Note the first put under each quota, and the first refusal."""
        match event.record:
            case Attempt() | Trial() as put if self._periods:
                self._take(event.source, put)
            case Probed() as put if self._periods and put.verb in _PROBED_PUTS:
                self._take(event.source, put)

    def _take(self, source: str, put: _Put) -> None:
        for period in self._periods:
            period.add(source, put)

    def figures(self, writes: Writes) -> Overshoot | None:
        """Of the newest quota that was enforced, else of the newest; None where none was set, or
        nothing was written that is known.

        What the bucket holds is worked out from all writes and DELETEs. A key that was overwritten
        counts once, with its newest size, as in a bucket without versions. What the bucket held
        beyond the quota before that was set was not accepted under it, and does not count.
        """
        enforced = [period for period in self._periods if period.refusal is not None]
        if not self._periods or next(writes.list_keys(), None) is None:
            return None
        period = (enforced or self._periods)[-1]
        time = period.refusal.time if period.refusal else period.until
        least, most = _hold(writes, time)
        least_before, most_before = _hold(writes, period.begin)
        return Overshoot(
            quota=period.quota,
            least=max(least - max(period.quota, most_before), 0),
            most=max(most - max(period.quota, least_before), 0),
            refused=period.refusal is not None,
            from_crossing=_since_crossing(period, writes),
            from_first_put=_since_first(period),
            proof=tuple(proof for proof in (period.first, period.refusal) if proof is not None),
        )


def _is_for_quota(put: _Put) -> bool:
    if put.status is None or put.code is None:
        return False
    return classify(Answer(status=put.status, code=put.code), DriveState()).reason == "quota"


def _since_first(period: _Period) -> float | None:
    if period.refusal is None or period.first is None:
        return None
    return period.refusal.time - period.first.time


def _since_crossing(period: _Period, writes: Writes) -> float | None:
    """Where the bucket held more already, the quota was crossed when it was set."""
    if period.refusal is None:
        return None
    crossed = _crossing(writes, period.quota, period.refusal.time)
    return None if crossed is None else period.refusal.time - max(crossed, period.begin)


def _hold(writes: Writes, time: float) -> tuple[int, int]:
    """The least and the most bytes that the bucket held at `time`."""
    least = most = 0
    for key in writes.list_keys():
        sizes = _sizes(writes.relevant(key, time, time), time)
        least += min(sizes)
        most += max(sizes)
    return least, most


def _sizes(writes: Sequence[Write], time: float) -> list[int]:
    """The sizes that an object may have had at `time`; 0: none."""
    final = settle(writes, time, time)
    may_be = (*final.newest, *final.possible, *final.unresolved)
    sizes = [write.bytes or 0 for write in may_be]
    return sizes if final.absent == "no" else [*sizes, 0]


def _crossing(writes: Writes, quota: int, until: float) -> float | None:
    """When the acknowledged bytes last came to be more than the quota; None: they are not."""
    times, changes = array("d"), array("q")
    for key in writes.list_keys():
        ended = ((w.ended, w.bytes or 0) for w in writes.each(key) if w.outcome == "ok")
        steps = [(0.0, 0), *sorted(step for step in ended if step[0] <= until)]
        for (_, before), (time, after) in pairwise(steps):
            times.append(time)
            changes.append(after - before)
    held, crossed = 0, None
    for number in sorted(range(len(times)), key=times.__getitem__):
        held += changes[number]
        if held <= quota:
            crossed = None
        elif crossed is None:
            crossed = times[number]
    return crossed
