"""`delete`: objects are deleted through S3."""

from labctl import players
from labctl.labfile.verbs import Delete
from labctl.steps.scene import Scene


def play(delete: Delete, scene: Scene) -> None:
    """Delete; what is refused is for expectations to judge."""
    scene.perform(scene.program(players.delete_task(scene.stage.lab, delete)))
