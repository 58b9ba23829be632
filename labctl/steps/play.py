"""Plays steps: tells of each, plays others meanwhile, and undoes what is to last a while."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labctl.errors import LabctlError, LabFailed, StepStopped
from labctl.events import StepEnded
from labctl.labfile.step import Step
from labctl.labfile.verbs import (
    Ballast,
    Delete,
    Grow,
    Probe,
    Quota,
    Upload,
    Verb,
    Verify,
    Wait,
)
from labctl.players import role_of
from labctl.steps import delete, drives, probe, quota, upload, verify, wait
from labctl.steps.number import Numbered, begun
from labctl.steps.scene import Scene, Stage

WITHIN = {"upload": 3600.0, "verify": 3600.0, "delete": 3600.0}
"""Time limits of steps that name none, in seconds; of all others it is OTHERS_WITHIN."""
OTHERS_WITHIN = 600.0
_UNDO_WITHIN = 60.0
_UNDO_EARLY_WITHIN = 10.0
"""The same in seconds, where somebody waits for the command to end."""
_PLAYERS: dict[type[Verb], Callable[[Any, Scene], None]] = {
    Upload: upload.play,
    Verify: verify.play,
    Probe: probe.play,
    Delete: delete.play,
    Ballast: drives.play_ballast,
    Grow: drives.play_grow,
    Quota: quota.play,
    Wait: wait.play,
}


@dataclass(frozen=True, slots=True)
class Playing:
    """Plays steps on a stage. `started` are numbers of uploads whose client runs already, and since
    when, in epoch seconds."""

    stage: Stage
    started: Mapping[int, float] = field(default_factory=dict)

    def play(self, numbered: Numbered, parent: int | None = None) -> None:
        """Play one step and what is played meanwhile. When one of them fails, the others are told
        to end; what it raised is raised."""
        scene = self._scene(numbered)
        earlier = 0.0
        if numbered.number in self.started:
            earlier = time.time() - self.started[numbered.number]
        else:
            self.stage.tell(begun(self.stage.lab, numbered, parent))
        began = time.monotonic()
        error: str | None = None
        try:
            self._play_all(numbered, scene)
        except BaseException as raised:
            error = str(raised)
            raise
        finally:
            seconds = round(earlier + time.monotonic() - began, 6)
            self.stage.tell(StepEnded(time.time(), scene.number, scene.step.name, seconds, error))

    def start_upload(self, numbered: Numbered) -> None:
        """Start the client of an upload and do not wait for it."""
        scene = self._scene(numbered)
        self.stage.tell(begun(self.stage.lab, numbered))
        upload.start(_upload_of(numbered), scene)

    def _play_all(self, numbered: Numbered, scene: Scene) -> None:
        aside = _Meanwhile(self, numbered)
        errors: list[BaseException] = []
        try:
            self._play_verb(scene)
            aside.join()
        except BaseException as error:
            self.stage.stop.set()
            errors.append(error)
            aside.join()
        errors += aside.errors
        if errors:
            raise min(errors, key=lambda error: isinstance(error, StepStopped))

    def _play_verb(self, scene: Scene) -> None:
        verb = scene.step.verb
        if scene.number in self.started:
            upload.attend(scene)
        elif scene.step.lasting is None:
            _PLAYERS[type(verb)](verb, scene)
        else:
            try:
                _last(scene, scene.step.lasting)
                _undo(scene, f"{scene.role}-undo", _UNDO_WITHIN)
            except BaseException:
                if self.stage.say_undone is not None:
                    _undo_at_once(scene, self.stage.say_undone)
                raise

    def _scene(self, numbered: Numbered) -> Scene:
        step, number = numbered.step, numbered.number
        role = role_of(self.stage.lab, number, step.name)
        left = self.stage.deadline - time.monotonic()
        if left <= 0:
            raise LabFailed(
                f"the time of the run was over before step {number}, {step}",
                "give it longer with --within",
            )
        return Scene(self.stage, number, step, role, min(time_limit(step), left))


class _Meanwhile:
    """A thread that plays steps one after the other; without any it does nothing."""

    def __init__(self, playing: Playing, parent: Numbered) -> None:
        self._playing = playing
        self._parent = parent
        self.errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._play, name="meanwhile", daemon=True)
        if parent.meanwhile:
            self._thread.start()

    def join(self) -> None:
        """Wait until all have been played."""
        if self._parent.meanwhile:
            self._thread.join()

    def _play(self) -> None:
        try:
            for inner in self._parent.meanwhile:
                self._playing.play(inner, self._parent.number)
        except BaseException as error:  # raised where the step is played
            self.errors.append(error)
            self._playing.stage.stop.set()


def time_limit(step: Step | None) -> float:
    """How many seconds a step may take; what it is to last comes on top where none was given. Of a
    step that is not known any more, the longest."""
    if step is None:
        return max(WITHIN.values())
    lasts = step.lasting or (step.wait.seconds if step.wait else None) or 0.0
    return step.within or WITHIN.get(step.name, OTHERS_WITHIN) + lasts


def _last(scene: Scene, seconds: float) -> None:
    """Set what is to last, and let it last."""
    verb = scene.step.verb
    _PLAYERS[type(verb)](verb, scene)
    if not (isinstance(verb, Ballast) and verb.keep):
        scene.rest(seconds)


def _undo(scene: Scene, role: str, within: float) -> None:
    back: Verb = Ballast(size=0) if isinstance(scene.step.verb, Ballast) else Quota(size=None)
    undone = Scene(scene.stage, scene.number, scene.step, role, within)
    _PLAYERS[type(back)](back, undone)


def _undo_at_once(scene: Scene, say: Callable[[str], None]) -> None:
    """Undo what a step has set that is cut short. Its stage may have been told to end; a container
    that was undoing it already may stand there."""
    anew = replace(scene, stage=replace(scene.stage, stop=threading.Event()))
    began = f"step {scene.number}, {scene.step}: cut short"
    try:
        _undo(anew, f"{scene.role}-undo-early", _UNDO_EARLY_WITHIN)
    except LabctlError as error:
        say(f"{began}; what it set may still be there: {error.message}")
    else:
        say(f"{began}; what it set was undone")


def _upload_of(numbered: Numbered) -> Upload:
    if numbered.step.upload is None:
        raise ValueError(f"step {numbered.number} is no upload")
    return numbered.step.upload
