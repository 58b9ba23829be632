"""Which engine is meant, and what is said where none can be used."""

import hashlib
import http.server
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labctl.engine import docker_connect
from labctl.engine.docker import connect
from labctl.engine.docker_connect import find_address
from labctl.errors import NoEngine
from tests.engine.lab import WAITS, Lab
from tests.engine.relay import relay

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


@pytest.fixture
def real() -> str:
    """The address of the engine that answers here."""
    return find_address(os.environ).url


@pytest.fixture
def bare(real: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment that names no engine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return monkeypatch


def refusal() -> NoEngine:
    with pytest.raises(NoEngine) as caught:
        connect()
    assert caught.value.exit_code == 3
    assert caught.value.hint
    return caught.value


def write_context(folder: Path, name: str, host: str) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(
        json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints})
    )


def test_a_port_where_nothing_listens(bare: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    bare.setenv("DOCKER_HOST", address)
    error = refusal()
    assert address in error.message
    assert "DOCKER_HOST" in error.message
    assert "refused" in error.message
    assert "systemctl start docker" in error.hint


def test_a_socket_that_is_not_there(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    error = refusal()
    assert f"{tmp_path}/none.sock" in error.message
    assert "No such file" in error.message


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may open any socket, so it steps down for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_socket_without_permission(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "closed.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)
        bare.setenv("DOCKER_HOST", f"unix://{path}")
        with as_nobody():
            error = refusal()
    assert "permission" in error.message
    assert "group docker" in error.hint


@pytest.mark.parametrize(
    "value", ["rubbish", "tcp://", "ftp://127.0.0.1:1", "tcp://127.0.0.1:port", "fd://", "//"]
)
def test_an_address_without_sense(bare: pytest.MonkeyPatch, value: str) -> None:
    bare.setenv("DOCKER_HOST", value)
    error = refusal()
    assert value in error.message
    assert "DOCKER_HOST=unix://" in error.hint


def test_an_engine_by_ssh_says_what_it_takes(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DOCKER_HOST", "ssh://somebody@host.invalid")
    assert "paramiko" in refusal().hint


def test_something_that_accepts_and_is_silent(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(docker_connect, "ANSWER_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        bare.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.getsockname()[1]}")
        began = time.monotonic()
        assert "answers" in refusal().message
        assert time.monotonic() - began < 5


class WebServer(http.server.BaseHTTPRequestHandler):
    """Answers all with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>no engine</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_something_that_is_no_engine(bare: pytest.MonkeyPatch) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), WebServer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        bare.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        assert "no Docker engine" in refusal().message


def test_a_context_that_is_not_there(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DOCKER_CONTEXT", "nowhere")
    error = refusal()
    assert "'nowhere'" in error.message
    assert "docker context" in error.hint


def test_a_context_is_used(bare: pytest.MonkeyPatch, real: str, tmp_path: Path) -> None:
    write_context(tmp_path, "mine", real)
    write_context(tmp_path, "other", "tcp://127.0.0.1:1")
    bare.setenv("DOCKER_CONTEXT", "mine")
    engine = connect()
    assert engine.describe().version
    engine.close()


def test_the_nearest_naming_wins(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_address(os.environ).url == "unix:///var/run/docker.sock"
    write_context(tmp_path, "chosen", "tcp://127.0.0.1:1")
    write_context(tmp_path, "named", "tcp://127.0.0.1:2")
    (tmp_path / "config.json").write_text('{"currentContext": "chosen"}')
    assert find_address(os.environ).url == "tcp://127.0.0.1:1"
    bare.setenv("DOCKER_CONTEXT", "named")
    assert find_address(os.environ).url == "tcp://127.0.0.1:2"
    bare.setenv("DOCKER_HOST", "tcp://127.0.0.1:3")
    assert find_address(os.environ).url == "tcp://127.0.0.1:3"


def test_certificates_that_are_not_there(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    bare.setenv("DOCKER_TLS_VERIFY", "1")
    bare.setenv("DOCKER_CERT_PATH", str(tmp_path))
    assert "DOCKER_CERT_PATH" in refusal().message


def test_proxies_of_the_environment_are_not_asked(bare: pytest.MonkeyPatch, real: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        bare.setenv(name, "http://127.0.0.1:1")
    bare.delenv("no_proxy", raising=False)
    bare.delenv("NO_PROXY", raising=False)
    with relay(real) as address:
        bare.setenv("DOCKER_HOST", address)
        engine = connect()
        assert engine.describe().version
        engine.close()


def test_a_far_engine_does_the_same(
    bare: pytest.MonkeyPatch, real: str, docker_lab: Lab, image: str
) -> None:
    data = os.urandom(2**20)
    code = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    with relay(real) as address:
        bare.setenv("DOCKER_HOST", address)
        engine = connect()
        lab = Lab(engine, docker_lab.name)
        name = lab.run(image, WAITS)
        assert engine.exec(name, ("python3", "-c", code), data).stdout == data
        lines = engine.logs(name, follow=True)
        assert next(lines).text == "up"
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.extend(line.text for line in lines))
        reader.start()
        lines.close()
        reader.join(10)
        assert not reader.is_alive()
        assert engine.reach(name, 9000) is None
        engine.close()


def test_an_engine_that_dies_is_told(bare: pytest.MonkeyPatch, real: str) -> None:
    with relay(real) as address:
        bare.setenv("DOCKER_HOST", address)
        engine = connect()
    engine.close()
    with pytest.raises(NoEngine, match="connection to the engine was lost"):
        engine.observe()
