import subprocess
import sys

import pytest

from labctl.app.__main__ import PROGRAMS


@pytest.mark.parametrize("words", [(), ("nonsense",)])
def test_a_program_that_is_not_there_is_told(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labctl.app", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == f"say which program: {', '.join(PROGRAMS)}\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_its_place(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labctl.app", name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{name}: ")
