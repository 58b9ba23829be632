"""`upload`: a client sends files."""

from labctl import labels, players
from labctl.errors import LabFailed
from labctl.execute import entries
from labctl.labfile.verbs import Upload
from labctl.players import Ranges
from labctl.resources import Container
from labctl.setting import FILES_ROOT
from labctl.steps.history import History, read_history
from labctl.steps.scene import Scene

_BY_ITSELF = tuple(range(256))
"""How a client ends is for expectations to judge, not for the step."""


def play(upload: Upload, scene: Scene) -> None:
    """Send, and return when the client has ended. Raises LabFailed where it takes too long."""
    start(upload, scene)
    attend(scene)


def start(upload: Upload, scene: Scene) -> None:
    """Make and start the client; the first takes the user's own files along."""
    container = _client(upload, scene)
    scene.make(container)
    if scene.role == labels.UPLOADER and players.has_files(scene.stage.lab):
        _copy_files(scene, container.name)
    scene.stage.engine.start(container.name)


def _copy_files(scene: Scene, name: str) -> None:
    stage = scene.stage
    if not stage.setting.folders:
        lab = stage.setting.lab
        told = f"the files of lab {lab} are yet to be copied, and only its lab file says from where"
        raise LabFailed(told, "go on with `labctl up FILE`")
    stage.engine.put(name, FILES_ROOT, entries(stage.setting.folders))


def attend(scene: Scene) -> None:
    """Follow a client that was started to its end."""
    scene.attend(scene.stage.setting.name(scene.role), failing=_BY_ITSELF)


def _client(upload: Upload, scene: Scene) -> Container:
    stage = scene.stage
    looks_back = upload.resend or upload.parts == "complete"
    history = read_history(stage.engine, stage.setting.lab) if looks_back else History()
    only = _only(upload, scene, history) if upload.resend else None
    return players.uploader(
        stage.lab, stage.setting, scene.number, upload, only=only, writers=history.writers
    )


def _only(upload: Upload, scene: Scene, history: History) -> Ranges:
    """The objects that are sent again, of whatever group."""
    if upload.resend == "unacknowledged":
        return history.unacknowledged(scene.stage.lab.files)
    return history.refused()
