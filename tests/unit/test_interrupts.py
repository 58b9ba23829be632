"""The first signal ends in order, the second at once."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from labctl.errors import Interrupted
from labctl.interrupts import Interrupts


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_raises(number: signal.Signals, code: int) -> None:
    with Interrupts(), pytest.raises(Interrupted) as caught:
        os.kill(os.getpid(), number)
    assert caught.value.exit_code == code


def test_a_shield_ends_first() -> None:
    with Interrupts() as interrupts:
        with interrupts.shield():
            with interrupts.shield():
                os.kill(os.getpid(), signal.SIGTERM)
            reached = True
        assert reached
        with pytest.raises(Interrupted):
            interrupts.raise_if_seen()


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize(
    ("lab", "down"), [("", "labctl down --purge"), ("200m", "labctl down 200m --purge")]
)
def test_the_second_signal_ends_at_once(lab: str, down: str) -> None:
    script = textwrap.dedent(
        f"""
        import os, signal
        from labctl.interrupts import Interrupts
        with Interrupts("{lab}") as interrupts, interrupts.shield():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            print("went on")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (143, "")
    assert f"`{down}` takes down what is left" in done.stderr


def test_no_library_swallows_it() -> None:
    assert not issubclass(Interrupted, Exception)
