"""Who holds a lab, and whether it still runs."""

import subprocess
import sys
from dataclasses import replace

import pytest

from labctl.owner import Owner, read_owner, this_process


def test_this_process_is_alive() -> None:
    assert this_process().may_be_alive


def test_a_label_can_be_read_back() -> None:
    assert read_owner(this_process().to_json()) == this_process()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"host": 1}', "\x00"])
def test_rubbish_is_nobody(text: str) -> None:
    assert read_owner(text) is None


def test_a_process_that_ended_is_gone() -> None:
    script = "from labctl.owner import this_process; print(this_process().to_json())"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    owner = read_owner(told.stdout)
    assert isinstance(owner, Owner)
    assert not owner.may_be_alive


def test_a_later_process_of_the_same_number_is_another() -> None:
    assert not replace(this_process(), started=1).may_be_alive


def test_before_a_reboot_nobody_is_alive() -> None:
    assert not replace(this_process(), boot="another").may_be_alive


def test_on_another_machine_it_may_be_alive() -> None:
    assert replace(this_process(), host="elsewhere", boot="another").may_be_alive
