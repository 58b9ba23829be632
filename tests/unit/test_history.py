"""Outcomes, allowed final values and verdicts: each sentence of their definition."""

from dataclasses import replace

import pytest

from labctl.app.content import BLOCK
from labctl.app.records import ReadBack
from labctl.figures.steps import Found
from labctl.report.history import Write, judge, settle


def put(stamp: int, started: float, ended: float, outcome: str = "ok", *, size: int = 100_000,
        upload: int = 1, barrier: float | None = None) -> Write:  # fmt: skip
    return Write((upload, stamp), size, started, ended, outcome, barrier)


def delete(started: float, ended: float, outcome: str = "ok",
           barrier: float | None = None) -> Write:  # fmt: skip
    return Write(None, None, started, ended, outcome, barrier)


def seen(*stamps: int, size: int = 100_000, upload: int = 1) -> ReadBack:
    """A reading long after all writes: all blocks are of each of the stamps."""
    blocks = max(-(-size // BLOCK), 1)
    writers = [[upload, stamp, blocks] for stamp in stamps]
    return ReadBack(101.0, "a", "g", 100.0, 101.0, "present", size, True, True, writers)


GONE = replace(seen(1), outcome="absent", writers=[], bytes=0, listed=False)
ROT = replace(seen(), foreign=2)


@pytest.mark.parametrize(
    ("what", "writes", "read", "found"),
    [
        ("the newest ok", [put(1, 1, 2), put(2, 3, 4)], seen(2), "intact"),
        ("another ok began after it ended", [put(1, 1, 2), put(2, 3, 4)], seen(1), "stale"),
        ("of two oks at the same time the one", [put(1, 1, 3), put(2, 2, 4)], seen(1), "intact"),
        ("of two oks at the same time the other", [put(1, 1, 3), put(2, 2, 4)], seen(2), "intact"),
        ("an ok that is not there", [put(1, 1, 2)], GONE, "lost"),
        ("an ok over an older one that is not there", [delete(1, 2), put(1, 3, 4)], GONE, "lost"),
        ("no ok", [put(1, 1, 2, "info")], GONE, "absent"),
        ("nothing but a fail", [put(1, 1, 2, "fail")], GONE, "absent"),
        ("never sent", [], GONE, "absent"),
        ("a DELETE that is ok", [put(1, 1, 2), delete(3, 4)], GONE, "absent"),
        ("a DELETE at the same time as the put", [put(1, 1, 3), delete(2, 4)], GONE, "absent"),
        ("a DELETE in doubt", [put(1, 1, 2), delete(3, 4, "info")], GONE, "absent"),
        ("a DELETE in doubt, of another time", [put(1, 1, 2), delete(3, 4, "info")], seen(1),
         "intact"),
        ("a DELETE that came to nothing", [put(1, 1, 2), delete(3, 4, "fail")], GONE, "lost"),
        ("a DELETE in doubt whose barrier was passed",
         [delete(1, 2, "info", barrier=2.5), put(1, 3, 4)], GONE, "lost"),
        ("a DELETE in doubt that was still at work",
         [delete(1, 2, "info", barrier=3.5), put(1, 3, 4)], GONE, "absent"),
        ("a DELETE in doubt, and nobody knows", [delete(1, 2, "info"), put(1, 3, 4)], GONE,
         "undecided"),
        ("what was deleted is there", [put(1, 1, 2), delete(3, 4)], seen(1), "stale"),
        ("an info that took effect", [put(1, 1, 2, "info")], seen(1), "ghost"),
        ("an info over an ok", [put(1, 1, 2), put(2, 3, 4, "info")], seen(2), "ghost"),
        ("an info over an ok, without effect", [put(1, 1, 2), put(2, 3, 4, "info")], seen(1),
         "intact"),
        ("an info at the same time as an ok", [put(1, 1, 3, "info"), put(2, 2, 4)], seen(1),
         "ghost"),
        ("an info whose barrier was passed when the ok began",
         [put(1, 1, 2, "info", barrier=2.5), put(2, 3, 4)], seen(1), "stale"),
        ("an info whose barrier was passed when one of two oks began",
         [put(1, 1, 2, "info", barrier=4.0), put(2, 3, 7), put(3, 5, 6)], seen(1), "stale"),
        ("an info whose barrier came after the newest ok had begun",
         [put(1, 1, 2, "info", barrier=3.5), put(2, 3, 4)], seen(1), "ghost"),
        ("an info carried out after a pause, over a newer ok",
         [put(1, 1, 2, "info", barrier=9.0), put(2, 3, 4)], seen(1), "ghost"),
        ("an info that ended before the ok began, and nobody knows its barrier",
         [put(1, 1, 2, "info"), put(2, 3, 4)], seen(1), "undecided"),
        ("an info that is not resolved and does not decide",
         [put(1, 1, 2, "info"), put(2, 3, 4)], seen(2), "intact"),
        ("an info that is not resolved hides no loss",
         [put(1, 1, 2, "info"), put(2, 3, 4)], GONE, "lost"),
        ("bytes nobody sent", [put(1, 1, 2)], ROT, "corrupt"),
        ("the wrong length", [put(1, 1, 2)], seen(1, size=99_000), "corrupt"),
        ("a mix of writers", [put(1, 1, 2), put(2, 3, 4)],
         replace(seen(), writers=[[1, 1, 1], [1, 2, 1]]), "corrupt"),
        ("some blocks nobody sent", [put(1, 1, 2)], replace(seen(1), foreign=1), "corrupt"),
        ("the bytes of a fail", [put(1, 1, 2, "fail")], seen(1), "phantom"),
        ("the bytes of a fail over an ok", [put(1, 1, 2), put(2, 3, 4, "fail")], seen(2),
         "phantom"),
        ("too short to tell, one is allowed",
         [put(1, 1, 2, size=3), put(2, 3, 4, size=3)], seen(1, 2, size=3), "intact"),
        ("too short to tell, none is allowed",
         [put(1, 1, 2, size=3), put(2, 3, 4, size=3)], seen(1, 7, size=3), "stale"),
        ("empty", [put(1, 1, 2, size=0)], seen(1, 2, size=0), "intact"),
        ("a client that was killed left no record", [], seen(1), "ghost"),
        ("the same over an ok", [put(1, 1, 2)], seen(2), "undecided"),
        ("the bytes of another upload", [put(1, 1, 2), put(1, 3, 4, upload=2)],
         seen(1, upload=2), "intact"),
        ("another client's object", [], replace(ROT, expected=False), "undecided"),
    ],
)  # fmt: skip
def test_a_sentence(what: str, writes: list[Write], read: ReadBack, found: Found) -> None:
    assert judge(read, writes) == found, what
    assert judge(read, writes[::-1]) == found, "in whatever order they are told"
    assert judge(read, writes * 2) == found, "or twice"


def test_what_cannot_be_read_is_neither_there_nor_gone() -> None:
    assert judge(replace(GONE, outcome="unavailable"), [put(1, 1, 2)]) == "unavailable"


def test_a_file_is_judged_by_all_attempts_together() -> None:
    same, other = replace(seen(), as_file=True), replace(seen(), as_file=False)
    assert judge(same, [put(1, 1, 2, "info"), put(2, 3, 4)]) == "intact"
    assert judge(same, [put(1, 1, 2, "info")]) == "ghost"
    assert judge(same, [put(1, 1, 2, "fail")]) == "phantom"
    assert judge(same, [put(1, 1, 2), delete(3, 4)]) == "stale"
    assert judge(other, [put(1, 1, 2)]) == "corrupt"


def test_a_probe_that_overwrote_an_object() -> None:
    probe = Write(None, 100_000, 3, 4, "ok")
    assert judge(ROT, [put(1, 1, 2), probe]) == "intact"
    assert judge(seen(1), [put(1, 1, 2), probe]) == "stale"
    assert judge(ROT, [put(1, 1, 2), replace(probe, outcome="info")]) == "ghost"


def test_a_write_during_the_reading_may_be_seen_or_not() -> None:
    writes = [put(1, 1, 2), put(2, 99, 100.5), put(3, 102, 103)]
    assert judge(seen(1), writes) == judge(seen(2), writes) == "intact"
    assert judge(GONE, [put(1, 100.5, 102)]) == "absent"


def test_the_newest_oks_are_those_that_no_other_began_after() -> None:
    writes = [put(1, 1, 2), put(2, 3, 6), put(3, 5, 7), delete(4, 5.5)]
    assert set(settle(writes).newest) == {writes[1], writes[2], writes[3]}
    assert settle(writes).absent == "yes"
