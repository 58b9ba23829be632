"""A far engine: a TCP port that relays to the engine that answers here."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlparse

from labctl.engine.docker_connect import find_address


@contextmanager
def relay() -> Iterator[str]:
    """The address of a relay, as DOCKER_HOST would name it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        finally:
            # Closing alone would leave the thread in accept().
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            near, _ = server.accept()
            threading.Thread(target=_join, args=(near,), daemon=True).start()


def _join(near: socket.socket) -> None:
    with near, _engine() as far:
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()


def _engine() -> socket.socket:
    address = urlparse(find_address(os.environ).url)
    if address.scheme == "unix":
        made = socket.socket(socket.AF_UNIX)
        made.connect(address.path)
        return made
    return socket.create_connection((address.hostname or "", address.port or 0))


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    # One direction may end before the other: that is how a command learns of its input's end.
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
