"""What a run prints while it goes on and at its end."""

import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from labctl.app.records import Gap
from labctl.checks import judge
from labctl.events import Event
from labctl.labfile.expect import Expect
from labctl.report.progress import Progress
from labctl.report.summary import summarize
from labctl.report.text import as_document, plain_lines, render_summary
from labctl.report.words import answer, escape
from tests.unit.histories import (
    BEGIN,
    MIB,
    attempt,
    container,
    full_drive,
    refused,
    run_started,
    sample,
    unanswered,
    upload_ended,
    upload_started,
)

EXPECT = Expect.model_validate({"refused": {"reason": "drive-full"}, "accepted": {"min": "99MiB"}})
FOLDER = Path("runs/200m/2026-01-31T12-00-00Z")
NASTY = "a[bold]b[/bold]\x1b]0;title\x07\r\n\u202e\u2028:smile:"


def plain(events: list[Event], expect: Expect = EXPECT) -> list[str]:
    summary = summarize(lambda: events)
    return list(plain_lines(summary, judge(expect, summary), FOLDER))


def rendered(events: list[Event], expect: Expect = EXPECT, width: int = 200) -> str:
    summary = summarize(lambda: events)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    console.print(render_summary(summary, judge(expect, summary), FOLDER))
    return out.getvalue()


def test_plain_lines_hold_everything_and_no_ornament() -> None:
    lines = plain(full_drive())
    text = "\n".join(lines)
    assert text.isascii()
    assert lines[0] == (
        "200m: the drive was full after 53 MiB: 12 of 65 objects were refused, "
        "first with 500 InternalError (drive-full, certain)"
    )
    assert lines[1:4] == [
        "  status  code               reason      how sure  objects  sizes",
        "  500     InternalError      drive-full  certain        10  1 MiB",
        "  507     XMinioStorageFull  drive-full  certain         2  1 MiB",
    ]
    assert "  accepted                  53 MiB in 53 objects, 12 refused, 12 in doubt" in lines
    assert "  before the first refusal  53 MiB" in lines
    assert any(
        line.startswith("  MinIO's own check         would refuse after 50") for line in lines
    )
    assert lines[-5:] == [
        "  pass  refused: expected at least 1 object refused with reason drive-full; "
        "seen: 12 objects refused (12 certain)",
        "  fail  accepted: expected at least 99 MiB acknowledged; seen: 53 MiB acknowledged",
        "          2026-01-31T12:00:08.000000Z uploader: "
        "acknowledged 53 objects, 0 bytes; refused 12",
        "verdict: fail",
        f"evidence: {FOLDER}",
    ]


def test_a_terminal_gets_the_same_words() -> None:
    text = rendered(full_drive())
    words = ("drive-full", "XMinioStorageFull", "53 MiB in 53 objects", "verdict: fail", "pass")
    for word in words:
        assert word in text
    narrow = rendered(full_drive(), width=20).replace("\n", "")
    assert str(FOLDER) in narrow, "nothing of the path is lost"


def test_names_from_outside_are_shown_not_obeyed() -> None:
    bad = attempt(1, 1.0, name=NASTY, outcome="info", status=500, code=NASTY, message=NASTY)
    events = [upload_started(1), bad, Event("minio", Gap(BEGIN, NASTY)), container("uploader")]
    shown = "a[bold]b[/bold]\\x1b]0;title\\x07\\r\\n\\u202e\\u2028:smile:"
    for text in (rendered(events, width=500), "\n".join(plain(events))):
        assert text.count(shown) >= 4
        assert not any(letter in text for letter in "\x1b\x07\r\u202e\u2028")


@given(st.text())
def test_escaped_text_is_harmless_and_keeps_what_is_printable(text: str) -> None:
    shown = escape(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in shown)
    assert not text.isprintable() or shown == text


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([], "no upload was recorded"),
        (
            [upload_started(2), attempt(1, 1.0), attempt(2, 2.0)],
            "nothing was refused: 2 objects, 2 MiB, were accepted",
        ),
        (
            [upload_started(5), attempt(1, 1.0)],
            "nothing was refused, and 4 of 5 objects were never sent: 1 MiB were accepted",
        ),
        (
            [upload_started(2), attempt(1, 1.0), unanswered(2, 2.0)],
            "the first refusal came after 1 MiB: 1 of 2 objects was refused, first with "
            "no answer (ReadTimeoutError: read timed out) (transport, how sure: low)",
        ),
        (
            [attempt(1, 1.0, outcome="fail", status=400, code="XMinioAdminBucketQuotaExceeded")],
            "the bucket's quota refused after 0 bytes: 1 of 1 object was refused, first with "
            "400 XMinioAdminBucketQuotaExceeded (quota, certain)",
        ),
        (
            [*(sample(0.9, 0, drive=f"minio/data{n}") for n in (1, 2)), refused(1, 1.0)],
            "the drives were full after 0 bytes: 1 of 1 object was refused, "
            "first with 500 InternalError (drive-full, certain)",
        ),
    ],
)
def test_the_answer_in_one_sentence(events: list[Event], sentence: str) -> None:
    assert answer(summarize(lambda: events)) == sentence


def test_sizes_of_refused_objects() -> None:
    mixed = [refused(1, 1.0, size=30 * MIB), refused(2, 2.0), refused(3, 3.0)]
    assert plain(mixed)[2].endswith("1 x 30 MiB, 2 x 1 MiB")
    many = [refused(n, float(n), size=n * MIB) for n in range(1, 31)]
    assert plain(many)[2].endswith("30  1 MiB to 30 MiB")


def test_what_a_person_must_know_is_told() -> None:
    gap = Event("labctl", Gap(BEGIN, "a line of the record is torn"))
    events = [run_started(), upload_started(9), container("minio", 137, oom_killed=True), gap, gap]
    lines = [" ".join(line.split()) for line in plain(events)]
    assert "killed for memory minio" in lines
    assert "not recorded a line of the record is torn (2 times)" in lines
    assert "accepted 0 bytes in 0 objects, 0 refused, 9 never sent" in lines
    assert "verdict: unknown" in lines


def test_without_expectations_and_without_judgement() -> None:
    assert plain(full_drive(), Expect())[-3:-1] == ["  pass  nothing was expected", "verdict: pass"]
    assert "nothing was expected" in rendered(full_drive(), Expect())
    lines = list(plain_lines(summarize(full_drive), None, FOLDER))
    assert not any(line.startswith("verdict") for line in lines)


def test_one_json_document() -> None:
    summary = summarize(full_drive)
    document = json.loads(json.dumps(as_document(summary, judge(EXPECT, summary), FOLDER)))
    assert document["verdict"] == "fail"
    assert [check["result"] for check in document["checks"]] == ["pass", "fail"]
    assert document["bytes_acknowledged"] == 53 * MIB
    assert document["evidence"] == str(FOLDER)
    assert "verdict" not in as_document(summary, None, FOLDER)


def test_a_pipe_does_not_pay_for_rich() -> None:
    script = "import sys, labctl.report.text; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_progress_from_the_first_event_to_the_last() -> None:
    progress = Progress("waiting for the client")

    def after(*events: Event) -> str:
        for event in events:
            progress.add(event)
        return progress.text()

    assert after(run_started()) == "waiting for the client"
    assert after(sample(0.5, 190 * MIB)) == "waiting for the client, drive 5 % full"
    assert after(upload_started(3, size=3 * MIB)) == "upload 0 bytes of 3 MiB, drive 5 % full"
    assert after(attempt(1, 1.0, seconds=0.5)) == "upload 1 MiB of 3 MiB, 2 MiB/s, drive 5 % full"
    assert after(refused(2, 2.0, last=False), refused(2, 3.0, number=2), sample(3.0, MIB)) == (
        "upload 1 MiB of 3 MiB, 2 MiB/s, 1 refused, 1 tried again, drive 99 % full"
    )
    assert after(sample(3.0, 190 * MIB, drive="minio/data2")).endswith("fullest drive 99 % full")
    assert after(upload_ended(4.0)).startswith("upload done, 1 MiB accepted, 2 MiB/s")
