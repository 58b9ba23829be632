"""`wait`: until something has come about."""

import threading
import time
from collections.abc import Callable

from labctl import players
from labctl.app.records import DriveSample
from labctl.engine.base import LogLine
from labctl.errors import LabctlError
from labctl.events import parse_record
from labctl.labfile.lab import Folder, Lab
from labctl.labfile.verbs import Wait
from labctl.readiness import check_running
from labctl.steps.scene import Scene

_EVERY = {"writable": 0.1, "quota-armed": 0.5}
"""Seconds between two puts that find out. Those that a quota lets in fill the trash."""
_LATE = 3
"""How the waiter ends where its time is over."""
_START = 10.0
"""Seconds that a container may take to start and to end."""
_TICK = 0.05


def play(wait: Wait, scene: Scene) -> None:
    """Wait. Raises LabFailed where it has not come within the step's time."""
    if wait.writable is not None:
        _try_puts(scene, "writable", wait.writable)
    elif wait.quota_armed:
        _try_puts(scene, "quota-armed", next_size(scene.stage.lab, scene.number))
    else:
        scene.mark()
        _watch(wait, scene)


def next_size(lab: Lab, number: int) -> int:
    """Bytes of the first object of the next upload, or of the lab's first group."""
    later = (step.upload for n, (_, step) in sorted(lab.numbered().items()) if n > number)
    upload = next((found for found in later if found is not None), None)
    names = upload.groups if upload and upload.groups else tuple(lab.files)
    group = lab.files[names[0]]
    return lab.client.part_size if isinstance(group, Folder) else group.size


def _try_puts(scene: Scene, until: str, size: int) -> None:
    task = players.wait_task(scene.stage.lab, until, size, _EVERY[until], scene.within)
    grace = scene.stage.lab.client.timeout + _START
    if scene.perform(scene.program(task), failing=(_LATE,), grace=grace) == _LATE:
        what = "no put was accepted" if until == "writable" else "no put was refused for the quota"
        raise scene.late(what)


def _watch(wait: Wait, scene: Scene) -> None:
    stage = scene.stage
    if wait.seconds is not None:
        scene.rest(wait.seconds)
    elif wait.drive_used is not None:
        enough = _is_used(wait.drive_used, scene.drives)
        # Only samples to come: those of before may be of a drive that has been freed since.
        if not _comes(scene, stage.observer, enough, tail=0):
            raise scene.late(f"no drive was {wait.drive_used:.0%} full")
    elif wait.log is not None:
        text = wait.log
        if not _comes(scene, stage.server, lambda line: text in line.text):
            raise scene.late(f"MinIO's log did not hold {text!r}")


def _is_used(share: float, drives: tuple[str, ...]) -> Callable[[LogLine], bool]:
    def enough(line: LogLine) -> bool:
        match parse_record(line.text):
            case DriveSample(drive=drive, size=size, free=free) if drive in drives:
                return size - free >= share * size
        return False

    return enough


def _comes(
    scene: Scene, name: str, wanted: Callable[[LogLine], bool], *, tail: int | None = None
) -> bool:
    """Whether a line that is wanted comes out of a container in time. Raises Unhealthy where the
    container has ended."""
    stream = scene.stage.engine.logs(name, follow=True, tail=tail)
    came, ended = threading.Event(), threading.Event()

    def read() -> None:
        try:
            if any(wanted(line) for line in stream):
                came.set()
        except LabctlError:
            return
        finally:
            ended.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        _await(scene, ended)
    finally:
        stream.close()
    if not came.is_set():
        check_running(scene.stage.engine, name)
    return came.is_set()


def _await(scene: Scene, ended: threading.Event) -> None:
    until = time.monotonic() + scene.within
    while not ended.wait(_TICK) and time.monotonic() < until:
        scene.stage.rest(0)
