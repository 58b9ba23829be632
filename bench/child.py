"""Runs a command and writes what it took: `child.py REPORT PROGRAM [ARGUMENT...]`.

A process of its own, and a small one: what the kernel calls a command's peak memory is never less
than that of the process which started it.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """Run the command; signals are for the command alone, so that its end is always reported."""
    report, *argv = sys.argv[1:]
    endings = (signal.SIGINT, signal.SIGTERM)
    for number in endings:
        signal.signal(number, signal.SIG_IGN)
    began = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ, setsigdef=endings)
    _, status, used = os.wait4(pid, 0)
    usage = {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
        "exit_code": os.waitstatus_to_exitcode(status),
    }
    with open(report, "w", encoding="utf-8") as file:
        json.dump(usage, file)


if __name__ == "__main__":
    main()
