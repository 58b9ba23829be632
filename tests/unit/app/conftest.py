"""The fake server and what is sent to it, as fixtures."""

import os
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

import labctl
from labctl.app.task import Group, UploadTask
from tests.unit.app.fake_s3 import MIB, SECRET, FakeS3, Handler, Program


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    state = FakeS3()
    handler = type("BoundHandler", (Handler,), {"s3": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    state.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def task() -> UploadTask:
    return UploadTask(
        bucket="files",
        groups=(Group("some", 3, 1000),),
        part_size=5 * MIB,
        parallel=1,
        pace=0.0,
        on_error="continue",
        attempts=3,
        wait=0.001,
        max_wait=0.002,
        give_up=30.0,
        timeout=20.0,
        seed=1,
        make_bucket=True,
        ready_timeout=20.0,
    )


@pytest.fixture
def program() -> Program:
    keys = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": SECRET}
    root = str(Path(labctl.__file__).parents[1])
    environment = dict(os.environ) | keys | {"PYTHONPATH": root}
    return Program((sys.executable, "-m"), environment)
