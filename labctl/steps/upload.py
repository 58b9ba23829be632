"""`upload`: a client sends files."""

from labctl import players
from labctl.app.records import UploadEnded
from labctl.events import parse_record
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
    """Make and start the client."""
    stage = scene.stage
    container = _client(upload, scene)
    stage.engine.create(container)
    if stage.setting.folders and scene.role == "uploader":
        stage.engine.put(container.name, FILES_ROOT, entries(stage.setting.folders))
    stage.engine.start(container.name)


def attend(scene: Scene) -> None:
    """Follow a client that was started to its end."""
    scene.attend(scene.stage.setting.name(scene.role), failing=_BY_ITSELF)


def has_ended(lines: list[str]) -> bool:
    """Whether a client's output holds its sum."""
    return any(isinstance(parse_record(line), UploadEnded) for line in lines)


def _client(upload: Upload, scene: Scene) -> Container:
    stage = scene.stage
    looks_back = upload.resend or upload.parts == "complete"
    history = read_history(stage.engine, stage.setting.lab) if looks_back else History()
    only = _only(upload, scene, history) if upload.resend else None
    return players.uploader(
        stage.lab, stage.setting, scene.number, upload, only=only, writers=history.writers
    )


def _only(upload: Upload, scene: Scene, history: History) -> Ranges:
    """The objects that are sent again."""
    groups = upload.groups or tuple(scene.stage.lab.files)
    if upload.resend == "unacknowledged":
        return history.unacknowledged(groups)
    return {group: found for group, found in history.refused().items() if group in groups}
