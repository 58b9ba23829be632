"""Ports of the host's loopback: free ones, and who holds a taken one."""

import random
import socket
import threading
from collections.abc import Iterable

from labctl.engine.docker_convert import LOOPBACK
from labctl.errors import PortTaken
from labctl.resources import Port, SeenContainer

FIRST, LAST = 20_000, 32_000
_TRIES = 200


class PortPicker:
    """Picks ports that are free, each once, whichever thread asks."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._lock = threading.Lock()

    def settle(self, ports: Iterable[Port]) -> dict[int, int]:
        """Host ports by container port. Raises PortTaken where no free one is found."""
        return {port.container: port.host or self._pick() for port in ports}

    def _pick(self) -> int:
        for _ in range(_TRIES):
            port = random.randint(FIRST, LAST)  # noqa: S311
            with self._lock:
                if port in self._given or not _is_free(port):
                    continue
                self._given.add(port)
                return port
        raise PortTaken(
            None,
            f"no free port between {FIRST} and {LAST} on this machine's loopback",
            "take labs down (labctl ps, labctl down), or pin ports: --set minio.ports.api=9000",
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def taken(port: int | None, containers: Iterable[SeenContainer]) -> PortTaken:
    """The error that says who holds `port`."""
    holder = next((seen for seen in containers if port in seen.ports.values()), None)
    by = f"the container {holder.name}" if holder else "another program"
    which = "a port" if port is None else f"port {port}"
    return PortTaken(
        port,
        f"{which} of the engine's machine is taken by {by}",
        "end it, or let labctl pick free ports: --set minio.ports=auto",
    )
