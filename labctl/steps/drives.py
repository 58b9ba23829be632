"""`ballast` and `grow`: a helper's hand on the drives, outside of MinIO."""

from labctl import players
from labctl.app.task import HandTask
from labctl.blueprint import server_memory
from labctl.labfile.verbs import Ballast, Grow
from labctl.setting import drive_path
from labctl.steps.scene import Scene


def play_ballast(ballast: Ballast, scene: Scene) -> None:
    """Make the file that fills the drives, smaller or larger than it was."""
    keep = scene.step.lasting if ballast.keep else None
    task = HandTask("ballast", _paths(scene), ballast.fixed, ballast.share, keep)
    # Pages of a tmpfs count against whoever writes them.
    sizes = scene.stage.sizes()
    _perform(scene, task, sum(sizes[drive] for drive in scene.drives))


def play_grow(grow: Grow, scene: Scene) -> None:
    """Let MinIO have the memory, then mount the drives anew, larger."""
    stage = scene.stage
    sizes = stage.sizes() | dict.fromkeys(scene.drives, grow.size)
    stage.engine.limit_memory(stage.server, server_memory(sum(sizes.values())))
    _perform(scene, HandTask("grow", _paths(scene), grow.size), 0)


def _paths(scene: Scene) -> dict[str, str]:
    return {drive: drive_path(drive) for drive in scene.drives}


def _perform(scene: Scene, task: HandTask, memory: int) -> None:
    setting = scene.stage.setting
    scene.perform(players.hand(setting, scene.number, scene.role, task, memory))
