"""What `labctl up` plays: the steps before the first upload, which it starts."""

from collections.abc import Sequence
from pathlib import Path

from labctl.engine.base import Engine
from labctl.evidence.runs import Redactor, RunFolder
from labctl.labfile.load import LoadedLab
from labctl.orchestrator.choose import take_hold
from labctl.orchestrator.staging import on_stage
from labctl.orchestrator.view import View
from labctl.resources import Observed
from labctl.setting import Setting
from labctl.steps.number import Numbered
from labctl.steps.play import Playing


def play_lead(
    engine: Engine,
    loaded: LoadedLab,
    setting: Setting,
    observed: Observed,
    steps: Sequence[Numbered],
    view: View,
) -> None:
    """Play steps before the first upload, and start that upload.

    Raises LabHeld, and LabFailed where a step fails.
    """
    folder = RunFolder.open(Path(setting.evidence))
    take_hold(engine, observed, folder)
    secrets = Redactor(loaded.secrets)
    with on_stage(engine, loaded.lab, setting, folder, secrets, view, stays=True) as stage:
        playing = Playing(stage)
        for each in steps:
            if each.step.upload:
                playing.start_upload(each)
            else:
                playing.play(each)
