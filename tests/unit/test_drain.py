"""Whether all that the server sent has arrived, on an engine in memory."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from labctl.app.place import MARKER_PREFIX
from labctl.app.records import Gap
from labctl.audit_webhook import BATCH, ENABLE, ENDPOINT, URL
from labctl.engine.base import ExecResult
from labctl.engine.memory import MemoryEngine
from labctl.evidence.drain import Draining, drain, drain_lab
from labctl.labels import LAB, OBSERVER, ROLE
from labctl.resources import Container, Port
from tests.unit.labs import drawn

SERVER, WATCHER = "labctl-t-minio", "labctl-t-observer"
LONG = 30.0


class Lab:
    """A server and an observer that run, and what was called in the observer."""

    def __init__(self, *, port: int = 0, env: dict[str, str] | None = None) -> None:
        self.said: list[tuple[str, ...]] = []
        self.result = ExecResult(0, b"", b"")
        self.tells = True
        self.called = threading.Event()
        self.engine = MemoryEngine(images=("x",), local=port > 0, answer=self._call)
        ports = (Port(9000, port),) if port else ()
        env = {ENABLE: "on", ENDPOINT: URL, BATCH: "3"} | (env or {})
        for name, role in ((SERVER, "minio"), (WATCHER, OBSERVER)):
            marks = {LAB: "t", ROLE: role}
            self.engine.create(Container(name, marks, "x", env=env, ports=ports))
            self.engine.start(name)
            ports = ()

    def _call(self, name: str, argv: tuple[str, ...], stdin: bytes) -> ExecResult:
        self.said.append((name, *argv))
        self.called.set()
        if self.tells:
            self.engine.say(WATCHER, f'{{"type":"audit","bucket":"{argv[4]}"}}')
        return self.result

    def drain(self, within: float = LONG) -> str | None:
        return drain(self.engine, SERVER, WATCHER, 9000, within)


def test_the_markers_record_says_that_all_came() -> None:
    lab = Lab()
    assert lab.drain() is None
    ((name, *argv),) = lab.said
    assert name == WATCHER
    assert argv[:4] == ["python3", "-m", "labctl.app.marker", f"{SERVER}:9000"]
    assert argv[4].startswith(MARKER_PREFIX)
    assert argv[5] == "3"


def test_each_marker_has_a_name_of_its_own() -> None:
    lab = Lab()
    assert lab.drain() is None
    lab.tells = False
    assert "in time" in (lab.drain(0.05) or "")


def test_a_record_that_is_late_is_waited_for() -> None:
    lab = Lab()
    lab.tells = False
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(lab.drain()))
    thread.start()
    assert lab.called.wait(LONG)
    lab.engine.say(WATCHER, '{"type":"audit","bucket":"another"}')
    lab.engine.say(WATCHER, f'{{"type":"audit","bucket":"{lab.said[0][5]}"}}')
    thread.join(LONG)
    assert found == [None]


def test_no_record_in_time() -> None:
    lab = Lab()
    lab.tells = False
    began = time.monotonic()
    assert lab.drain(0.1) == (
        "audit: the server's last records may be missing: no record of calls made on purpose "
        f"came to {WATCHER} in time"
    )
    assert 0.1 <= time.monotonic() - began < LONG


@pytest.mark.parametrize(
    ("role", "said"),
    [(SERVER, f"{SERVER} is exited"), (WATCHER, "it is not running")],
)
def test_one_that_has_ended(role: str, said: str) -> None:
    lab = Lab()
    lab.engine.end(role, 0)
    assert said in (lab.drain() or "")


def test_an_observer_that_ends_meanwhile() -> None:
    lab = Lab()
    lab.tells = False
    threading.Timer(0.05, lab.engine.end, (WATCHER, 137)).start()
    assert f"{WATCHER} has ended" in (lab.drain() or "")


def test_a_server_that_does_not_answer() -> None:
    lab = Lab()
    lab.result = ExecResult(1, b"", b"ConnectionRefusedError: [Errno 111]\n")
    assert f"{SERVER} could not be asked: ConnectionRefusedError" in (lab.drain() or "")


@pytest.mark.parametrize("env", [{ENABLE: "off"}, {ENDPOINT: "http://elsewhere/"}, {ENDPOINT: ""}])
def test_a_server_that_sends_its_records_elsewhere(env: dict[str, str]) -> None:
    lab = Lab(env=env)
    assert "was told not to send them" in (lab.drain() or "")
    assert lab.said == []


def test_without_batches_one_marker_is_enough() -> None:
    lab = Lab(env={BATCH: ""})
    assert lab.drain() is None
    assert lab.said[0][6] == "1"


class Front(BaseHTTPRequestHandler):
    """What the server's published port answers."""

    protocol_version = "HTTP/1.1"
    lab: Lab

    def do_GET(self) -> None:
        self.lab.engine.say(WATCHER, self.path)
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def local_lab() -> Iterator[Lab]:
    """A lab whose server can be reached from here."""
    front = type("BoundFront", (Front,), {})
    server = HTTPServer(("127.0.0.1", 0), front)
    front.lab = Lab(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield front.lab
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_that_can_be_reached_is_asked_from_here(local_lab: Lab) -> None:
    assert local_lab.drain() is None
    assert local_lab.said == []
    lines = [line.text for line in local_lab.engine.logs(WATCHER)]
    assert len(lines) == 3
    assert f"/{MARKER_PREFIX}" in lines[0]


def test_a_lab_that_lost_nothing_has_no_gap() -> None:
    lab = Lab()
    assert drain_lab(lab.engine, lab.engine.observe("t")) is None


def test_what_may_be_missing_is_a_gap_of_the_observers() -> None:
    lab = Lab()
    lab.engine.end(SERVER, 137)
    found = drain_lab(lab.engine, lab.engine.observe("t"))
    assert found is not None
    assert found.source == OBSERVER
    assert isinstance(found.record, Gap)
    assert found.record.what.endswith(f"{SERVER} is exited")


@pytest.mark.parametrize("early", [True, False])
def test_a_drain_may_begin_before_it_is_asked_for(early: bool) -> None:
    lab = Lab(env={ENABLE: "off"})
    draining = Draining(lab.engine, "t")
    if early:
        draining.begin()
        draining.begin()
    found = draining.gap()
    assert found is not None
    assert isinstance(found.record, Gap)


def test_a_lab_without_an_observer_has_a_gap() -> None:
    lab = Lab()
    watcher = lab.engine.observe("t").container(WATCHER)
    assert watcher is not None
    lab.engine.remove(watcher)
    found = drain_lab(lab.engine, lab.engine.observe("t"))
    assert found is not None
    assert "there is no observer" in found.record.what  # type: ignore[union-attr]


def test_a_server_that_never_ran_sent_nothing() -> None:
    engine = MemoryEngine(images=("x",))
    assert drain_lab(engine, engine.observe("t")) is None
    engine.create(Container(SERVER, {LAB: "t", ROLE: "minio"}, "x"))
    assert drain_lab(engine, engine.observe("t")) is None


def test_a_labs_server_sends_its_records_to_its_observer() -> None:
    wanted = drawn()
    assert wanted.server.env[ENDPOINT] == "http://observer:8080/audit"
    assert wanted.server.env[ENABLE] == "on"
    assert wanted.observer.aliases == ("observer",)
    assert wanted.observer.command[:5] == ("python3", "-m", "labctl.app", "observer", "8080")


def test_a_lab_file_may_say_otherwise() -> None:
    env = drawn(minio={"env": {ENABLE: "off", BATCH: "1"}}).server.env
    assert (env[ENABLE], env[BATCH]) == ("off", "1")
