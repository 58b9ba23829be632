"""Waiting until MinIO can serve.

Where the published port can be reached, MinIO itself is asked (`/minio/health/cluster`: `/ready`
says yes too early); elsewhere the container's own health check tells.
"""

import http.client
import threading
import time

from labctl.engine.base import Engine
from labctl.errors import EngineError, Interrupted, Unhealthy
from labctl.resources import Health, SeenContainer, State
from labctl.units import show_duration

_PROBE_EVERY = 0.02
_LOOK_EVERY = 0.25
_TAIL = 15


def await_healthy(
    engine: Engine, name: str, port: int, *, timeout: float, stop: threading.Event
) -> None:
    """Return once the server is healthy.

    Raises Unhealthy, with the tail of its log, where it ended or took over `timeout` seconds.
    """
    until = time.monotonic() + timeout
    address = engine.reach(name, port)
    next_look = time.monotonic() + _LOOK_EVERY
    while not (address and _serves(address)):
        late = time.monotonic() > until
        if late or time.monotonic() >= next_look:
            if _look(engine, name).health is Health.HEALTHY:
                return
            next_look = time.monotonic() + _LOOK_EVERY
        if late:
            raise _too_late(engine, name, timeout)
        if stop.wait(_PROBE_EVERY):
            raise Interrupted(2)


def check_running(engine: Engine, name: str) -> SeenContainer:
    """A server that runs. Raises Unhealthy, with the tail of its log, where it does not."""
    return _look(engine, name)


def _serves(address: str) -> bool:
    connection = http.client.HTTPConnection(address, timeout=2.0)
    try:
        connection.request("GET", "/minio/health/cluster")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _look(engine: Engine, name: str) -> SeenContainer:
    seen = engine.inspect(name)
    if seen.oom_killed:
        raise Unhealthy(
            f"{name} was killed for memory{_log_tail(engine, name)}",
            "its drives' pages count against its memory limit: make the drives smaller",
        )
    if seen.state in (State.EXITED, State.DEAD):
        raise Unhealthy(
            f"{name} ended with exit code {seen.exit_code}{_log_tail(engine, name)}",
            "its log above says why, unless something outside of it ended it",
        )
    return seen


def _too_late(engine: Engine, name: str, timeout: float) -> Unhealthy:
    return Unhealthy(
        f"{name} was not healthy within {show_duration(timeout)}{_log_tail(engine, name)}",
        "give it longer with --timeout, for example --timeout 3m",
    )


def _log_tail(engine: Engine, name: str) -> str:
    try:
        lines = [line.text for line in engine.logs(name, tail=_TAIL)]
    except EngineError as error:
        return f" (its log cannot be read: {error.message})"
    return "".join(f"\n  | {line}" for line in lines) or " (its log is empty)"
