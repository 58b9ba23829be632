"""A far engine: a TCP port that relays to a near one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlparse


@contextmanager
def relay(engine: str) -> Iterator[str]:
    """The address of a relay to `engine`, both as DOCKER_HOST would name them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, engine), daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        finally:
            # Closing alone would leave the thread in accept().
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, engine: str) -> None:
    with suppress(OSError):
        while True:
            near, _ = server.accept()
            threading.Thread(target=_join, args=(near, engine), daemon=True).start()


def _join(near: socket.socket, engine: str) -> None:
    with near, _connect(engine) as far:
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()


def _connect(engine: str) -> socket.socket:
    address = urlparse(engine)
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
