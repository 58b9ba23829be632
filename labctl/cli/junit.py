"""The verdict of a run for CI, however the run ended."""

import time
from dataclasses import replace
from pathlib import Path

from labctl.checks import Verdict
from labctl.errors import Interrupted, LabctlError, UsageError
from labctl.evidence.runs import Redactor, RunFolder
from labctl.figures import Summary
from labctl.labfile.load import LoadedLab
from labctl.orchestrator.run import RunResult
from labctl.report.judge import judge_run
from labctl.report.junit import junit, list_unjudged


def write_junit(result: RunResult, loaded: LoadedLab, path: Path) -> None:
    """Write the verdict as JUnit XML. Raises UsageError where that cannot be written."""
    error, folder = result.failure, result.folder.path
    _write(path, _compose(loaded, result.summary, result.verdict, folder, error))


def write_junit_of_error(loaded: LoadedLab, error: LabctlError | Interrupted, path: Path) -> None:
    """Write what is known of a run that `error` ended, as JUnit XML. Raises UsageError."""
    folder = Path(error.evidence) if error.evidence else None
    summary, verdict = judge_run(RunFolder(folder).read_events if folder else lambda: ())
    if folder is None:
        now = time.time()
        summary = replace(summary, lab=loaded.name, started=now, ended=now)
    _write(path, _compose(loaded, summary, verdict, folder, error))


def _compose(
    loaded: LoadedLab,
    summary: Summary,
    verdict: Verdict,
    folder: Path | None,
    error: LabctlError | Interrupted | None,
) -> str:
    if error is None:
        return junit(summary, verdict, folder)
    said = Redactor(loaded.secrets).redact(error.message)
    return junit(summary, verdict, folder, said, list_unjudged(loaded.lab, verdict))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
