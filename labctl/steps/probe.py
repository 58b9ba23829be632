"""`probe`: every kind of call is tried once."""

from labctl import players
from labctl.labfile.verbs import Probe
from labctl.steps.history import read_history
from labctl.steps.scene import Scene


def play(probe: Probe, scene: Scene) -> None:
    """Try every call, reads on an object that is stored."""
    stage = scene.stage
    existing = read_history(stage.engine, stage.setting.lab).stored()
    scene.perform(scene.program(players.probe_task(stage.lab, probe, existing)))
