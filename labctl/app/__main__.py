"""`python3 -m labctl.app PROGRAM ARGUMENT...`: runs one of the lab's programs.

The signals that end a program are held back before anything that takes time: the first process of a
container that has no handler yet never gets them.
"""

import signal
import sys
from importlib import import_module

PROGRAMS = ("deleter", "hand", "observer", "prober", "uploader", "verifier", "waiter")


def main() -> None:
    """Run the program that the command line names."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        sys.exit(f"say which program: {', '.join(PROGRAMS)}")
    import_module(f"labctl.app.{sys.argv.pop(1)}").main()


if __name__ == "__main__":
    main()
