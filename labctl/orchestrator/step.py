"""`labctl step`: play steps on a lab that is up."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labctl import labels
from labctl.blueprint import blueprint, read_lab_label
from labctl.engine.base import Engine
from labctl.errors import Conflict, LabFailed, LabHeld, UsageError
from labctl.events import Event, StepStarted
from labctl.evidence.collect import as_record, redactor
from labctl.evidence.runs import Redactor, RunFolder
from labctl.labfile.lab import Lab
from labctl.labfile.step_text import load_step
from labctl.orchestrator.choose import check_unheld, choose_lab, evidence_of
from labctl.orchestrator.staging import on_stage, played_steps
from labctl.orchestrator.view import View
from labctl.owner import this_process
from labctl.report.judge import judge_step
from labctl.report.steps import summarize_step
from labctl.resources import Observed, SeenContainer, State
from labctl.setting import MINIO, RunImage, Setting
from labctl.steps.play import Numbered, Playing, last_number, number_steps, steps_of
from labctl.steps.scene import Stage, drive_sizes

if TYPE_CHECKING:
    from labctl.checks import Verdict
    from labctl.figures import Summary


@dataclass(frozen=True, slots=True)
class StepOptions:
    """Which step: a text, or of the lab's own the next (`following` 1) or all that are left."""

    lab: str | None
    runs: Path
    text: str | None = None
    following: float = 1


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that was played, and what it came to."""

    lab: str
    number: int
    text: str
    summary: "Summary"
    verdict: "Verdict"


@dataclass(frozen=True, slots=True)
class LiveLab:
    """A lab that is up: its file as the engine's labels have it, and where its evidence goes."""

    lab: Lab
    setting: Setting
    observed: Observed
    folder: RunFolder
    secrets: Redactor


def step(engine: Engine, options: StepOptions, view: View) -> tuple[StepResult, ...]:
    """Play one step or several on a lab that is up.

    Raises NoSuchLab, LabHeld, LabFileError where the step makes no sense, UsageError where there is
    none to play, LabFailed where it fails.
    """
    live = open_lab(engine, options)
    wanted = _chosen(engine, live, options)
    _hold(engine, live)
    with on_stage(engine, live.lab, live.setting, live.folder, live.secrets, view) as stage:
        _await_clients(stage, live)
        return tuple(_play(stage, live, numbered) for numbered in wanted)


def open_lab(engine: Engine, options: StepOptions) -> LiveLab:
    """The lab that is meant. Raises NoSuchLab, LabHeld, and LabFailed where it does not run."""
    observed = engine.observe(options.lab)
    name = choose_lab(observed if observed else engine.observe(), options.lab)
    observed = observed.of_lab(name)
    check_unheld(observed)
    holder, server = observed.by_role(labels.HOLDER), observed.by_role(MINIO)
    if holder is None or server is None or server.state is not State.RUNNING:
        raise LabFailed(f"MinIO of lab {name} does not run", f"see labctl logs --lab {name} minio")
    login = engine.environment(server.name)
    keys = (login["MINIO_ROOT_USER"], login["MINIO_ROOT_PASSWORD"])
    lab = read_lab_label(holder.labels.get(labels.LAB_FILE, "{}"), *keys)
    chosen = evidence_of(observed)
    folder = RunFolder.open(Path(chosen)) if chosen else RunFolder.create(options.runs, name, 0.0)
    setting = _setting(name, observed, server, folder)
    return LiveLab(lab, setting, observed, folder, redactor(engine, observed))


def left_steps(lab: Lab, observed: Observed) -> tuple[Numbered, ...]:
    """The lab file's own steps that have not been played."""
    done = played_steps(observed)
    return tuple(each for each in number_steps(steps_of(lab)) if each.number not in done)


def _setting(name: str, observed: Observed, server: SeenContainer, folder: RunFolder) -> Setting:
    """The images that the lab runs already."""
    app = _image(observed.by_role(labels.OBSERVER))
    client = _image(observed.by_role(labels.UPLOADER))
    return Setting(
        lab=name,
        server=_image(server) or RunImage("", ""),
        app=app or RunImage("", ""),
        client=client,
        owner=this_process().to_json(),
        evidence=str(folder.path),
    )


def _image(seen: SeenContainer | None) -> RunImage | None:
    return RunImage(seen.image, seen.labels.get(labels.IMAGE_ID, "")) if seen else None


def _chosen(engine: Engine, live: LiveLab, options: StepOptions) -> tuple[Numbered, ...]:
    own = number_steps(steps_of(live.lab))
    if options.text is None:
        left = left_steps(live.lab, live.observed)
        if not left:
            raise UsageError(f"all steps of lab {live.setting.lab} have been played")
        return left if math.isinf(options.following) else left[:1]
    numbers = {last_number(own[-1]), *played_steps(live.observed)}
    observer = live.setting.name(labels.OBSERVER)
    played = load_step(options.text, live.lab, drive_sizes(engine, live.lab, observer))
    return number_steps((played,), max(numbers) + 1)


def _hold(engine: Engine, live: LiveLab) -> None:
    """Take the lab: the holder of the command before gives way to one that names this one."""
    holder = live.observed.by_role(labels.HOLDER)
    if holder is not None:
        engine.remove(holder)
    try:
        engine.create(blueprint(live.lab, live.setting, settled=False).holder)
    except Conflict as error:
        raise LabHeld(error.message, "run the command again") from error


def _await_clients(stage: Stage, live: LiveLab) -> None:
    """Let an upload that `labctl up` has started come to its end."""
    running = [
        seen
        for seen in live.observed.containers
        if labels.WRITER in seen.labels and seen.state is State.RUNNING
    ]
    for seen in running:
        number = int(seen.labels[labels.STEP])
        _, upload = live.lab.numbered()[number]
        Playing(stage, frozenset({number})).play(Numbered(number, upload))


def _play(stage: Stage, live: LiveLab, numbered: Numbered) -> StepResult:
    Playing(stage).play(numbered)
    read = partial(_events, stage.engine, live)
    begun = _begun(live, numbered.number)
    verdict = judge_step(read, begun)
    summary = summarize_step(read, numbered.number)
    return StepResult(live.setting.lab, numbered.number, begun.text, summary, verdict)


def _begun(live: LiveLab, number: int) -> StepStarted:
    found = (
        event.record
        for event in live.folder.read_events()
        if isinstance(event.record, StepStarted) and event.record.step == number
    )
    return next(found)


def _events(engine: Engine, live: LiveLab) -> Iterator[Event]:
    """What labctl wrote down, and what the lab's containers have said so far."""
    yield from live.folder.read_events()
    observed = engine.observe(live.setting.lab)
    for seen in observed.containers:
        if not seen.started:
            continue
        for line in engine.logs(seen.name):
            yield Event(seen.role, as_record(line))
