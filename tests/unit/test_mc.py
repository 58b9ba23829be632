"""mc: what it is told, and what it answers."""

import json

import pytest

from labctl import mc


def test_credentials_go_by_standard_input_alone() -> None:
    told = json.loads(mc.alias_input("key", 'sec:ret "x"', 9000))
    assert told["secretKey"] == 'sec:ret "x"'
    assert "sec:ret" not in " ".join(mc.import_alias())


@pytest.mark.parametrize(
    ("answer", "quota"),
    [
        (b'{"status":"success","bucket":"b","quota":52428800,"type":"hard"}', 52428800),
        (b'{"status":"success","bucket":"b","quota":52428800,"type":"fifo"}', None),
        (b'{"status":"error"}', None),
        (b"[]", None),
        (b"Deprecated command.", None),
        (b"", None),
    ],
)
def test_the_quota_that_mc_prints(answer: bytes, quota: int | None) -> None:
    assert mc.read_quota(answer) == quota


@pytest.mark.parametrize(
    ("quota", "new", "old"),
    [
        (52428800, "quota set lab/b --size 52428800B", "--hard 52428800B"),
        (None, "quota clear lab/b", "--clear"),
    ],
)
def test_a_quota_in_both_forms_of_mc(quota: int | None, new: str, old: str) -> None:
    assert " ".join(mc.set_quota("b", quota)) == f"mc {new}"
    assert " ".join(mc.set_quota_as_of_old("b", quota)) == f"mc admin bucket quota lab/b {old}"


@pytest.mark.parametrize(
    ("said", "unknown"),
    [
        (b"mc: <ERROR> `quota` is not a recognized command. Get help using `--help` flag.", True),
        (b"mc: <ERROR> Unable to set quota. Storage backend has reached its minimum", False),
        (b"Deprecated command. Please use 'mc quota' instead.", False),
        (b"", False),
    ],
)
def test_a_command_that_mc_does_not_know(said: bytes, unknown: bool) -> None:
    assert mc.is_unknown_command(said) is unknown
