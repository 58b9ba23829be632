"""Following a client until it ends, with an eye on the server."""

import threading
import time

from labctl.engine.base import Engine
from labctl.errors import EngineTimeout, LabctlError, LabFailed
from labctl.events import Event
from labctl.evidence.collect import as_record
from labctl.labels import OBSERVER, UPLOADER, resource_name
from labctl.logs import Follower
from labctl.orchestrator.view import View
from labctl.readiness import check_running
from labctl.report.progress import Progress
from labctl.units import show_duration

_LONGEST = 7 * 86400.0
_TICK = 0.25
_LOOK_EVERY = 1.0


def follow_client(
    engine: Engine, lab: str, client: str, server: str, view: View, *, within: float | None = None
) -> int:
    """Tell `view` what a client does until it ends; its exit code.

    Raises Unhealthy where the server ends meanwhile, LabFailed where the client takes more than
    `within` seconds, and what the engine raises.
    """
    roles = {UPLOADER: client, OBSERVER: resource_name(lab, OBSERVER)}
    began = time.time()
    follower = Follower(
        {
            UPLOADER: engine.logs(roles[UPLOADER], follow=True),
            OBSERVER: engine.logs(roles[OBSERVER], follow=True, since=began),
        }
    )
    progress = Progress()
    end = _End(engine, client, within or _LONGEST)
    threading.Thread(target=_read, args=(follower, progress), daemon=True).start()
    try:
        _watch(engine, server, end, progress, view)
    finally:
        follower.close()
    return end.result(within)


class _End:
    """A thread that waits for a container's end."""

    def __init__(self, engine: Engine, name: str, timeout: float) -> None:
        self.came = threading.Event()
        self._name = name
        self._found: int | LabctlError | None = None
        threading.Thread(target=self._wait, args=(engine, timeout), daemon=True).start()

    def result(self, within: float | None) -> int:
        """The exit code. Raises LabFailed where the time limit came first."""
        if isinstance(self._found, EngineTimeout) and within is not None:
            raise LabFailed(
                f"{self._name} did not end within {show_duration(within)}",
                "give the step longer with `within:`, or see its log in the evidence",
            )
        if isinstance(self._found, int):
            return self._found
        raise self._found or LabFailed(f"nobody knows how {self._name} ended")

    def _wait(self, engine: Engine, timeout: float) -> None:
        try:
            self._found = engine.wait(self._name, timeout)
        except LabctlError as error:
            self._found = error
        finally:
            self.came.set()


def _read(follower: Follower, progress: Progress) -> None:
    try:
        for found in follower:
            progress.add(Event(found.role, as_record(found.line)))
    except LabctlError:
        # Only the live line suffers: the evidence is collected from the whole log later.
        return


def _watch(engine: Engine, server: str, end: _End, progress: Progress, view: View) -> None:
    next_look = time.monotonic() + _LOOK_EVERY
    while not end.came.wait(_TICK):
        view.progress(progress.text())
        if time.monotonic() >= next_look:
            check_running(engine, server)
            next_look = time.monotonic() + _LOOK_EVERY
    view.progress(progress.text())
