import pytest

from labctl.app.marker import send_markers
from tests.unit.app.fake_s3 import FakeS3, Reply


def test_markers_are_calls_of_nobody_in_one_go(s3: FakeS3) -> None:
    send_markers(s3.url.removeprefix("http://"), "labctl-marker-1", 5, 30.0)
    assert [(seen.key, seen.size) for seen in s3.requests] == [("", 0)] * 5


def test_a_server_that_does_not_answer_is_an_error(s3: FakeS3) -> None:
    s3.script = s3.hang
    with pytest.raises(OSError, match="timed out"):
        send_markers(s3.url.removeprefix("http://"), "labctl-marker-1", 1, 0.05)


def test_a_server_that_hangs_up_is_an_error(s3: FakeS3) -> None:
    s3.script = lambda request: Reply(0)
    with pytest.raises(ConnectionError):
        send_markers(s3.url.removeprefix("http://"), "labctl-marker-1", 1, 30.0)
