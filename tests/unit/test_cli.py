"""Every command explains itself, and no traceback reaches a user."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from labctl.cli.main import labctl, run
from labctl.errors import Interrupted, LabctlError


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _walk(inner, (*path, name))


COMMANDS = dict(_walk(labctl, ("labctl",)))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_help_and_an_example(path: str) -> None:
    command = COMMANDS[path]
    assert command.help
    assert command.epilog
    example = command.epilog.partition(": ")[2]
    assert example.startswith("labctl ")
    for option in command.params:
        assert isinstance(option, click.Argument) or option.help, option.name


@pytest.mark.parametrize("path", COMMANDS)
def test_an_example_parses(path: str) -> None:
    words = shlex.split((COMMANDS[path].epilog or "").partition(": ")[2])[1:]
    context, command = click.Context(labctl), labctl
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        assert name
        assert command
    command.make_context("labctl", words)


def test_commands_are_the_documented_ones() -> None:
    assert set(labctl.commands) == {
        "check", "down", "files", "images", "init", "logs", "ps", "run", "step", "up", "version",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LabctlError("it broke", "mend it"), 4, "error: it broke\nhint: mend it\n"),
        (Interrupted(2, "go on"), 130, "error: interrupted\nhint: go on\n"),
        (ZeroDivisionError("a bug"), 4, "nobody foresaw: ZeroDivisionError"),
        (click.UsageError("no such option"), 2, "no such option"),
    ],
)
def test_how_errors_end(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("crash")))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(labctl.commands["version"], "callback", fail)
    monkeypatch.setattr(labctl.commands["version"], "params", [])
    assert run(["version"]) == code
    told = capfd.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_reader_that_has_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "labctl", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def imported_with(module: str) -> set[str]:
    script = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_help_imports_nothing_heavy() -> None:
    heavy = {"docker", "pydantic", "rich", "requests", "minio", "yaml"}
    assert not imported_with("labctl.cli.main") & heavy


def test_down_starts_without_what_reads_lab_files() -> None:
    assert not imported_with("labctl.orchestrator.down") & {"pydantic", "rich", "minio", "yaml"}
