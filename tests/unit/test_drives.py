"""What is known of a drive at a moment."""

from labctl.report.drives import DriveHistory
from tests.unit.histories import BEGIN, sample


def test_equal_samples_are_kept_once_and_a_drive_is_known_between_them() -> None:
    history = DriveHistory("minio/data1")
    for n in range(100):
        history.add(sample(n / 10, 7).record)  # type: ignore[arg-type]
    assert len(history._times) == 2
    now = history.at(BEGIN + 5.0)
    assert now is not None
    assert now.free == 7


def test_a_drive_is_not_known_before_and_long_after_a_sample() -> None:
    history = DriveHistory("minio/data1")
    for time, free in ((0.0, 9), (0.1, 5), (10.0, 3)):
        history.add(sample(time, free).record)  # type: ignore[arg-type]
    assert history.at(BEGIN - 0.1) is None
    assert history.at(BEGIN + 0.05) is not None
    assert history.at(BEGIN + 5.0) is None
    assert history.around(BEGIN + 5.0) is None
    assert history.around(BEGIN + 0.05) == 5
