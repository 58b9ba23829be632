"""A cache folder for every test, and what a recipe is given."""

from pathlib import Path

import pytest

from labctl.images.programs import Programs
from labctl.images.source import Progress, Work


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def work(told: list[Progress]) -> Work:
    return Work("image", told.append, Programs())
