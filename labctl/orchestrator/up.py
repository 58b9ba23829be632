"""`labctl up`: observe, plan, execute, until MinIO is healthy and the client was started."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from labctl import __version__, events, labels
from labctl.blueprint import Blueprint
from labctl.engine.base import Engine, EngineInfo
from labctl.errors import Conflict, LabctlError, NoMemory
from labctl.evidence.runs import EventWriter, Redactor, RunFolder
from labctl.execute import Executor
from labctl.images.app import app_reference
from labctl.images.obtain import obtain
from labctl.images.source import ImageUsed, Progress
from labctl.labfile.lab import Lab, steps_of
from labctl.labfile.load import LoadedLab
from labctl.labfile.sense import largest_drives
from labctl.orchestrator.choose import check_unheld, evidence_of, holder_of, lost_race
from labctl.orchestrator.draught import draw, plan_lab, setting_for, wanted_images
from labctl.orchestrator.left import lead_steps, left_steps, played_steps
from labctl.orchestrator.view import View
from labctl.owner import this_process
from labctl.plan import Plan, Start
from labctl.resources import Observed
from labctl.setting import API_PORT, CONSOLE_PORT, Setting
from labctl.steps.number import begun, number_steps
from labctl.units import show_size

_SPARE = 256 * 2**20
"""What MinIO and the lab's other containers take beside the drives, in bytes."""


Check = Callable[[Observed], None]
"""Raises where a lab is not to be made, with what there is of it."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """How `up` goes about it. `ready_timeout` in seconds."""

    runs: Path
    ready_timeout: float = 60.0
    force: bool = False
    recreate: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A lab that is up. `ports` maps `api` and `console` to the host's ports; `operations` is how
    many were needed. `started` are numbers of steps whose client was started by this command, each
    with the time, in epoch seconds. `client` is the container of the newest client, `client_exit`
    its exit code, None while it runs. `steps_left` are the steps that are yet to be played."""

    lab: str
    operations: int
    seconds: float
    ports: Mapping[str, int]
    evidence: Path
    started: Mapping[int, float]
    wanted: Blueprint
    setting: Setting
    client: str | None = None
    client_exit: int | None = None
    steps_left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What was found before anything was made."""

    images: Mapping[str, ImageUsed]
    observed: Observed
    engine: EngineInfo


def up(engine: Engine, loaded: LoadedLab, options: UpOptions, view: View) -> Made:
    """Make what is missing of a lab, play what comes before its first upload, and start that.

    Raises what `make` raises, and LabFailed where a step fails; the lab is left up then.
    """
    made = make(engine, loaded, options, view)
    observed = _play_lead(engine, loaded, made.setting, view)
    client = observed.by_role(labels.UPLOADER)
    return replace(
        made,
        client=client.name if client else None,
        client_exit=client.exit_code if client else None,
        steps_left=tuple(str(each.step) for each in left_steps(loaded.lab, observed)),
    )


def _play_lead(engine: Engine, loaded: LoadedLab, setting: Setting, view: View) -> Observed:
    """Play the steps before the first upload that have not been played, and start that upload; the
    lab then. One whose first step is an upload has that started already."""
    lead, observed = lead_steps(loaded.lab), engine.observe(loaded.name)
    done = played_steps(observed)
    todo = tuple(each for each in lead if each.number not in done)
    if todo:
        # Not before, because what plays steps takes long to import.
        from labctl.orchestrator.lead import play_lead

        play_lead(engine, loaded, setting, observed, todo, view)
        observed = engine.observe(loaded.name)
    if lead and lead[-1].meanwhile:
        # The upload goes on when this command is over, and nobody plays other steps then.
        view.say(f"step {lead[-1].number}: its `meanwhile` is played by labctl run alone")
    return observed


def make(
    engine: Engine,
    loaded: LoadedLab,
    options: UpOptions,
    view: View,
    check: Check | None = None,
) -> Made:
    """Make what is missing of a lab; its client is started where the first step is an upload.

    Raises Drift where it is up with other settings, LabHeld, NoMemory, NoImage, PortTaken,
    Unhealthy, and what `check` raises of what is there. After a failure, what this call made is
    taken down again, evidence collected first.
    """
    return _Up(engine, loaded, options, view).up(check)


def look(engine: Engine, loaded: LoadedLab, view: View, check: Check | None) -> Situation:
    """Observe the lab, check what is there, and get its images; the engine tells of itself
    meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        described = pool.submit(engine.describe)
        observed = engine.observe(loaded.name)
        if check:
            check(observed)
        images = obtain(engine, wanted_images(loaded), lambda step: _tell_image(view, step))
        return Situation(images, observed, described.result())


def evidence_folder(observed: Observed, lab: str, runs: Path) -> Path:
    """The folder that the lab's first `up` chose, or a new one."""
    chosen = evidence_of(observed)
    return Path(chosen) if chosen else RunFolder.create(runs, lab, time.time()).path


def check_memory(engine: Engine, plan: Plan, image: str, grown: int) -> None:
    """Raise NoMemory where a server is to be made whose drives would take more than is left, be it
    only once the lab's steps have made them larger, `grown` bytes together."""
    if not plan.drives:
        return
    available = engine.memory_available(image)
    largest, later = max(plan.drives, grown), grown > plan.drives
    if largest + _SPARE > available:
        fits = plan.drives + _SPARE <= available
        smaller = (
            "let the step `grow` less"
            if fits
            else "make the drives smaller (--set minio.size=100m)"
        )
        raise NoMemory(
            f"the drives take {show_size(largest)}{' once they have grown' if later else ''}, "
            f"and {show_size(available)} of memory are left",
            f"{smaller}, or override this check with --force",
        )


@dataclass(frozen=True, slots=True)
class _Up:
    engine: Engine
    loaded: LoadedLab
    options: UpOptions
    view: View

    def up(self, check: Check | None) -> Made:
        began = time.monotonic()
        situation = look(self.engine, self.loaded, self.view, check)
        if self.options.recreate and situation.observed:
            self._clear(situation.observed)
            situation = replace(situation, observed=Observed())
        folder, started = Path(evidence_of(situation.observed) or ""), dict[int, float]()
        plan = self._plan(situation, folder)
        if plan:
            self._check(plan, situation)
            folder = evidence_folder(situation.observed, self.loaded.name, self.options.runs)
            plan = self._plan(situation, folder)
            started = self._carry_out(plan, situation, folder)
        setting = setting_for(self.loaded, situation.images, folder)
        wanted = draw(self.loaded, situation.images, folder)
        seconds = time.monotonic() - began
        ports = ports_of(self.engine, wanted)
        steps = len(plan.operations)
        return Made(self.loaded.name, steps, seconds, ports, folder, started, wanted, setting)

    def _plan(self, situation: Situation, folder: Path) -> Plan:
        wanted = draw(self.loaded, situation.images, folder)
        return plan_lab(wanted, self.loaded, situation.observed)

    def _check(self, plan: Plan, situation: Situation) -> None:
        """What must hold before anything is made."""
        check_unheld(situation.observed)
        if not self.options.force:
            lab = self.loaded.lab
            grown = largest_drives(lab, lab.minio.drive_sizes(), steps_of(lab))
            check_memory(self.engine, plan, situation.images[app_reference()].tag, grown)

    def _clear(self, observed: Observed, *, force: bool = False) -> None:
        from labctl.orchestrator.down import DownOptions, take_down

        options = DownOptions(self.options.runs, purge=True, force=force)
        take_down(self.engine, observed, self.loaded.name, options, self.view)

    def _carry_out(self, plan: Plan, situation: Situation, folder: Path) -> dict[int, float]:
        """Make what is missing; when the client of the first step was started, if it was."""
        self.view.progress(f"making lab {self.loaded.name}")
        run = RunFolder.open(folder)
        run.write_lab(self.loaded.redacted)
        with run.writer(Redactor(self.loaded.secrets)) as writer:
            writer.write(events.Event("labctl", self._started(situation)))
            teller = _Teller(writer, self.view, self.loaded.lab, plan.client)
            executor = Executor(self.engine, teller.tell, self.options.ready_timeout)
            try:
                executor.execute(plan)
                return teller.started
            except Conflict as error:
                # Another command took the lab between the look and the plan's first operation.
                raise lost_race(self.engine, self.loaded.name) from error
            except LabctlError as error:
                error.evidence = self._undo(situation.observed)
                raise

    def _undo(self, before: Observed) -> str | None:
        """Take down a lab that this command began, and say where its evidence is; what was there
        before is left as it is."""
        observed = self.engine.observe(self.loaded.name)
        if before or holder_of(observed) != this_process():
            return None
        self._clear(observed, force=True)
        evidence = evidence_of(observed)
        self.view.say(f"took down what was made; evidence: {evidence}")
        return evidence

    def _started(self, situation: Situation) -> events.RunStarted:
        minio = self.loaded.lab.minio
        return events.RunStarted(
            time=time.time(),
            lab=self.loaded.name,
            labctl=__version__,
            engine=asdict(situation.engine),
            images={name: asdict(used) for name, used in situation.images.items()},
            drives=minio.drive_sizes(),
            environment=dict(minio.env),
            expect=self.loaded.lab.expect.model_dump(mode="json", exclude_unset=True),
            steps=len(self.loaded.lab.numbered()),
        )


def ports_of(engine: Engine, wanted: Blueprint) -> dict[str, int]:
    """The host's ports of a lab's server."""
    ports = engine.inspect(wanted.server.name).ports
    named = {"api": API_PORT, "console": CONSOLE_PORT}
    return {name: ports[port] for name, port in named.items() if port in ports}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells the record and the user what was done. The first step begins with `client`'s start."""

    writer: EventWriter
    view: View
    lab: Lab
    client: str | None
    started: dict[int, float] = field(default_factory=dict)

    def tell(self, done: events.Operation | events.QuotaSet) -> None:
        """Tell of an operation that has ended, or of a quota."""
        if isinstance(done, events.Operation) and done.operation == self._start:
            self._begin(done.time - done.seconds)
        self.writer.write(events.Event("labctl", done))
        if isinstance(done, events.Operation):
            self.view.operation(done)

    @property
    def _start(self) -> str | None:
        return str(Start(self.client)) if self.client else None

    def _begin(self, time: float) -> None:
        first = number_steps(steps_of(self.lab))[0]
        self.started[first.number] = time
        self.writer.write(events.Event("labctl", replace(begun(self.lab, first), time=time)))


def _tell_image(view: View, step: Progress) -> None:
    view.progress(f"{step.image}: {step.text}")
