"""Every error that a user meets, and the exit code that it ends with.

LabctlError
|- UsageError (2)            the command was not understood
|  |- LabFileError           the lab file has problems, all of them listed
|  `- NoSuchLab              no lab, or not one alone, is meant
|- Unavailable (3)           the lab cannot be made here and now
|  |- NoEngine               no engine answers, or it lets nobody in
|  |- NoImage                neither present, nor pulled, nor built
|  |- NoMemory               the drives would take more than is left
|  |- PortTaken              a host port is in use
|  |- NotOurs                something of the lab's name is there and is not labctl's
|  |- LabHeld                another labctl works on the lab
|  `- Drift                  the lab is up with other settings
|- LabFailed (4)             the lab was made and failed
|  |- Unhealthy              MinIO ended, or was not healthy in time
|  |- StepLate               what plays a step took longer than it may, and was stopped
|  |- StepStopped            a step was told to end, for another one failed
|  |- EngineError            the engine refused a call
|  |  |- NotFound            what was named is not there
|  |  `- Conflict            the name is taken
|  `- EngineTimeout          the engine did not answer in time
`- Interrupted (130, 143)    SIGINT or SIGTERM
"""


class LabctlError(Exception):
    """What happened, and a hint of what to do next."""

    exit_code = 4
    evidence: str | None = None
    """Where the evidence is of a lab that was taken down because of it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LabctlError):
    """The command or its arguments make no sense."""

    exit_code = 2


class LabFileError(UsageError):
    """The lab file has problems; `problems` lists each as `file:line:col: what, and what to do`."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NoSuchLab(UsageError):
    """No lab is up, or several are and none was named."""


class Unavailable(LabctlError):
    """The lab cannot be made here and now."""

    exit_code = 3


class LabIsUp(Unavailable):
    """Containers of the lab are there, and a run begins with an empty one."""


class NoEngine(Unavailable):
    """No Docker engine answers."""


class NoImage(Unavailable):
    """An image is neither present, nor could it be pulled or built."""


class NoMemory(Unavailable):
    """The drives would take more memory than the engine's machine has left."""


class PortTaken(Unavailable):
    """A port of the host is in use."""

    def __init__(self, port: int | None, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.port = port


class NotOurs(Unavailable):
    """Something of the lab's name is there, and labctl did not make it."""


class LabHeld(Unavailable):
    """Another labctl is at work on the lab."""


class Drift(Unavailable):
    """The lab is up with other settings than the lab file's."""


class LabFailed(LabctlError):
    """The lab was made and then failed."""


class Unhealthy(LabFailed):
    """MinIO ended, was killed, or was not healthy in time."""


class StepLate(LabFailed):
    """What plays a step took longer than it may, and was stopped."""


class StepStopped(LabFailed):
    """A step was told to end before its time."""


class EngineError(LabFailed):
    """The engine refused a call."""


class NotFound(EngineError):
    """What the call named is not there."""


class Conflict(EngineError):
    """The name is taken."""


class EngineTimeout(LabFailed):
    """The engine did not answer within the call's time limit."""


class Interrupted(BaseException):
    """The user or the system asked labctl to end.

    Like KeyboardInterrupt it is no Exception: libraries swallow those in many places.
    """

    evidence: str | None = None
    """Where the evidence is of a lab that was taken down because of it."""

    def __init__(self, signal_number: int, hint: str = "") -> None:
        self.message = "interrupted" if signal_number == 2 else "terminated"
        super().__init__(self.message)
        self.hint = hint
        self.exit_code = 128 + signal_number
