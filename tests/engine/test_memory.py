"""What tests can tell the engine in memory, and learn from it."""

from pathlib import Path

import pytest

from labctl.engine.base import ExecResult, FileEntry
from labctl.engine.memory import MemoryEngine
from labctl.engine.memory_box import Call, Script, make_image
from labctl.errors import EngineError, NotFound, PortTaken
from labctl.resources import Container, Health, HealthCheck, Mount, Port, State

CHECK = HealthCheck(("true",))


def started(engine: MemoryEngine, name: str = "a", **fields: object) -> None:
    engine.create(Container(name, {"labctl.lab": "l"}, "i:1", **fields))  # type: ignore[arg-type]
    engine.start(name)


def test_a_container_runs_until_it_is_stopped() -> None:
    engine = MemoryEngine(images=["i:1"])
    started(engine, health=CHECK)
    assert engine.inspect("a").health is Health.HEALTHY
    engine.stop("a", 10)
    assert (engine.inspect("a").state, engine.wait("a", 0)) == (State.EXITED, 0)


def test_a_script_is_played_at_the_start() -> None:
    script = Script(lines=("one", "two"), exit_code=1)
    engine = MemoryEngine(images=["i:1"], programs={"a": script})
    started(engine)
    assert engine.wait("a", 0) == 1
    assert [line.text for line in engine.logs("a")] == ["one", "two"]


def test_a_container_may_be_killed_for_memory() -> None:
    engine = MemoryEngine(images=["i:1"], default=Script(oom_killed=True))
    started(engine)
    assert engine.inspect("a").oom_killed
    assert engine.wait("a", 0) == 137


def test_a_running_container_is_told_what_to_do() -> None:
    engine = MemoryEngine(images=["i:1"], default=Script(health=Health.STARTING))
    started(engine, health=CHECK)
    assert engine.inspect("a").health is Health.STARTING
    engine.set_health("a", Health.UNHEALTHY)
    assert engine.inspect("a").health is Health.UNHEALTHY
    engine.say("a", "words", "stderr")
    assert [(line.stream, line.text) for line in engine.logs("a")] == [("stderr", "words")]
    engine.end("a", 5)
    engine.end("a", 6)
    assert engine.wait("a", 0) == 5


def test_commands_are_answered() -> None:
    def answer(name: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        return ExecResult(3, stdin, " ".join((name, *argv)).encode())

    engine = MemoryEngine(images=["i:1"], answer=answer)
    started(engine)
    assert engine.exec("a", ("b", "c"), b"in") == ExecResult(3, b"in", b"a b c")


def test_what_an_answer_raises_is_raised() -> None:
    def answer(name: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        raise EngineError("no")

    engine = MemoryEngine(images=["i:1"], answer=answer)
    started(engine)
    with pytest.raises(EngineError, match="no"):
        engine.exec("a", ("b",))


def test_the_nth_call_fails() -> None:
    engine = MemoryEngine()
    engine.fail("observe", EngineError("second"), at=2)
    engine.fail("inspect", EngineError("only b"), name="b")
    engine.observe()
    with pytest.raises(EngineError, match="second"):
        engine.observe()
    engine.observe()
    with pytest.raises(NotFound):
        engine.inspect("a")
    with pytest.raises(EngineError, match="only b"):
        engine.inspect("b")


def test_calls_are_kept_in_order() -> None:
    engine = MemoryEngine(images=["i:1"])
    started(engine)
    engine.observe("l")
    assert engine.calls == [Call("create", "a"), Call("start", "a"), Call("observe", "l")]


def test_a_port_of_another_program_is_taken() -> None:
    engine = MemoryEngine(images=["i:1"], taken_ports=[9000, 20_000])
    with pytest.raises(PortTaken, match=r"9000 .*another program") as caught:
        started(engine, ports=(Port(80, 9000),))
    assert caught.value.port == 9000
    started(engine, "b", ports=(Port(80),))
    assert engine.inspect("b").ports == {80: 20_001}


def test_a_local_engine_can_be_reached() -> None:
    engine = MemoryEngine(images=["i:1"], local=True)
    started(engine, ports=(Port(80, 1234),))
    assert engine.reach("a", 80) == "127.0.0.1:1234"


def test_copied_files_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    engine = MemoryEngine(images=["i:1"])
    started(engine, mounts=(Mount("v", "/files"),))
    engine.put("a", "/files", [FileEntry(tmp_path / "f", "sub/f")])
    assert engine.files("a") == {"/files/sub/f": b"content"}


def test_images_come_and_go(tmp_path: Path) -> None:
    labelled = make_image("l:1", {"labctl.image": "x"})
    engine = MemoryEngine(images=["i:1", labelled], registry=["r:1"], memory=123)
    assert engine.list_images() == (labelled,)
    assert engine.memory_available("i:1") == 123
    assert list(engine.pull_image("r:1"))
    assert engine.find_image("r:1") is not None
    (tmp_path / "root.tar").touch()
    engine.import_image(tmp_path / "root.tar", "m:1", ("LABEL labctl.image=y",))
    assert [image.tags for image in engine.list_images()] == [("l:1",), ("m:1",)]
    engine.tag_image("m:1", "l:1")
    found = engine.find_image("l:1")
    assert found is not None
    assert found.labels == {"labctl.image": "y"}
