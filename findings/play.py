"""Running the labs, a few side by side."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIDE_BY_SIDE = 3
RANGE = 3
"""Runs of the 200m lab, for ranges."""
LONG = ("delete-then-retry", "paced", "quota-overshoot")
"""Labs that wait for minutes; they begin first."""
_LABCTL = (sys.executable, "-m", "labctl")
_FILES = ("files", "make", "files", "--total", "220MiB", "--size", "1MiB..30MiB", "--seed", "1")


class PlayError(Exception):
    """A program that the findings need did not do its work."""


@dataclass(frozen=True, slots=True)
class Job:
    """A lab, and settings other than its file's."""

    lab: str
    settings: tuple[str, ...] = ()

    @property
    def argv(self) -> tuple[str, ...]:
        """The command, but for the folder of the evidence."""
        given = ("minio.ports=auto", *self.settings)
        return ("run", self.lab, *(word for value in given for word in ("--set", value)))


@dataclass(frozen=True, slots=True)
class Done:
    """A job that came to its end; `verdict` None: there is no evidence, `said` tells why."""

    job: Job
    verdict: str | None
    seconds: float
    said: str


def lanes(labs: Iterable[str]) -> tuple[tuple[Job, ...], ...]:
    """The jobs. Those of one lane have the same lab and so wait for each other; long ones first."""
    order = sorted(labs, key=lambda lab: (lab not in LONG, lab))
    return tuple(_jobs(lab) for lab in order)


def _jobs(lab: str) -> tuple[Job, ...]:
    if lab != "200m":
        return (Job(lab),)
    return (*[Job(lab)] * RANGE, Job(lab, ("client.on_error=stop",)))


class Programs:
    """Starts labctl, and can end all that it has started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False

    def run(self, *argv: str) -> tuple[int, str, str]:
        """Exit code, output and errors. Raises PlayError once `end` was called."""
        process = self._start(argv)
        try:
            output, errors = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        return process.returncode, output, errors

    def end(self) -> None:
        """Let the programs end in an orderly way, as labs are to be taken down."""
        with self._lock:
            self._ended = True
            for process in self._running:
                process.terminate()

    def _start(self, argv: tuple[str, ...]) -> subprocess.Popen[str]:
        with self._lock:
            if self._ended:
                raise PlayError("ended before its turn")
            process = subprocess.Popen(  # noqa: S603 - labctl itself
                (*_LABCTL, *argv),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # one signal is enough: `end` passes it on
            )
            self._running.add(process)
            return process


def play(
    labs: Iterable[str], runs: Path, folder: Path, tell: Callable[[Done], None]
) -> tuple[Done, ...]:
    """Run `labs` from within `folder`, their evidence in `runs`; `tell` hears of each.

    Raises PlayError where the files to send cannot be made.
    """
    programs = Programs(folder)
    code, _, errors = programs.run(*_FILES)
    if code:
        raise PlayError(f"labctl files make: exit code {code}: {errors.strip()}")
    done: list[Done] = []
    with _pool(programs) as pool:
        futures = [pool.submit(_play_lane, programs, lane, runs, tell) for lane in lanes(labs)]
        for future in as_completed(futures):
            done += future.result()
    return tuple(done)


@contextmanager
def _pool(programs: Programs) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            yield pool
        except BaseException:
            programs.end()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _play_lane(
    programs: Programs, lane: Iterable[Job], runs: Path, tell: Callable[[Done], None]
) -> list[Done]:
    done = []
    for job in lane:
        done.append(_play(programs, job, runs))
        tell(done[-1])
    return done


def _play(programs: Programs, job: Job, runs: Path) -> Done:
    code, output, errors = programs.run(*job.argv, "--runs", str(runs), "--format", "json")
    try:
        found = json.loads(output)
    except ValueError:
        return Done(job, None, 0.0, f"exit code {code}: {errors.strip()[-200:]}")
    if "verdict" not in found:
        return Done(job, None, 0.0, f"exit code {code}: {found.get('error')}")
    return Done(job, found["verdict"], found["seconds"], found.get("failure") or "")
