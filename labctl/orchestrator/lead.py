"""What `labctl up` plays: the steps before the first upload, which it starts."""

from pathlib import Path

from labctl.engine.base import Engine
from labctl.evidence.runs import Redactor, RunFolder
from labctl.labfile.lab import steps_of
from labctl.labfile.load import LoadedLab
from labctl.orchestrator.choose import take_hold
from labctl.orchestrator.staging import on_stage, played_steps
from labctl.orchestrator.view import View
from labctl.setting import Setting
from labctl.steps.number import Numbered, number_steps
from labctl.steps.play import Playing


def play_lead(engine: Engine, loaded: LoadedLab, setting: Setting, view: View) -> None:
    """Play the steps before the first upload that have not been played, and start that upload.

    A lab whose first step is an upload has that started already; one without any plays nothing.
    Raises LabHeld, and LabFailed where a step fails.
    """
    lead = _lead(number_steps(steps_of(loaded.lab)))
    observed = engine.observe(loaded.name)
    done = played_steps(observed)
    todo = tuple(each for each in lead if each.number not in done)
    if todo:
        folder = RunFolder.open(Path(setting.evidence))
        take_hold(engine, observed, folder)
        secrets = Redactor(loaded.secrets)
        with on_stage(engine, loaded.lab, setting, folder, secrets, view, stays=True) as stage:
            _play(Playing(stage), todo)
    if lead and lead[-1].meanwhile:
        # The upload goes on when this command is over, and nobody plays other steps then.
        view.say(f"step {lead[-1].number}: its `meanwhile` is played by labctl run alone")


def _lead(steps: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    """The steps up to the first upload; none where there is no upload."""
    first = next((n for n, each in enumerate(steps) if each.step.upload), -1)
    return steps[: first + 1]


def _play(playing: Playing, steps: tuple[Numbered, ...]) -> None:
    for each in steps:
        if each.step.upload:
            playing.start_upload(each)
        else:
            playing.play(each)
