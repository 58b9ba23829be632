"""`labctl step`: play steps on a lab that is up."""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from labctl import labels
from labctl.app.records import UploadStarted
from labctl.blueprint import read_lab_label
from labctl.engine.base import Engine
from labctl.errors import Interrupted, LabFailed, NoMemory, UsageError
from labctl.events import Event, QuotaSet, StepEnded, parse_record
from labctl.evidence.collect import as_record, redactor
from labctl.evidence.drain import drain_lab
from labctl.evidence.runs import Redactor, RunFolder
from labctl.images.catalog import source_of
from labctl.images.resolve import find
from labctl.labfile.lab import Lab, steps_of
from labctl.labfile.sense import Before, largest_drives
from labctl.labfile.step import Step
from labctl.labfile.step_text import load_step
from labctl.orchestrator.choose import check_unheld, choose_lab, open_evidence, take_hold
from labctl.orchestrator.left import left_steps
from labctl.orchestrator.staging import on_stage
from labctl.orchestrator.view import View
from labctl.owner import this_process
from labctl.report.judge import judge_step
from labctl.resources import Observed, SeenContainer, State
from labctl.setting import MINIO, RunImage, Setting
from labctl.steps.follow import follow_client
from labctl.steps.number import Numbered, begun, last_number, number_steps, walk
from labctl.steps.play import Playing, time_limit
from labctl.steps.scene import Stage, drive_sizes
from labctl.units import show_size

if TYPE_CHECKING:
    from labctl.checks import Verdict
    from labctl.figures import Summary
    from labctl.report.summary import Read


@dataclass(frozen=True, slots=True)
class StepOptions:
    """Which step: a text, or of the lab's own the next (`following` 1) or all that are left."""

    lab: str | None
    runs: Path
    text: str | None = None
    following: float = 1


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that was played, and what it came to. `last`: no step of the lab file is left."""

    lab: str
    number: int
    text: str
    summary: "Summary"
    verdict: "Verdict"
    last: bool = False


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
    none to play, LabFailed where it fails, and Interrupted; the lab stays up.
    """
    live = open_lab(engine, options)
    wanted = _chosen(engine, live, options, view)
    take_hold(engine, live.observed, live.folder)
    try:
        with on_stage(
            engine, live.lab, live.setting, live.folder, live.secrets, view, stays=True
        ) as stage:
            _await_programs(stage, live)
            done = tuple(each for numbered in wanted for each in _play(stage, live, numbered))
    except Interrupted as error:
        name = live.setting.lab
        left = "the step was ended and counts as played"
        error.hint = f"lab {name} stays up, {left}: labctl down {name} takes it down"
        raise
    if options.text is None and not left_steps(live.lab, engine.observe(live.setting.lab)):
        return (*done[:-1], replace(done[-1], last=True))
    return done


def open_lab(engine: Engine, options: StepOptions) -> LiveLab:
    """The lab that is meant. Raises NoSuchLab, LabHeld, and LabFailed where it does not run."""
    observed = engine.observe(options.lab)
    name = choose_lab(observed if observed else engine.observe(), options.lab)
    observed = observed.of_lab(name)
    check_unheld(observed)
    holder, server, observer = map(observed.by_role, (labels.HOLDER, MINIO, labels.OBSERVER))
    if holder is None or observer is None or server is None:
        raise LabFailed(f"lab {name} is not whole", "finish it with `labctl up FILE`")
    if server.state is not State.RUNNING:
        raise LabFailed(f"MinIO of lab {name} does not run", f"see labctl logs --lab {name} minio")
    login = engine.environment(server.name)
    keys = (login["MINIO_ROOT_USER"], login["MINIO_ROOT_PASSWORD"])
    lab = read_lab_label(holder.labels[labels.LAB_FILE], *keys)
    folder = open_evidence(observed, name, options.runs)
    setting = Setting(
        lab=name,
        server=_image(server),
        app=_image(observer),
        owner=this_process().to_json(),
        evidence=str(folder.path),
        client=_own_client(engine, lab),
    )
    return LiveLab(lab, setting, observed, folder, redactor(engine, observed))


def _image(seen: SeenContainer) -> RunImage:
    return RunImage(seen.image, seen.labels.get(labels.IMAGE_ID, ""))


def _own_client(engine: Engine, lab: Lab) -> RunImage | None:
    """The image of the user's own that `up` has got. Raises LabFailed where it is gone."""
    if lab.client.image is None:
        return None
    used = find(source_of(lab.client.image), engine)
    if used is None:
        raise LabFailed(f"image {lab.client.image} is gone", "get it again: labctl up FILE")
    return RunImage(used.tag, used.id)


def _chosen(
    engine: Engine, live: LiveLab, options: StepOptions, view: View
) -> tuple[Numbered, ...]:
    if options.text is None:
        left = left_steps(live.lab, live.observed)
        if not left:
            raise UsageError(
                f"all steps of lab {live.setting.lab} have been played",
                f"`labctl down {live.setting.lab}` judges the whole; or name another step, "
                "for example labctl step 'verify: all'",
            )
        return left if math.isinf(options.following) else left[:1]
    observer = live.setting.name(labels.OBSERVER)
    sizes = drive_sizes(engine, live.lab, observer)
    loaded = load_step(options.text, live.lab, sizes, _before(engine, live))
    _check_growth(engine, live, loaded.step, sizes)
    for warning in loaded.warnings:
        view.say(f"warning: {warning}")
    return number_steps((loaded.step,), _last_number(live) + 1)


def _before(engine: Engine, live: LiveLab) -> Before:
    """What the lab has seen: the quota that was set last, and the uploads that were begun."""
    told = (event.record for event in live.folder.read_events())
    quotas = [record.quota for record in told if isinstance(record, QuotaSet)]
    quota = quotas[-1] if quotas else live.lab.bucket.quota
    uploads = [c for c in live.observed.containers if labels.WRITER in c.labels and c.started]
    left = any(_left_parts(engine, live.lab, seen) for seen in uploads)
    return Before(quota is not None, bool(uploads), left)


def _left_parts(engine: Engine, lab: Lab, seen: SeenContainer) -> bool:
    """Whether an upload was to leave its parts: as the lab file has it, or as it said itself."""
    own = lab.numbered().get(int(seen.labels[labels.STEP]))
    if own is not None:
        return own[1].upload is not None and own[1].upload.parts == "leave"
    records = (parse_record(line.text) for line in engine.logs(seen.name))
    started = next((record for record in records if isinstance(record, UploadStarted)), None)
    return started is not None and started.parts == "leave"


def _check_growth(engine: Engine, live: LiveLab, step: Step, sizes: dict[str, int]) -> None:
    """Raise NoMemory where a step lets drives grow by more than is left."""
    growth = largest_drives(live.lab, sizes, (step,)) - sum(sizes.values())
    if not growth:
        return
    available = engine.memory_available(live.setting.app.tag)
    if growth > available:
        raise NoMemory(
            f"the drives would grow by {show_size(growth)}, "
            f"and {show_size(available)} of memory are left",
            f"grow to less, or free memory; the drives have {show_size(sum(sizes.values()))} now",
        )


def _last_number(live: LiveLab) -> int:
    """The largest number that any step of the lab has, or had."""
    own = number_steps(steps_of(live.lab))
    marks = (
        seen.labels[key]
        for seen in live.observed.containers
        for key in (labels.STEP, labels.PLAYED)
        if key in seen.labels
    )
    return max([last_number(own[-1]), *map(int, marks)])


def _await_programs(stage: Stage, live: LiveLab) -> None:
    """Let what earlier commands have started come to its end: the upload of `labctl up`, the step
    of a command that was killed."""
    for seen in live.observed.containers:
        if labels.STEP in seen.labels and seen.state is State.RUNNING:
            _await_program(stage, live, seen)


def _await_program(stage: Stage, live: LiveLab, seen: SeenContainer) -> None:
    number = int(seen.labels[labels.STEP])
    own = live.lab.numbered().get(number)
    verb = "upload" if labels.WRITER in seen.labels else seen.role.partition("-")[0]
    doing = f"waiting for {seen.role}"
    stage.progress(doing)
    follow_client(stage, seen.name, seen.role, time_limit(own[1] if own else None), doing=doing)
    now = time.time()
    stage.tell(StepEnded(now, number, verb, round(max(0.0, now - seen.created), 6)))


def _play(stage: Stage, live: LiveLab, numbered: Numbered) -> Iterator[StepResult]:
    """Play a step; what it came to, and what those came to that were played meanwhile."""
    Playing(stage).play(numbered)
    gap = drain_lab(stage.engine, stage.engine.observe(live.setting.lab))
    with _copied(_events(stage.engine, live, gap), live.secrets) as read:
        for each in walk(numbered):
            summary, verdict = judge_step(read, begun(live.lab, each))
            yield StepResult(live.setting.lab, each.number, str(each.step), summary, verdict)


@contextmanager
def _copied(told: Iterable[Event], secrets: Redactor) -> "Iterator[Read]":
    """The same events, to be read several times: the engine takes long to give a log anew."""
    with TemporaryDirectory(prefix="labctl-step-") as name:
        copy = RunFolder(Path(name))
        with copy.writer(secrets) as writer:
            for event in told:
                writer.write(event)
        yield copy.read_events


def _events(engine: Engine, live: LiveLab, gap: Event | None) -> Iterator[Event]:
    """What labctl wrote down, what the lab's containers have said so far, and the gap that there
    may be in the server's record."""
    yield from live.folder.read_events()
    if gap is not None:
        yield gap
    observed = engine.observe(live.setting.lab)
    for seen in observed.containers:
        if not seen.started:
            continue
        for line in engine.logs(seen.name):
            yield Event(seen.role, as_record(line))
