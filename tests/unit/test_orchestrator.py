"""The use cases, on an engine in memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labctl import labels
from labctl.app.records import Attempt, UploadEnded, UploadStarted, encode
from labctl.engine.base import ExecResult
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Running, Script, make_image
from labctl.errors import (
    Drift,
    EngineError,
    Interrupted,
    LabHeld,
    NoMemory,
    NoSuchLab,
    NotOurs,
    Unavailable,
    Unhealthy,
    UsageError,
)
from labctl.images.app import app_reference, app_source
from labctl.interrupts import Interrupts
from labctl.labfile.lab import DEFAULT_IMAGE
from labctl.labfile.load import LoadedLab, load_lab
from labctl.orchestrator.down import Down, DownOptions, down, down_all
from labctl.orchestrator.look import LogOptions, LogReader, list_containers
from labctl.orchestrator.run import RunOptions, run
from labctl.orchestrator.up import UpOptions, up
from labctl.orchestrator.view import Silent
from labctl.owner import this_process
from labctl.resources import Container, Health, Network, Observed, State, Volume

MIB = 2**20
SERVER, CLIENT = "labctl-t-minio", "labctl-t-uploader"
APP_IMAGE = make_image(app_reference(), {labels.IMAGE: app_source().recipe})


def _engine(**given: object) -> MemoryEngine:
    programs = {SERVER: Script(health=Health.HEALTHY, lines=("no space left on device",))}
    programs |= given.pop("programs", {})  # type: ignore[arg-type]

    def send_record(observer: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        """The observer gets the audit record of a marker as soon as it is sent."""
        engine.say(observer, " ".join(argv))
        return ExecResult(0, b"", b"")

    given = {"answer": send_record} | given
    engine = MemoryEngine(images=(DEFAULT_IMAGE, APP_IMAGE), programs=programs, **given)  # type: ignore[arg-type]
    return engine


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedLab:
    """A small lab named t."""
    path = tmp_path / "t.yaml"
    path.write_text("minio: {size: 20m}\nfiles: {some: {count: 2, size: 1MiB}}\n")
    return load_lab(path)


@pytest.fixture
def make(loaded: LoadedLab, tmp_path: Path) -> Callable[..., object]:
    """`up` of the lab on an engine."""

    def make(engine: MemoryEngine, **options: object) -> object:
        given = UpOptions(tmp_path / "runs", **options)  # type: ignore[arg-type]
        return up(engine, loaded, given, Silent())

    return make


def _down(engine: MemoryEngine, tmp_path: Path, name: str | None = "t", **options: bool) -> Down:
    return down(engine, name, DownOptions(tmp_path / "runs", **options), Silent())


def test_up_then_up_then_down(make: Callable[..., object], tmp_path: Path) -> None:
    engine = _engine()
    first = make(engine)
    again = make(engine)
    assert (first.operations, again.operations) == (10, 0)  # type: ignore[attr-defined]
    assert first.evidence == again.evidence  # type: ignore[attr-defined]
    taken = _down(engine, tmp_path)
    assert taken.evidence == first.evidence  # type: ignore[attr-defined]
    assert taken.volumes_left == ("labctl-t-minio-data1",)
    left = engine.observe("t")
    assert (left.containers, left.networks) == ((), ())
    _down(engine, tmp_path, purge=True)
    assert engine.observe() == Observed()


def test_a_failure_takes_down_what_was_made(make: Callable[..., object], tmp_path: Path) -> None:
    broken = {SERVER: Script(lines=("FATAL",), exit_code=1)}
    engine = _engine(programs=broken)
    with pytest.raises(Unhealthy, match="FATAL"):
        make(engine)
    assert engine.observe() == Observed()
    assert "FATAL" in (tmp_path / "runs" / "t" / "latest" / "logs" / "minio.log").read_text()


def test_a_failure_leaves_what_was_there_before(make: Callable[..., object]) -> None:
    engine = _engine()
    make(engine)
    client = engine.observe("t").container(CLIENT)
    assert client is not None
    engine.remove(client)
    engine.fail("start", EngineError("no more room"), name=CLIENT)
    with pytest.raises(EngineError, match="no more room"):
        make(engine)
    assert engine.inspect(SERVER).state is State.RUNNING


def test_other_settings_are_refused_before_anything_is_made(
    make: Callable[..., object], loaded: LoadedLab, tmp_path: Path
) -> None:
    engine = _engine()
    make(engine)
    other = load_lab(loaded.path, ("minio.size=30m",))
    calls = len(engine.calls)
    with pytest.raises(Drift, match="labctl-t-minio-data1"):
        up(engine, other, UpOptions(tmp_path / "runs"), Silent())
    assert {call.verb for call in engine.calls[calls:]} == {"observe"}
    made = up(engine, other, UpOptions(tmp_path / "runs", recreate=True), Silent())
    assert made.operations == 10


def test_too_little_memory(make: Callable[..., object], tmp_path: Path) -> None:
    engine = _engine(memory=100 * MIB)
    with pytest.raises(NoMemory, match="the drives take 20 MiB, and 100 MiB"):
        make(engine)
    assert engine.observe() == Observed()
    assert not (tmp_path / "runs").exists()
    make(engine, force=True)
    _down(engine, tmp_path, purge=True)


def _held_by(engine: MemoryEngine, owner: str) -> None:
    marks = {labels.LAB: "t", labels.ROLE: labels.HOLDER, labels.OWNER: owner}
    engine.create(Container("labctl-t-holder", marks, DEFAULT_IMAGE))


def test_a_lab_of_somebody_else_is_left_alone(make: Callable[..., object], tmp_path: Path) -> None:
    engine = _engine()
    other = replace(this_process(), host="elsewhere", boot="another", pid=4711)
    _held_by(engine, other.to_json())
    with pytest.raises(LabHeld, match="process 4711"):
        make(engine)
    with pytest.raises(LabHeld, match="process 4711"):
        _down(engine, tmp_path, purge=True)
    _down(engine, tmp_path, purge=True, force=True)
    assert engine.observe() == Observed()


def test_a_lab_whose_owner_is_gone_is_taken_over(
    make: Callable[..., object], tmp_path: Path
) -> None:
    engine = _engine()
    _held_by(engine, replace(this_process(), started=1).to_json())
    make(engine)
    _down(engine, tmp_path, purge=True)


def test_a_race_for_the_lab_has_one_winner(make: Callable[..., object]) -> None:
    other = replace(this_process(), host="elsewhere", boot="another", pid=4711)

    class Race(MemoryEngine):
        def create(self, resource):  # type: ignore[no-untyped-def]
            if (
                resource.name == "labctl-t-holder"
                and resource.labels[labels.OWNER] != other.to_json()
            ):
                _held_by(self, other.to_json())
            super().create(resource)

    engine = Race(images=(DEFAULT_IMAGE, APP_IMAGE))
    with pytest.raises(LabHeld, match="process 4711"):
        make(engine)
    assert [seen.role for seen in engine.observe("t").containers] == [labels.HOLDER]


def test_down_waits_for_requests_that_outlived_their_client(tmp_path: Path) -> None:
    late = iter((None, Network("labctl-t-net", {labels.LAB: "t"})))

    class Late(MemoryEngine):
        def observe(self, lab=None):  # type: ignore[no-untyped-def]
            found = super().observe(lab)
            arriving = next(late, None)
            if arriving is not None:
                self.create(arriving)
            return found

    engine = Late(images=(DEFAULT_IMAGE,))
    _held_by(engine, replace(this_process(), started=1).to_json())
    assert "labctl-t-net" in _down(engine, tmp_path, purge=True).removed
    assert engine.observe() == Observed()


@pytest.mark.parametrize("name", [None, "t"])
def test_down_without_a_lab(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(NoSuchLab):
        _down(_engine(), tmp_path, name)


def test_logs_without_a_lab() -> None:
    with pytest.raises(NoSuchLab, match="no lab is up"):
        LogReader(_engine(), None, LogOptions())


def test_down_all(make: Callable[..., object], tmp_path: Path) -> None:
    engine = _engine()
    make(engine)
    engine.create(Network("labctl-u-net", {labels.LAB: "u"}))
    done = down_all(engine, DownOptions(tmp_path / "runs", purge=True), Silent())
    assert [one.lab for one in done] == ["t", "u"]
    assert engine.observe() == Observed()


def test_logs_and_ps(make: Callable[..., object]) -> None:
    engine = _engine()
    make(engine)
    assert [(row.role, row.state) for row in list_containers(engine.observe())] == [
        ("minio", "running"),
        ("observer", "running"),
        ("uploader", "running"),
    ]
    found = list(LogReader(engine, None, LogOptions(roles=("minio",))))
    assert [line.line.text for line in found] == ["no space left on device"]


def test_logs_of_all_steps_of_a_kind(make: Callable[..., object]) -> None:
    engine = _engine()
    make(engine)
    for number in (1, 3):
        role = f"ballast-{number}"
        marks = {labels.LAB: "t", labels.ROLE: role}
        engine.create(Container(f"labctl-t-{role}", marks, APP_IMAGE.tags[0]))
        engine.start(f"labctl-t-{role}")
    assert LogReader(engine, None, LogOptions(("ballast",))).roles == ("ballast-1", "ballast-3")
    assert LogReader(engine, None, LogOptions(("ballast-3", "ballast"))).roles == (
        "ballast-3", "ballast-1",
    )  # fmt: skip
    with pytest.raises(UsageError, match="has no ball that was started"):
        LogReader(engine, None, LogOptions(("ball",)))


def test_a_volume_of_somebody_else_is_not_taken_for_a_drive(
    make: Callable[..., object],
) -> None:
    engine = _engine()
    foreign = Volume("labctl-t-minio-data1", {})
    engine.create(foreign)
    with pytest.raises(NotOurs, match="volume labctl-t-minio-data1 is there and is not labctl's"):
        make(engine)
    assert engine.observe() == Observed()
    engine.create(foreign)


def _records(*, exit_code: int) -> Iterator[str]:
    yield encode(
        UploadStarted(
            time=1.0, client="c", bucket="b", objects=2, bytes=2 * MIB, part_size=5 * MIB,
            parallel=1, pace=0.0, on_error="continue", attempts=1, timeout=60.0, seed=1,
        )
    )  # fmt: skip
    for number, outcome in enumerate(("ok", "info"), 1):
        answer = (200, None) if outcome == "ok" else (507, "XMinioStorageFull")
        yield encode(
            Attempt(
                time=1.0 + number, operation=number, attempt=1, object=f"o{number}", group="some",
                bytes=MIB, parts=1, started=1.0, ended=1.0 + number, outcome=outcome, last=True,
                status=answer[0], code=answer[1],
            )
        )  # fmt: skip
    yield encode(
        UploadEnded(
            time=4.0, reason="done", objects=2, acknowledged=1, refused=1, attempts=2,
            bytes_acknowledged=MIB, exit_code=exit_code,
        )
    )  # fmt: skip


def _uploads(exit_code: int) -> Script:
    return Script(lines=tuple(_records(exit_code=exit_code)), exit_code=exit_code)


def test_run_from_nothing_to_nothing(loaded: LoadedLab, tmp_path: Path) -> None:
    engine = _engine(programs={CLIENT: _uploads(0)})
    options = RunOptions(UpOptions(tmp_path / "runs"))
    result = run(engine, loaded, options, Silent(), Interrupts())
    assert (result.summary.acknowledged, result.summary.refused) == (1, 1)
    assert result.verdict.result == "pass"
    assert engine.observe() == Observed()
    assert (result.folder.path / "summary.json").is_file()
    found = {each.record.type: each.record for each in result.folder.read_events()}
    begun, ended = found["step-started"], found["step-ended"]
    started = next(
        each.record
        for each in result.folder.read_events()
        if getattr(each.record, "operation", "") == f"start container {CLIENT}"
    )
    assert begun.time <= started.time, "it begins with its client"
    assert ended.time - begun.time == pytest.approx(ended.seconds, abs=0.05)  # type: ignore[union-attr]


def test_run_of_a_lab_that_is_up(
    make: Callable[..., object], loaded: LoadedLab, tmp_path: Path
) -> None:
    engine = _engine()
    make(engine)
    with pytest.raises(Unavailable, match="is up already"):
        run(engine, loaded, RunOptions(UpOptions(tmp_path / "runs")), Silent(), Interrupts())
    assert engine.inspect(SERVER).state is State.RUNNING


class Wave(Silent):
    """Does something as soon as the client is followed."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do

    def progress(self, text: str) -> None:
        if text.startswith("waiting for the client"):
            self._do()


def _until_stopped(running: Running) -> int:
    running.asked_to_stop.wait(30)
    return 143


def test_a_run_whose_server_dies_keeps_the_evidence(loaded: LoadedLab, tmp_path: Path) -> None:
    engine = _engine(programs={CLIENT: _until_stopped})
    options = RunOptions(UpOptions(tmp_path / "runs"))
    view = Wave(lambda: engine.end(SERVER, 137, oom_killed=True))
    result = run(engine, loaded, options, view, Interrupts())
    assert isinstance(result.failure, Unhealthy)
    assert "killed for memory" in result.failure.message
    assert engine.observe() == Observed()
    assert (result.folder.path / "logs" / "uploader.log").is_file()


def _interrupt() -> None:
    raise Interrupted(2)


def test_a_run_that_is_interrupted_takes_down_what_it_made(
    loaded: LoadedLab, tmp_path: Path
) -> None:
    engine = _engine(programs={CLIENT: _until_stopped})
    with pytest.raises(Interrupted):
        run(
            engine,
            loaded,
            RunOptions(UpOptions(tmp_path / "runs")),
            Wave(_interrupt),
            Interrupts(),
        )
    assert engine.observe() == Observed()
    assert (tmp_path / "runs" / "t" / "latest" / "logs" / "uploader.log").is_file()
