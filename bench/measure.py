"""What a command takes: time, processor and memory."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labctl.errors import LabFailed

_CHILD = Path(__file__).with_name("child.py")
_GRACE = 30.0
_TAIL = 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took: wall clock and processor in seconds, peak memory in bytes."""

    seconds: float
    cpu: float
    peak: int


def measure(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end. Raises LabFailed, with the end of its output, where it fails.

    Where this process is interrupted meanwhile, the command is told to end, and awaited.
    """
    with tempfile.TemporaryDirectory(prefix="labctl-bench-") as folder:
        report, output = Path(folder, "usage.json"), Path(folder, "output.txt")
        with output.open("wb") as sink:
            _run((sys.executable, "-I", "-S", str(_CHILD), str(report), *argv), sink.fileno(), env)
        said = output.read_text("utf-8", "replace").splitlines()[-_TAIL:]
        if not report.exists():
            raise LabFailed("\n".join((f"{argv[0]} could not be run", *said)))
        usage = json.loads(report.read_text("utf-8"))
    if code := usage.pop("exit_code"):
        raise LabFailed("\n".join((f"{' '.join(argv)} ended with {code}:", *said)))
    return Usage(**usage)


def _run(argv: Sequence[str], output: int, env: Mapping[str, str] | None) -> None:
    process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
        argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    try:
        process.wait()
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started: it has time to tidy up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
