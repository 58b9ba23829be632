"""The first reading of what steps did: which were played, and the sums of their programs."""

from dataclasses import dataclass, field

from labctl.app.records import (
    Attempt,
    Deletion,
    DriveContents,
    HealthSeen,
    Probed,
    ReadBack,
    Shards,
    TaskEnded,
    TaskStarted,
    Trial,
)
from labctl.events import Event, QuotaSet, StepEnded, StepStarted
from labctl.figures.steps import Deletions, Leftovers, Probe, Stall, StepFigures, Tried
from labctl.report.proofs import prove

_VERIFIER = "verifier"
_FAULTS = frozenset({"kill", "restart", "pause", "disconnect"})


@dataclass(slots=True)
class WaitSums:
    """What one wait tried. `accepted` is its first put that was acknowledged, `refused` when it met
    a refusal first."""

    bytes: int = 0
    began: float = float("inf")
    ended: float = 0.0
    accepted: Trial | None = None
    puts: int = 0
    got_in: int = 0
    removed: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    refused: float = float("inf")

    def add(self, trial: Trial) -> None:
        """Take one put of it."""
        self.bytes = max(self.bytes, trial.bytes)
        self.puts += 1
        self.got_in += trial.outcome == "ok"
        self.removed += trial.removed
        self.began, self.ended = min(self.began, trial.started), max(self.ended, trial.ended)
        if trial.outcome != "ok":
            code = trial.code or (trial.error or "no answer").partition(":")[0]
            self.refusals[code] = self.refusals.get(code, 0) + 1
            self.refused = min(self.refused, trial.ended)
        elif self.accepted is None or trial.ended < self.accepted.ended:
            self.accepted = trial


@dataclass(slots=True)
class Played:
    """To be given all events, each once, in any order."""

    steps: dict[int, StepStarted] = field(default_factory=dict)
    ends: dict[int, StepEnded] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    quotas: list[QuotaSet] = field(default_factory=list)
    waits: dict[str, WaitSums] = field(default_factory=dict)
    stall: Stall | None = None
    _started: dict[str, TaskStarted] = field(default_factory=dict)
    _ended: dict[str, TaskEnded] = field(default_factory=dict)
    _verifies: dict[str, float] = field(default_factory=dict)
    _contents: dict[str, dict[str, DriveContents]] = field(default_factory=dict)
    _calls: dict[str, list[Probed]] = field(default_factory=dict)
    _health: dict[str, list[HealthSeen]] = field(default_factory=dict)
    _deletions: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Take the next event."""
        source = event.source
        match event.record:
            case Attempt() as attempt:
                self._note_silence(source, attempt)
            case StepStarted() as begun:
                self.steps[begun.step] = begun
                if begun.role is not None:
                    self.roles[begun.role] = begun.step
            case StepEnded() as ended:
                self.ends[ended.step] = ended
            case QuotaSet() as quota:
                self.quotas.append(quota)
            case TaskStarted() as task:
                self._started[source] = task
                if task.program == _VERIFIER:
                    self._note_verify(source, task.time)
            case TaskEnded() as task:
                self._ended[source] = task
            case _:
                self._note_result(source, event)

    def _note_result(self, source: str, event: Event) -> None:
        match event.record:
            case ReadBack() as read:
                self._note_verify(source, read.started)
            case Shards() as shards:
                self._note_verify(source, shards.time)
            case DriveContents() as contents:
                drives = self._contents.setdefault(source, {})
                if contents.drive not in drives or drives[contents.drive].time < contents.time:
                    drives[contents.drive] = contents
            case Probed() as call:
                self._calls.setdefault(source, []).append(call)
            case HealthSeen() as seen:
                self._health.setdefault(source, []).append(seen)
            case Deletion() as call:
                tried, done = self._deletions.get(source, (0, 0))
                self._deletions[source] = (tried + 1, done + (call.outcome == "ok"))
            case Trial() as trial:
                self.waits.setdefault(source, WaitSums()).add(trial)

    def _note_verify(self, source: str, time: float) -> None:
        self._verifies[source] = min(time, self._verifies.get(source, time))

    def _note_silence(self, source: str, attempt: Attempt) -> None:
        """An attempt that was sent and never answered was silent for all its time."""
        seconds = attempt.silence
        if attempt.status is None and attempt.outcome != "fail":
            seconds = max(seconds, attempt.ended - attempt.started)
        old = self.stall
        if old is None or (seconds, -attempt.started) > (old.seconds, -old.proof.time):
            what = f"{attempt.object}, attempt {attempt.attempt}"
            self.stall = Stall(seconds, prove(source, attempt.started, what, attempt.request_id))

    def step_of(self, source: str) -> int:
        """The number of the step that a container plays; 0 where nothing tells."""
        last = source.rpartition("-")[2]
        return self.roles.get(source, int(last) if last.isdecimal() else 0)

    def text_of(self, source: str) -> str:
        """The step that a container plays, in the lab file's words; empty where nothing tells."""
        begun = self.steps.get(self.roles.get(source, 0))
        return begun.text if begun is not None else ""

    def is_whole(self, source: str) -> bool:
        """Whether a program came to its end."""
        ended = self._ended.get(source)
        return ended is not None and ended.reason == "done"

    def began(self, source: str) -> float | None:
        """When a program had reached the server."""
        started = self._started.get(source)
        return started.time if started is not None else None

    @property
    def verify(self) -> str | None:
        """The container of the newest verify."""
        found = ((time, source) for source, time in self._verifies.items())
        return max(found, default=(0.0, None))[1]

    @property
    def faults(self) -> tuple[tuple[float, float], ...]:
        """From when to when steps had the server down or paused, or cut off."""
        found = [begun for begun in self.steps.values() if begun.verb in _FAULTS]
        ends = (self.ends.get(begun.step) for begun in found)
        return tuple(
            (begun.time, end.time if end is not None else float("inf"))
            for begun, end in zip(found, ends, strict=True)
        )

    def figures(self) -> tuple[StepFigures, ...]:
        """The steps by their numbers."""
        return tuple(self._figures(begun) for _, begun in sorted(self.steps.items()))

    def _figures(self, begun: StepStarted) -> StepFigures:
        end = self.ends.get(begun.step)
        return StepFigures(
            step=begun.step,
            verb=begun.verb,
            text=begun.text,
            role=begun.role,
            parent=begun.parent,
            started=begun.time,
            seconds=end.seconds if end is not None else None,
            error=end.error if end is not None else None,
        )

    def leftovers(self) -> Leftovers | None:
        """Of the newest verify."""
        found = self._contents.get(self.verify or "")
        return Leftovers(tuple(drive for _, drive in sorted(found.items()))) if found else None

    def deletions(self) -> tuple[Deletions, ...]:
        """In the order of their steps."""
        found = (Deletions(self.step_of(source), *sums) for source, sums in self._deletions.items())
        return tuple(sorted(found, key=lambda each: each.step))

    def tried(self) -> tuple[Tried, ...]:
        """In the order of their steps."""
        found = (
            Tried(self.step_of(source), sums.bytes, sums.puts, sums.got_in, sums.removed)
            for source, sums in self.waits.items()
        )
        return tuple(sorted(found, key=lambda each: each.step))

    def probes(self) -> tuple[Probe, ...]:
        """In the order of their steps."""
        return tuple(sorted(map(self._probe, self._calls), key=lambda probe: probe.step))

    def _probe(self, source: str) -> Probe:
        calls = sorted(self._calls[source], key=lambda call: (call.started, call.verb))
        health = sorted(self._health.get(source, ()), key=lambda seen: (seen.time, seen.endpoint))
        return Probe(self.step_of(source), tuple(calls), tuple(health), self.is_whole(source))
