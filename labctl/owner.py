"""Who holds a lab: a process, told from a later one of the same number by its start time."""

import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process on a machine. `started` is in the kernel's clock ticks since that machine's boot,
    and `boot` names the boot."""

    host: str
    boot: str
    pid: int
    started: int
    user: str

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user} on {self.host}"

    def to_json(self) -> str:
        """For a label."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def may_be_alive(self) -> bool:
        """False only where the process is surely gone; one of another machine may be alive."""
        me = this_process()
        if (self.host, self.boot) != (me.host, me.boot):
            return self.host != me.host
        return _start_ticks(self.pid) == self.started


def this_process() -> Owner:
    """The process that asks."""
    return Owner(socket.gethostname(), _boot(), os.getpid(), _start_ticks(os.getpid()), _user())


def read_owner(text: str) -> Owner | None:
    """The owner in a label, or None where the text is none."""
    try:
        return Owner(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _start_ticks(pid: int) -> int:
    """Field 22 of /proc/PID/stat, counted from behind the command's name; 0 where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    after_name = stat.rpartition(")")[2].split()
    # A zombie has ended: only its parent has not yet asked how.
    return 0 if after_name[0] == "Z" else int(after_name[19])
