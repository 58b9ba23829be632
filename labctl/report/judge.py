"""What a run's events come to: the figures, and the verdict on the run and on each of its steps."""

from collections.abc import Iterator

from labctl.checks import Verdict, judge
from labctl.events import StepStarted
from labctl.figures import Summary
from labctl.labfile.expect import Expect
from labctl.report.steps import summarize_step
from labctl.report.summary import Read, summarize


def judge_run(read: Read) -> tuple[Summary, Verdict]:
    """The figures of a run, and its steps' expectations, then its own, held against them."""
    summary = summarize(read)
    steps = sorted(_with_expectations(read), key=lambda step: step.step)
    verdicts = [judge_step(read, step)[1] for step in steps]
    whole = judge(Expect.model_validate(summary.expect), summary)
    return summary, Verdict.of([*verdicts, whole])


def judge_step(read: Read, step: StepStarted) -> tuple[Summary, Verdict]:
    """The figures of a step, and its own expectations held against them."""
    summary = summarize_step(read, step.step)
    return summary, judge(Expect.model_validate(step.expect), summary, step=step.step)


def _with_expectations(read: Read) -> Iterator[StepStarted]:
    for event in read():
        if isinstance(event.record, StepStarted) and event.record.expect:
            yield event.record
