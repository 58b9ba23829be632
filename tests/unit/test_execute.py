"""Executing: side by side where nothing is awaited, nothing further after a failure."""

import json
import threading
from pathlib import Path

import pytest

from labctl.engine.base import ExecResult
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Script
from labctl.errors import EngineError, LabFailed, PortTaken, Unhealthy
from labctl.events import Operation, QuotaSet
from labctl.execute import Executor
from labctl.plan import ConfirmQuota, LogIn, Plan, PrepareBucket
from labctl.plan import Operation as Planned
from labctl.resources import Health, Observed
from tests.unit.labs import APP, SERVER, drawn, plan

HEALTHY = {"labctl-t-minio": Script(health=Health.HEALTHY)}
FOREVER = 1000.0


def memory_engine(**given: object) -> MemoryEngine:
    return MemoryEngine(images=(APP.tag, SERVER.tag), **({"programs": HEALTHY} | given))  # type: ignore[arg-type]


def test_a_whole_plan() -> None:
    engine, told = memory_engine(), []
    made = plan(drawn(), Observed())
    Executor(engine, told.append).execute(made)
    assert {done.operation for done in told} == {step.id for step in made.operations}
    assert all(done.error is None for done in told)
    assert not plan(drawn(), engine.observe("t"))


def test_what_waits_for_nothing_runs_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=20)

    class Meeting(MemoryEngine):
        def create(self, resource):  # type: ignore[no-untyped-def]
            if resource.name.endswith(("-data1", "-data2")):
                meeting.wait()
            super().create(resource)

    engine = Meeting(images=(APP.tag, SERVER.tag), programs=HEALTHY)
    Executor(engine, lambda _: None).execute(plan(drawn(minio={"drives": 2}), Observed()))
    assert not meeting.broken


def test_after_a_failure_nothing_that_waits_for_it_is_begun() -> None:
    engine, told = memory_engine(), []
    engine.fail("create", EngineError("no room"), name="labctl-t-net")
    with pytest.raises(EngineError, match="no room"):
        Executor(engine, told.append).execute(plan(drawn(), Observed()))
    failed = [done for done in told if done.error]
    assert [done.operation for done in failed] == ["create network labctl-t-net"]
    assert "labctl-t-minio" not in {call.name for call in engine.calls}


def test_a_failure_ends_the_wait_for_health() -> None:
    engine = memory_engine(programs={"labctl-t-minio": Script(health=Health.STARTING)})
    engine.fail("start", PortTaken(1, "port 1 is taken"), name="labctl-t-uploader")
    with pytest.raises(PortTaken):
        Executor(engine, lambda _: None, FOREVER).execute(plan(drawn(), Observed()))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (Script(lines=("FATAL no such parity",), exit_code=1), "exit code 1\n  . FATAL"),
        (Script(exit_code=137, oom_killed=True), "killed for memory"),
        (Script(health=Health.STARTING), "not healthy within 10 ms"),
    ],
)
def test_a_server_that_does_not_come_up(script: Script, said: str) -> None:
    engine = memory_engine(programs={"labctl-t-minio": script})
    with pytest.raises(Unhealthy, match=said):
        Executor(engine, lambda _: None, 0.01).execute(plan(drawn(), Observed()))


def test_files_go_in_under_their_group(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    engine = memory_engine()
    wanted = drawn(files={"own": {"dir": "x"}}, folders={"own": tmp_path})
    Executor(engine, lambda _: None).execute(plan(wanted, Observed()))
    assert engine.files("labctl-t-uploader") == {"/files/own/b": b"2", "/files/own/deep/a": b"1"}


class Mc:
    """Answers as mc does, with the quota that it is told or another."""

    def __init__(self, quota: int) -> None:
        self.quota = quota
        self.asked: list[tuple[str, ...]] = []
        self.read: list[bytes] = []

    def __call__(self, _: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        self.asked.append(argv)
        self.read.append(stdin)
        answer = {"status": "success", "quota": self.quota, "type": "hard"}
        return ExecResult(0, json.dumps(answer).encode(), b"")


def _server_with(mc: Mc) -> MemoryEngine:
    engine = memory_engine(answer=mc)
    Executor(engine, lambda _: None).execute(plan(drawn(), Observed()))
    mc.asked.clear()
    return engine


def test_a_quota_is_set_and_read_back_with_the_login_on_standard_input() -> None:
    mc = Mc(quota=1000)
    engine, name = _server_with(mc), "labctl-t-minio"
    prepare = PrepareBucket(name, "b", 1000, versioning=True)
    login, bucket = Planned(LogIn(name), "new"), Planned(prepare, "new", (str(LogIn(name)),))
    confirm = Planned(ConfirmQuota(name, "b", 1000), "new", (str(prepare),))
    told: list[object] = []
    Executor(engine, told.append).execute(Plan((login, bucket, confirm)))
    assert [each.quota for each in told if isinstance(each, QuotaSet)] == [1000]
    assert [argv[1:3] for argv in mc.asked] == [
        ("alias", "import"),
        ("mb", "--ignore-existing"),
        ("version", "enable"),
        ("quota", "set"),
        ("quota", "info"),
    ]
    assert json.loads(mc.read[0])["secretKey"] == "labctl-secret"
    assert "labctl-secret" not in str(mc.asked)


def test_a_quota_that_reads_otherwise_is_a_failure() -> None:
    confirm = Planned(ConfirmQuota("labctl-t-minio", "b", 1000), "new")
    with pytest.raises(LabFailed, match="reads 999 bytes, not 1000"):
        Executor(_server_with(Mc(quota=999)), lambda _: None).execute(Plan((confirm,)))


def test_an_empty_plan_does_nothing() -> None:
    told: list[Operation] = []
    Executor(memory_engine(), told.append).execute(Plan())
    assert told == []
