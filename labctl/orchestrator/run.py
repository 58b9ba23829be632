"""`labctl run`: the whole experiment, from nothing to a verdict and back to nothing."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labctl.engine.base import Engine
from labctl.errors import Interrupted, LabctlError, LabIsUp
from labctl.evidence.runs import Redactor, RunFolder
from labctl.interrupts import Interrupts
from labctl.labfile.lab import steps_of
from labctl.labfile.load import LoadedLab
from labctl.orchestrator.choose import check_unheld, evidence_of, holder_of
from labctl.orchestrator.up import Made, UpOptions, make
from labctl.orchestrator.view import View
from labctl.owner import this_process
from labctl.resources import Observed
from labctl.steps.number import number_steps

if TYPE_CHECKING:
    from labctl.checks import Verdict
    from labctl.evidence.drain import Draining
    from labctl.figures import Summary


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How `run` goes about it; `keep` leaves the lab up at the end. `within` is the time limit of
    all steps together, in seconds."""

    up: UpOptions
    keep: bool = False
    within: float = math.inf


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that came to its end. `failure` is what made the lab fail, where it did."""

    made: Made
    summary: "Summary"
    verdict: "Verdict"
    folder: RunFolder
    failure: LabctlError | None = None


def run(
    engine: Engine, loaded: LoadedLab, options: RunOptions, view: View, interrupts: Interrupts
) -> RunResult:
    """Make the lab, play its steps, collect, judge, and take it down.

    Raises what `up` raises, LabIsUp, and Interrupted.
    """
    return _Run(engine, loaded, options, view, interrupts).run()


def check_down(observed: Observed) -> None:
    """Raise LabIsUp where containers of the lab are there, and LabHeld."""
    if observed.containers:
        check_unheld(observed)
        lab = observed.labs()[0]
        raise LabIsUp(
            f"lab {lab} is up already",
            f"take it down (labctl down {lab} --purge), or run with --recreate",
        )


@dataclass(frozen=True, slots=True)
class _Run:
    engine: Engine
    loaded: LoadedLab
    options: RunOptions
    view: View
    interrupts: Interrupts

    def run(self) -> RunResult:
        with self._cleared_if_cut_short():
            check = None if self.options.up.recreate else check_down
            made = make(self.engine, self.loaded, self.options.up, self.view, check)
            from labctl.evidence.drain import Draining

            draining = Draining(self.engine, self.loaded.name)
            failure = self._play(made, draining)
            with self.interrupts.shield():
                result = self._conclude(made, failure, draining)
        try:
            self.interrupts.raise_if_seen(f"the run was at its end; evidence: {made.evidence}")
        except Interrupted as error:
            error.evidence = str(made.evidence)
            raise
        return result

    def _play(self, made: Made, draining: "Draining") -> LabctlError | None:
        """Play the steps; what makes the lab fail is kept until the evidence is safe."""
        from labctl.orchestrator.staging import on_stage
        from labctl.steps.play import Playing

        _load_rest()
        lab, folder = self.loaded.lab, RunFolder.open(made.evidence)
        secrets, until = Redactor(self.loaded.secrets), time.monotonic() + self.options.within
        stays = self.options.keep
        with on_stage(
            self.engine, lab, made.setting, folder, secrets, self.view, deadline=until, stays=stays
        ) as stage:
            try:
                *earlier, last = number_steps(steps_of(lab))
                for numbered in earlier:
                    Playing(stage, made.started).play(numbered)
                alone = last.step.upload and not last.meanwhile
                ending = replace(stage, last_word=draining.begin) if alone else stage
                Playing(ending, made.started).play(last)
            except LabctlError as error:
                return error
        return None

    def _conclude(self, made: Made, failure: LabctlError | None, draining: "Draining") -> RunResult:
        from labctl.report.judge import judge_run
        from labctl.report.text import as_document

        observed = self.engine.observe(self.loaded.name)
        folder = RunFolder.open(made.evidence)
        with self._collected(observed, folder, draining) as secrets:
            summary, verdict = judge_run(folder.read_events)
            document = as_document(summary, verdict, folder.path)
            folder.write_summary(document | {"failure": failure and failure.message}, secrets)
        return RunResult(made, summary, verdict, folder, failure)

    @contextmanager
    def _collected(
        self, observed: Observed, folder: RunFolder, draining: "Draining"
    ) -> Iterator[Redactor]:
        """Collect, and remove the lab meanwhile, unless it is to be kept."""
        from labctl.orchestrator.down import collect_lab, taking_down

        if self.options.keep:
            yield collect_lab(self.engine, observed, self.loaded.name, folder, self.view)
            return
        name = self.loaded.name
        with taking_down(
            self.engine, observed, name, folder, self.view, purge=True, draining=draining
        ) as taken:
            yield taken.secrets
        taken.removed.result()

    @contextmanager
    def _cleared_if_cut_short(self) -> Iterator[None]:
        """Take down what this command made, evidence first, however it ends before its time."""
        try:
            yield
        except LabIsUp:
            raise
        except BaseException as error:
            with self.interrupts.shield():
                evidence = self._clear()
            if evidence and isinstance(error, LabctlError | Interrupted):
                error.evidence = evidence
            if evidence and isinstance(error, Interrupted):
                error.hint = f"the lab was taken down; evidence: {evidence}"
            raise

    def _clear(self) -> str | None:
        """Take down what this command made; where its evidence is."""
        from labctl.orchestrator.down import DownOptions, take_down

        observed = self.engine.observe(self.loaded.name)
        if holder_of(observed) != this_process():
            return None
        options = DownOptions(self.options.up.runs, purge=True, force=True)
        take_down(self.engine, observed, self.loaded.name, options, self.view)
        return evidence_of(observed)


def _load_rest() -> None:
    """Import what judges the run, and takes it down, while the client works: importing takes a
    quarter of a second, and nobody waits for it then."""
    import labctl.orchestrator.down
    import labctl.report.judge
    import labctl.report.text  # noqa: F401
