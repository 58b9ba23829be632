"""Calls that mark a place in the server's audit record: `marker HOST:PORT BUCKET COUNT SECONDS`.

Each lists a bucket that does not exist, as nobody. Exit codes: 0 where the server answered them
all, whatever it said; 1 where it did not within so many seconds, and standard error says why.
"""

import socket
import sys
from typing import NoReturn

_PIECE = 64 * 1024


def send_markers(address: str, bucket: str, count: int, timeout: float) -> None:
    """Make the calls, all in one go over one connection. Raises OSError where the server does not
    answer within `timeout` seconds."""
    host, _, port = address.rpartition(":")
    call = f"GET /{bucket}/ HTTP/1.1\r\nHost: {address}\r\nUser-Agent: labctl-marker\r\n"
    with socket.create_connection((host.strip("[]"), int(port)), timeout) as connection:
        connection.sendall(
            (f"{call}\r\n" * (count - 1) + f"{call}Connection: close\r\n\r\n").encode()
        )
        answered = 0
        while piece := connection.recv(_PIECE):
            answered += len(piece)
    if not answered:
        raise ConnectionError(f"{address} closed the connection without an answer")


def main() -> NoReturn:
    """Make the calls that the command line names."""
    address, bucket, count, timeout = sys.argv[1:]
    try:
        send_markers(address, bucket, int(count), float(timeout))
    except OSError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
