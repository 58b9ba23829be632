"""What the SDK and its HTTP library raise, as labctl's errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import docker.errors
import requests
import urllib3.exceptions

from labctl.engine.base import OUTLIVED
from labctl.errors import (
    Conflict,
    EngineError,
    EngineTimeout,
    LabctlError,
    NoEngine,
    NoImage,
    NotFound,
    PortTaken,
)

_PORT = re.compile(r"(?:\d+\.\d+\.\d+\.\d+|\]|::):(\d+)")
_PORT_TAKEN = ("port is already allocated", "address already in use")
_NAME_TAKEN = re.compile(r"name .*(?:is already in use|already exists)", re.DOTALL)
_TIMED_OUT = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_CUT_OFF = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Lets no error of the SDK out; `what` was being done: `start labctl-a-minio`."""
    try:
        yield
    except LabctlError:
        raise
    except (docker.errors.DockerException, *_CUT_OFF) as error:
        raise translate(error, what) from error


def translate(error: Exception, what: str) -> LabctlError:
    """The error of labctl that `error` is."""
    if isinstance(error, docker.errors.APIError):
        return _refusal(error, what)
    if isinstance(error, requests.ConnectTimeout):
        return _lost(error, what)
    if _timed_out(error):
        return EngineTimeout(
            f"the engine did not answer in time: {what}",
            "see whether its machine is overloaded, and try again",
        )
    if isinstance(error, requests.JSONDecodeError):
        return EngineError(f"the engine's answer is no JSON: {what}", "see what answers there")
    if isinstance(error, _CUT_OFF):
        return _lost(error, what)
    return EngineError(f"{what}: {error}")


def causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and all that it came from, in `__cause__`, `__context__` or its arguments."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        nested = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting.extend(item for item in nested if isinstance(item, BaseException))


def _timed_out(error: Exception) -> bool:
    return any(isinstance(cause, _TIMED_OUT) for cause in causes(error))


def _lost(error: Exception, what: str) -> NoEngine:
    reason = list(causes(error))[-1]
    return NoEngine(
        f"the connection to the engine was lost: {what} ({reason})",
        "see whether the engine still runs: docker version",
    )


def _refusal(error: docker.errors.APIError, what: str) -> LabctlError:
    text = str(error.explanation or error).strip()
    lower = text.lower()
    if any(sign in lower for sign in _PORT_TAKEN):
        found = _PORT.search(text)
        return PortTaken(int(found[1]) if found else None, f"{what}: {text}")
    if "no such image" in lower:
        return NoImage(f"{what}: {text}", "get the lab's images: labctl images get")
    if "non running container" in lower:
        return EngineError(f"{what}: {text}", OUTLIVED)
    if error.status_code == 404:
        return NotFound(f"{what}: {text}")
    if error.status_code == 409 and _NAME_TAKEN.search(lower):
        return Conflict(f"{what}: {text}")
    return EngineError(f"{what}: {text}")
