"""The README shows what the commands really print."""

import re
from pathlib import Path

import pytest

from labctl.assets import labs
from labctl.cli.main import labctl as commands
from tests.e2e.conftest import Labctl

README = (Path(__file__).parents[2] / "README.md").read_text()
OUTPUT = README.partition("```text\n")[2].partition("```")[0]

PROGRESS = ("making", "upload of", "waiting for", "collecting", "taking down", "step")
"""Beginnings of lines that come only where something takes its time."""


def _shape(lines: list[str]) -> set[str]:
    """The first words of lines, figures and names left out."""
    bare = (re.sub(r"labctl-[a-z0-9]+-|[0-9.,]+", "", line) for line in lines)
    return {" ".join(line.split()[:3]) for line in bare if line.strip() and line[0] not in " ┃┏┡│└"}


def test_the_shown_run_has_the_shape_of_a_real_one(labctl: Labctl) -> None:
    real = labctl("run", *labctl.named("200m")).out.replace(labctl.lab, "200m").splitlines()
    told = {line for line in _shape(real) if not line.startswith(PROGRESS)}
    shown = _shape(OUTPUT.splitlines())
    assert {line.split()[0] for line in told if line[0].isalpha()} - {"verdict:", "evidence:"} <= {
        line.split()[0] for line in shown
    }


@pytest.mark.parametrize("name", sorted(labs()))
def test_every_lab_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"`{name}[ `]", README)


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
def test_the_lab_files_of_the_readme_are_sound(labctl: Labctl, text: str) -> None:
    (labctl.folder / "readme.yaml").write_text(text)
    assert "sound" in labctl("check", "readme.yaml").out
