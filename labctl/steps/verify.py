"""`verify`: the shards of every object are counted, then every object is read back."""

from labctl import labels, players
from labctl.labfile.verbs import Verify
from labctl.resources import Mount
from labctl.setting import FILES_ROOT
from labctl.steps.history import read_history
from labctl.steps.scene import Scene


def play(verify: Verify, scene: Scene) -> None:
    """Read back. Raises LabFailed where the server cannot be reached, or it takes too long."""
    stage = scene.stage
    history = read_history(stage.engine, stage.setting.lab)
    everything = verify.what == "all"
    only = None if everything else history.acknowledged()
    groups = players.groups_of(stage.lab, (), only)
    task = players.verify_task(stage.lab, groups, history.writers, listed=everything)
    scene.perform(scene.program(task, _mounts(scene)))


def _mounts(scene: Scene) -> tuple[Mount, ...]:
    """The drives and the user's own files, for reading."""
    setting, lab = scene.stage.setting, scene.stage.lab
    drives = players.drive_mounts(setting, lab.minio.drive_sizes(), read_only=True)
    files = Mount(setting.name(labels.FILES), FILES_ROOT, read_only=True)
    return (*drives, files) if players.has_files(lab) else drives
