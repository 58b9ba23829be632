"""How long it took until a bucket took objects again. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labctl.app.records import Aborted, Attempt, Deletion, DriveChanged, Probed
from labctl.events import Event, QuotaSet, StepEnded
from labctl.figures.steps import Proof, WritableAgain
from labctl.report.frame import Frame
from labctl.report.played import Played, WaitSums
from labctl.report.proofs import prove
from labctl.threshold import is_full

_RESTARTS = frozenset({"restart", "kill"})
_QUOTA_CODE = "XMinioAdminBucketQuotaExceeded"


@dataclass(frozen=True, slots=True)
class _Moment:
    """Something that freed space, or that proves that there was some."""

    time: float
    name: str | None = None
    proof: Proof | None = None


@dataclass(slots=True)
class _Wait:
    """`full` is when there was no room for such a put first: what went before freed nothing."""

    source: str
    sums: WaitSums
    full: float
    since: _Moment
    accepted: _Moment | None = None

    @property
    def until(self) -> float:
        """When it was over: its first put that was acknowledged, or its last one."""
        return self.sums.accepted.ended if self.sums.accepted else self.sums.ended

    def note_freed(self, moment: _Moment) -> None:
        if moment.time < self.full:
            return
        if self.since.time <= moment.time <= self.until or (
            self.since.proof is None and moment.time <= self.until
        ):
            self.since = moment


class Waits:
    """To be given all events twice: to `note_freed`, then to `note_put`. `refused` is when a client
    was refused an object first."""

    def __init__(self, played: Played, frame: Frame, refused: float) -> None:
        self._played = played
        earliest = min([refused, *(sums.refused for sums in played.waits.values())])
        self._waits = [
            _Wait(source, sums, _full_since(frame, sums.bytes, earliest), _Moment(sums.began))
            for source, sums in played.waits.items()
            if _is_for_writes(played.text_of(source), sums)
        ]
        for quota in _list_raised(played.quotas):
            self._note(_Moment(quota.time, "quota", prove("labctl", quota.time, "a higher quota")))

    def note_freed(self, event: Event) -> None:
        """Note the last thing that freed space before each wait's end."""
        moment = _freed(event) if self._waits else None
        if moment is not None:
            self._note(moment)

    def _note(self, moment: _Moment) -> None:
        for wait in self._waits:
            wait.note_freed(moment)

    def note_put(self, event: Event) -> None:
        """Note clients' puts that were accepted before the wait's own."""
        match event.record:
            case Attempt(outcome="ok") as put:
                for wait in self._waits:
                    _note_put(wait, event.source, put)

    def figures(self) -> tuple[WritableAgain, ...]:
        """In the order of their steps."""
        found = (_figures(wait, self._played.step_of(wait.source)) for wait in self._waits)
        return tuple(sorted(found, key=lambda wait: wait.step))


def _is_for_writes(text: str, sums: WaitSums) -> bool:
    """Whether a wait was for the bucket to take objects, and not for its quota."""
    return "quota" not in text if text else _QUOTA_CODE not in sums.refusals


def _full_since(frame: Frame, size: int, refused: float) -> float:
    """When a put of `size` bytes was refused first, or would have been by MinIO's own check."""
    times = (time for history in frame.drives.values() for time in history.times)
    for time in sorted(time for time in times if time < refused):
        drives = frame.state(time).drives
        if is_full([(drive.free, drive.size) for drive in drives], size):
            return time
    return refused


def _list_raised(quotas: Sequence[QuotaSet]) -> Iterator[QuotaSet]:
    """Those quotas that let more in than the one before."""
    for before, after in pairwise(sorted(quotas, key=lambda quota: quota.time)):
        if before.quota is not None and (after.quota is None or after.quota > before.quota):
            yield after


def _freed(event: Event) -> _Moment | None:
    source = event.source
    match event.record:
        case Deletion(outcome="ok") as done:
            name, time, what = "delete", done.ended, f"{done.object} was deleted"
        case Aborted(outcome="ok") as done:
            name, time, what = "abort", done.ended, f"an upload of {done.object} was aborted"
        case Probed(verb="delete", works=True) as call:
            name, time, what = "delete", call.ended, f"{call.object} was deleted by a probe"
        case DriveChanged(what="ballast") as change if change.after < change.before:
            name, time, what = "ballast", change.time, f"less ballast on {change.drive}"
        case DriveChanged(what="grow") as change if change.after > change.before:
            name, time, what = "grow", change.time, f"{change.drive} has grown"
        case StepEnded() as step if step.verb in _RESTARTS:
            name, time, what = "restart", step.time, f"{step.verb} of the server"
        case _:
            return None
    return _Moment(time, name, prove(source, time, what))


def _note_put(wait: _Wait, source: str, put: Attempt) -> None:
    in_time = wait.since.time <= put.started and put.ended <= wait.until
    if in_time and put.bytes >= wait.sums.bytes:
        old = wait.accepted
        if old is None or put.ended < old.time:
            what = f"{put.object} was acknowledged"
            wait.accepted = _Moment(put.ended, None, prove(source, put.ended, what, put.request_id))


def _figures(wait: _Wait, step: int) -> WritableAgain:
    own = wait.sums.accepted
    accepted = wait.accepted
    if accepted is None and own is not None:
        what = f"{own.object} was acknowledged"
        proof = prove(wait.source, own.ended, what, own.request_id)
        accepted = _Moment(own.ended, None, proof)
    proofs = (wait.since.proof, accepted.proof if accepted else None)
    return WritableAgain(
        step=step,
        bytes=wait.sums.bytes,
        since=wait.since.name,
        seconds=accepted.time - wait.since.time if accepted else None,
        tried=wait.sums.ended - wait.since.time,
        refusals=dict(sorted(wait.sums.refusals.items())),
        proof=tuple(proof for proof in proofs if proof is not None),
    )
