"""mc inside MinIO's container: its login, and a bucket's quota, set and read back."""

from labctl import mc
from labctl.engine.base import Engine, ExecResult
from labctl.errors import LabFailed
from labctl.setting import API_PORT


class ServerMc:
    """Runs mc inside a server's container; `log_in` comes first."""

    def __init__(self, engine: Engine, server: str) -> None:
        self._engine = engine
        self._server = server

    def log_in(self) -> None:
        """Give mc the server's own login. The server need not answer yet."""
        login = self._engine.environment(self._server)
        keys = (login["MINIO_ROOT_USER"], login["MINIO_ROOT_PASSWORD"])
        self.run(mc.import_alias(), mc.alias_input(*keys, API_PORT))

    def run(self, argv: tuple[str, ...], stdin: bytes = b"") -> bytes:
        """What the command printed. Raises LabFailed where it failed."""
        result = self.attempt(argv, stdin)
        if result.exit_code:
            told = f"{' '.join(argv)} in {self._server} ended with {result.exit_code}"
            raise LabFailed(f"{told}: {_said(result)}")
        return result.stdout

    def attempt(self, argv: tuple[str, ...], stdin: bytes = b"") -> ExecResult:
        """How the command ended."""
        return self._engine.exec(self._server, argv, stdin)


def set_quota(server: ServerMc, bucket: str, quota: int | None) -> None:
    """Set a bucket's hard quota of `quota` bytes, or take it away, in the form that this mc knows.

    Raises LabFailed where mc fails. That it set anything is not said: `confirm_quota` tells.
    """
    done = _either(server, mc.set_quota(bucket, quota), mc.set_quota_as_of_old(bucket, quota))
    if done.exit_code:
        raise LabFailed(f"the quota of {bucket} cannot be set: {_said(done)}", _HINT)


def confirm_quota(server: ServerMc, bucket: str, quota: int | None) -> None:
    """Read back what `set_quota` was to set.

    Raises LabFailed where the server has another quota: one generation of mc does nothing and says
    nothing.
    """
    asked = _either(server, mc.ask_quota(bucket), mc.ask_quota_as_of_old(bucket))
    if asked.exit_code:
        raise LabFailed(f"the quota of {bucket} cannot be read: {_said(asked)}")
    found = mc.read_quota(asked.stdout)
    if found != quota:
        raise LabFailed(
            f"the quota of {bucket} reads {_show(found)}, not {_show(quota)}",
            "mc in MinIO's image did nothing; choose another release with minio.image",
        )


def _either(server: ServerMc, command: tuple[str, ...], old: tuple[str, ...]) -> ExecResult:
    """How a command ended, or its old form where this mc does not know it."""
    done = server.attempt(command)
    unknown = done.exit_code and mc.is_unknown_command(done.stdout + done.stderr)
    return server.attempt(old) if unknown else done


_HINT = "on a drive that is full MinIO cannot store it: set it before, or make room"


def _said(result: ExecResult) -> str:
    return (result.stderr or result.stdout).decode(errors="replace").strip()


def _show(quota: int | None) -> str:
    return "none" if quota is None else f"{quota} bytes"
