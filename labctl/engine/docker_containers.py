"""What goes on inside the containers of a Docker engine: commands, output, files, their end."""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from labctl.engine.base import ExecResult, FileEntry
from labctl.engine.docker_connect import CALL_TIMEOUT
from labctl.engine.docker_convert import inspected_container
from labctl.engine.docker_errors import translated
from labctl.engine.docker_images import DockerImages, checked
from labctl.engine.docker_streams import LogStream, converse
from labctl.engine.tarstream import tar_files
from labctl.errors import EngineTimeout, NotFound
from labctl.resources import SeenContainer

_POLL = 0.05


class DockerContainers(DockerImages):
    """The part of an Engine that looks into containers."""

    def inspect(self, name: str) -> SeenContainer:
        """One container, with its exit code and whether it was killed for memory."""
        return inspected_container(self._inspect(name))

    def _inspect(self, name: str) -> dict[str, Any]:
        with translated(f"inspect {name}"):
            found: dict[str, Any] = self._client.inspect_container(name)
            return found

    def exec(
        self, name: str, argv: tuple[str, ...], stdin: bytes = b"", timeout: float = 30.0
    ) -> ExecResult:
        """Run a command inside a running container, with `stdin` as its standard input.

        Past `timeout` seconds EngineTimeout is raised, and the command goes on.
        """
        what = f"run {argv[0]} in {name}"
        with translated(what):
            made = self._client.exec_create(name, list(argv), stdin=bool(stdin))["Id"]
            response = self._client.post(
                self._client.address_of(f"/exec/{made}/start"),
                json={"Detach": False, "Tty": False},
                headers={"Connection": "Upgrade", "Upgrade": "tcp"},
                stream=True,
            )
            stdout, stderr = converse(checked(response), stdin, timeout, what)
            return ExecResult(self._exec_code(made), stdout, stderr)

    def _exec_code(self, made: str) -> int:
        end = time.monotonic() + CALL_TIMEOUT
        while (found := self._client.exec_inspect(made))["Running"]:
            if time.monotonic() > end:
                raise EngineTimeout("a command closed its output and did not end")
            time.sleep(_POLL)
        return int(found["ExitCode"])

    def logs(
        self, name: str, *, follow: bool = False, since: float = 0.0, tail: int | None = None
    ) -> LogStream:
        """Output of a container from `since` (epoch seconds) on, or its last `tail` lines."""
        what = f"read the log of {name}"
        asked = {
            "stdout": 1,
            "stderr": 1,
            "timestamps": 1,
            "follow": int(follow),
            "tail": "all" if tail is None else tail,
            # The engine compares nanoseconds: ask for a little more than a float can tell apart.
            "since": f"{max(0.0, since - 1e-6):.9f}",
        }
        with translated(what):
            response = self._client.get(
                self._client.address_of(f"/containers/{quote(name)}/logs"),
                params=asked,
                stream=True,
                timeout=(CALL_TIMEOUT, None if follow else CALL_TIMEOUT),
            )
            return LogStream(checked(response), since, what)

    def wait(self, name: str, timeout: float) -> int:
        """Exit code of a container once it has ended. Raises EngineTimeout after `timeout` s."""
        end = time.monotonic() + timeout
        with suppress(EngineTimeout):
            while (left := end - time.monotonic()) > 0:
                code = self._wait(name, left)
                try:
                    # The engine says 0 of a container that is yet to start, too.
                    seen = self.inspect(name)
                except NotFound:
                    return code
                if seen.exit_code is not None:
                    return seen.exit_code
                time.sleep(_POLL)
        raise EngineTimeout(
            f"{name} did not end within {timeout:g} s", "see its log, or allow more time"
        )

    def _wait(self, name: str, timeout: float) -> int:
        with translated(f"wait for {name} to end"):
            # The limit is of the answer alone; the SDK's types know whole seconds only.
            limits = (CALL_TIMEOUT, timeout)
            ended = self._client.wait(name, timeout=limits)  # type: ignore[arg-type]
            return int(ended["StatusCode"])

    def put(self, name: str, folder: str, entries: Iterable[FileEntry]) -> None:
        """Copy files into a folder of a container that was made, running or not."""
        with translated(f"copy files to {name}:{folder}"):
            self._client.put_archive(name, folder, tar_files(entries))
