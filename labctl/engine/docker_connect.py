"""Finds the engine that is meant, as the docker command does, and connects to it."""

import hashlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import docker.errors
import docker.utils
import requests
from docker.tls import TLSConfig
from requests.adapters import HTTPAdapter

from labctl.engine.docker_errors import causes
from labctl.errors import NoEngine

_DEFAULT_SOCKET = "/var/run/docker.sock"
DEFAULT_ADDRESS = f"unix://{_DEFAULT_SOCKET}"
ANSWER_TIMEOUT = 10
CALL_TIMEOUT = 60
_CONNECTIONS = 32
_FALLBACK_API = "1.41"
_START = "start one (sudo systemctl start docker), or name one: DOCKER_HOST=unix:///path/to/socket"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is looked for; `origin` says who named it."""

    url: str
    origin: str
    tls: TLSConfig | None = None

    @property
    def local(self) -> bool:
        """Whether the engine's loopback is this machine's, as far as the address tells."""
        return self.url.startswith("unix://")

    def __str__(self) -> str:
        return f"{self.url} ({self.origin})"


class Client(docker.APIClient):
    """The SDK's client: no call without a time limit, straight to the engine, API negotiated."""

    def __init__(self, address: Address) -> None:
        super().__init__(
            base_url=address.url,
            version=_FALLBACK_API,
            timeout=ANSWER_TIMEOUT,
            tls=address.tls or False,
            max_pool_size=_CONNECTIONS,
        )
        # Proxies and certificate bundles of the environment are meant for the web, and the
        # latter would take precedence over the engine's own certificate authority.
        self.trust_env = False
        if not address.local:
            for scheme in ("http://", "https://"):
                self.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
        self.engine_version: Mapping[str, Any] = self.version(api_version=False)
        self._version = str(self.engine_version["ApiVersion"])
        self.timeout = CALL_TIMEOUT

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send with the client's time limit where the SDK would wait for ever."""
        if options.get("timeout") is None:
            options["timeout"] = self.timeout
        return super().send(request, **options)

    def make_container(self, config: dict[str, Any], name: str | None = None) -> str:
        """Id of a new container."""
        return str(self.create_container_from_config(config, name)["Id"])  # type: ignore[no-untyped-call]

    def address_of(self, path: str) -> str:
        """The URL of a path of the API, for calls that the SDK has no method for."""
        return f"{self.base_url}/v{self.api_version}{path}"


def open_client() -> tuple[Client, Address]:
    """A client of the engine that is meant. Raises NoEngine."""
    address = find_address(os.environ)
    try:
        _knock(address)
        return Client(address), address
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise _explain(error, address) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoEngine(
            f"what answers at {address} is no Docker engine, or the address is malformed: {error}",
            "write for example DOCKER_HOST=unix:///var/run/docker.sock or tcp://127.0.0.1:2375",
        ) from error


def _knock(address: Address) -> None:
    # The SDK leaves a socket open that could not be connected.
    if address.local:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(ANSWER_TIMEOUT)
            door.connect(address.url.removeprefix("unix://") or _DEFAULT_SOCKET)


def find_address(environment: Mapping[str, str]) -> Address:
    """DOCKER_HOST, else the docker context that is set, else the default socket."""
    try:
        given = docker.utils.kwargs_from_env(environment=dict(environment))
    except docker.errors.TLSParameterError as error:
        raise NoEngine(
            f"DOCKER_TLS_VERIFY and DOCKER_CERT_PATH: {error.msg}",
            "put ca.pem, cert.pem and key.pem into the folder that DOCKER_CERT_PATH names",
        ) from error
    if given.get("base_url"):
        return Address(given["base_url"], "from DOCKER_HOST", given.get("tls"))
    home = environment.get("HOME") or str(Path.home())
    folder = Path(environment.get("DOCKER_CONFIG") or Path(home, ".docker"))
    name = environment.get("DOCKER_CONTEXT") or _current_context(folder)
    if name in ("", "default"):
        return Address(DEFAULT_ADDRESS, "the default")
    return _context(folder, name)


def _current_context(folder: Path) -> str:
    try:
        found = json.loads((folder / "config.json").read_text("utf-8"))
        return str(found.get("currentContext") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def _context(folder: Path, name: str) -> Address:
    digest = hashlib.sha256(name.encode()).hexdigest()
    try:
        text = (folder / "contexts" / "meta" / digest / "meta.json").read_text("utf-8")
        endpoint = json.loads(text)["Endpoints"]["docker"]
        host = endpoint.get("Host") or DEFAULT_ADDRESS
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoEngine(
            f"the docker context {name!r} is not there, or cannot be read",
            "see docker context ls; choose one with docker context use, or set DOCKER_HOST",
        ) from error
    certificates = folder / "contexts" / "tls" / digest / "docker"
    skip = bool(endpoint.get("SkipTLSVerify"))
    return Address(host, f"from the docker context {name}", _context_tls(certificates, skip=skip))


def _context_tls(folder: Path, *, skip: bool) -> TLSConfig | None:
    authority, certificate, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    if not folder.is_dir():
        return None
    pair = (str(certificate), str(key)) if certificate.exists() and key.exists() else None
    ca = str(authority) if authority.exists() else None
    return TLSConfig(client_cert=pair, ca_cert=ca, verify=not skip)


def _explain(error: Exception, address: Address) -> NoEngine:
    found = list(causes(error))
    if any(isinstance(cause, PermissionError) for cause in found):
        return NoEngine(
            f"no permission to use the engine at {address}",
            "join the group docker (sudo usermod -aG docker $USER, then log in again), "
            "or run as root",
        )
    if isinstance(error, docker.errors.DockerException) and not isinstance(
        error, docker.errors.APIError
    ):
        hint = "write for example DOCKER_HOST=unix:///var/run/docker.sock or tcp://127.0.0.1:2375"
        if address.url.startswith("ssh://"):
            hint = "install paramiko beside labctl, or forward the engine's socket with ssh -L"
        return NoEngine(f"no engine can be reached at {address}: {error}", hint)
    reason = next((c for c in reversed(found) if isinstance(c, OSError) and c.strerror), found[-1])
    text = getattr(reason, "strerror", None) or str(reason)
    return NoEngine(f"no Docker engine answers at {address}: {text}", _START)
