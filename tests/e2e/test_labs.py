"""Every lab that comes with labctl passes its own expectations, on the real engine."""

import pytest

from labctl.assets import labs
from labctl.engine.docker import DockerEngine
from labctl.resources import Observed
from tests.e2e.conftest import Labctl

WAITING = ("delete-then-retry", "multipart-leftovers", "paced", "quota-overshoot")
"""Labs that wait for a minute and more: they wait side by side, while others work."""
OWN_FILES = "200m-files"
"""The lab that sends files of the user's own; the walk through the README plays it."""
OTHERS = sorted(labs().keys() - {*WAITING, OWN_FILES})


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.waits) for name in WAITING), *OTHERS]
)
def test_a_lab_passes_its_own_expectations(name: str, labctl: Labctl, engine: DockerEngine) -> None:
    found = labctl("run", *labctl.named(name), "--format", "json", timeout=580).document
    assert found["failure"] is None
    assert found["checks"]
    assert {check["result"] for check in found["checks"]} == {"pass"}
    assert not found["gaps"]
    assert engine.observe(labctl.lab) == Observed()
