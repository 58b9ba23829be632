"""The stage on which steps are played: a lab that is up, and where its events go."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from labctl.engine.base import Engine
from labctl.events import Event, Record, StepEnded, StepStarted
from labctl.evidence.runs import EventWriter, Redactor, RunFolder
from labctl.labfile.lab import Lab
from labctl.orchestrator.view import View
from labctl.setting import Setting
from labctl.steps.scene import Stage
from labctl.units import show_duration


@contextmanager
def on_stage(  # noqa: PLR0913
    engine: Engine,
    lab: Lab,
    setting: Setting,
    folder: RunFolder,
    secrets: Redactor,
    view: View,
    *,
    deadline: float = math.inf,
    stays: bool = False,
) -> Iterator[Stage]:
    """A stage whose events go into `folder`, and in words to `view`. When it is left, steps that
    are still played meanwhile are told to end. `stays`: the lab is up after a failure too."""
    stop = threading.Event()
    with folder.writer(secrets) as writer:
        teller = _Teller(writer, view, lab)
        try:
            undone = view.say if stays else None
            yield Stage(engine, lab, setting, teller.tell, view.progress, stop, deadline, undone)
        finally:
            stop.set()


class _Teller:
    """Writes events down, and says of each step when it has ended."""

    def __init__(self, writer: EventWriter, view: View, lab: Lab) -> None:
        self._writer = writer
        self._view = view
        self._texts = {number: str(step) for number, (_, step) in lab.numbered().items()}

    def tell(self, record: Record) -> None:
        """Take an event of labctl's own."""
        self._writer.write(Event("labctl", record))
        match record:
            case StepStarted():
                self._texts[record.step] = record.text
                self._view.progress(f"step {record.step}, {record.text}")
            case StepEnded():
                text = self._texts.get(record.step, record.verb)
                # What went wrong is told once, as the error that the command ends with.
                end = "failed" if record.error else show_duration(record.seconds)
                self._view.say(f"step {record.step}, {text}: {end}")
