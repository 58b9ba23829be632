"""Watches a lab's drives and server: `observer PORT DRIVE=PATH ...`.

It samples `statvfs` of the drives ten times a second, looks more often for what is full only for a
moment, keeps the drives mounted, so that their data outlives a restart of MinIO, and takes MinIO's
audit records over HTTP. Exit codes: 0 on SIGTERM, 1 where it cannot listen, 2 where an argument
makes no sense.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from labctl.app.drives import GLANCE, Sampler, next_tick, read_drives
from labctl.app.output import Output
from labctl.app.receiver import AuditReceiver

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


def observe(sampler: Sampler) -> None:
    """Sample until a signal comes. The signals must be blocked."""
    tick = time.monotonic()
    while True:
        sampler.sample()
        tick = next_tick(tick, time.monotonic())
        if _told_to_end(sampler, tick):
            return


def _told_to_end(sampler: Sampler, tick: float) -> bool:
    """Glance until `tick`; True where a signal comes before."""
    while (left := tick - time.monotonic()) > 0:
        if signal.sigtimedwait(_SIGNALS, min(left, GLANCE)) is not None:
            return True
        sampler.glance()
    return signal.sigtimedwait(_SIGNALS, 0) is not None


def read_arguments(arguments: Sequence[str]) -> tuple[int, dict[str, str]]:
    """The port, and paths by the drives' names. Raises ValueError."""
    if not arguments or not arguments[0].isdecimal() or int(arguments[0]) >= 2**16:
        raise ValueError("give a port first, and then drives as NAME=PATH")
    return int(arguments[0]), read_drives(arguments[1:])


def main() -> NoReturn:
    """Observe what the command line names."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    output = Output(sys.stdout.buffer, sys.stderr.buffer)
    try:
        port, drives = read_arguments(sys.argv[1:])
    except ValueError as error:
        output.complain(f"observer: {error}")
        sys.exit(2)
    try:
        AuditReceiver(port, output).start()
    except OSError as error:
        output.complain(f"observer: cannot listen on port {port}: {error}")
        sys.exit(1)
    observe(Sampler(drives, output))
    # At once, whatever the receiver's threads do: every line that is answered for is written.
    os._exit(0)


if __name__ == "__main__":
    main()
