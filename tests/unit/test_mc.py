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
