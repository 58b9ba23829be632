"""The run store and what is kept out of it."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labctl import events
from labctl.app.records import Gap
from labctl.engine.base import LogLine
from labctl.errors import LabFailed, UsageError
from labctl.events import Event
from labctl.evidence.masking import Redactor
from labctl.evidence.runs import RunFolder
from labctl.report.summary import summarize
from tests.unit.histories import BEGIN, attempt, full_drive, log, run_started

NOTHING = Redactor(())
SECRET = "s3cr<t&'\"/ü key"


def test_a_folder_is_named_by_its_utc_time(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "runs", "200m", BEGIN)
    assert folder.path == tmp_path / "runs" / "200m" / "2026-01-31T12-00-00Z"
    assert folder.path.is_dir()


def test_two_in_one_second_have_a_folder_each(tmp_path: Path) -> None:
    paths = [RunFolder.create(tmp_path, "a", BEGIN).path for _ in range(3)]
    assert len(set(paths)) == 3
    assert sorted(path.name for path in paths)[1] == "2026-01-31T12-00-00Z-2"


def test_latest_points_to_the_newest_and_may_be_moved_with_it(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, "a", BEGIN)
    newest = RunFolder.create(tmp_path, "a", BEGIN + 1).path
    latest = tmp_path / "a" / "latest"
    assert latest.readlink() == Path(newest.name)
    assert latest.resolve() == newest
    assert sorted(path.name for path in newest.parent.iterdir()) == [
        "2026-01-31T12-00-00Z", "2026-01-31T12-00-01Z", "latest",
    ]  # fmt: skip


def test_something_else_called_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a" / "latest").mkdir(parents=True)
    RunFolder.create(tmp_path, "a", BEGIN)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "2026-01-31T12-00-00Z", "latest",
    ]  # fmt: skip


def test_a_base_that_is_no_folder_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        RunFolder.create(tmp_path / "file", "a", BEGIN)
    assert "--runs DIR" in caught.value.hint
    assert caught.value.exit_code == 2


def test_opening_what_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        RunFolder.open(tmp_path / "nowhere")


def test_events_are_appended_by_one_writer_after_the_other(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    assert list(folder.read_events()) == []
    for part in (full_drive()[:20], full_drive()[20:]):
        with RunFolder.open(folder.path).writer(NOTHING) as writer:
            for event in part:
                writer.write(event)
    assert list(folder.read_events()) == full_drive()


def test_an_event_can_be_read_before_the_writer_is_closed(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    with folder.writer(NOTHING) as writer:
        writer.write(run_started())
        assert list(folder.read_events()) == [run_started()]


def test_threads_never_mix_their_lines(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)

    def write(source: str) -> None:
        for i in range(99):
            writer.write(attempt(i, 0.0, source=source))

    with folder.writer(NOTHING) as writer, ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    found = list(folder.read_events())
    assert len(found) == 4 * 99
    for source in "abcd":
        own = [event for event in found if event.source == source]
        assert own == [attempt(i, 0.0, source=source) for i in range(99)]


def test_a_torn_last_line_stays_a_line_and_a_gap(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    path = folder.path / "events.jsonl"
    path.write_text(events.encode(run_started()) + "\n" + events.encode(attempt(1, 1.0))[:50])
    with folder.writer(NOTHING) as writer:
        writer.write(log("after"))
    gap = Event("labctl", Gap(BEGIN, "a line of the record is torn"))
    assert list(folder.read_events()) == [run_started(), gap, log("after")]


def test_a_log_has_time_stream_and_text_and_is_written_anew(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    for text in ("old", "two\rin\none \udcff"):
        with folder.log("minio", NOTHING) as writer:
            writer.write(LogLine(BEGIN, "stderr", text))
    written = (folder.path / "logs" / "minio.log").read_text()
    assert written == "2026-01-31T12:00:00.000000Z stderr two\\rin\\none \\udcff\n"


def test_lab_file_and_summary_replace_what_was_there(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    for number in (1, 2):
        folder.write_lab(f"name: a{number}\n")
        folder.write_summary({"refused": number, "note": SECRET}, Redactor([SECRET]))
    assert (folder.path / "lab.yaml").read_text() == "name: a2\n"
    document = json.loads((folder.path / "summary.json").read_text())
    assert document == {"refused": 2, "note": "***"}
    assert sorted(os.listdir(folder.path)) == ["lab.yaml", "summary.json"]


def test_a_folder_that_vanished_fails_with_its_name(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    folder.path.rmdir()
    for write in (
        lambda: folder.writer(NOTHING),
        lambda: folder.write_lab(""),
        lambda: folder.log("minio", NOTHING).__enter__(),
    ):
        with pytest.raises(LabFailed, match="2026-01-31"):
            write()


def test_no_secret_in_any_form_reaches_the_folder(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    redactor = Redactor([SECRET, "minio-py-login"])
    line = f"key={SECRET} url={quote(SECRET, safe='')} json={json.dumps({'k': SECRET})}"
    with folder.writer(redactor) as writer, folder.log("minio", redactor) as logs:
        writer.write(log(line))
        writer.write(attempt(1, 1.0, name=SECRET, error=f"bad {SECRET}"))
        logs.write(LogLine(BEGIN, "stdout", line))
    logged, sent = folder.read_events()
    assert logged == log('key=*** url=*** json={"k": "***"}')
    assert sent == attempt(1, 1.0, name="***", error="bad ***")
    written = (folder.path / "logs" / "minio.log").read_text()
    assert written.endswith('key=*** url=*** json={"k": "***"}\n')


def test_a_secret_that_is_a_word_of_the_records_leaves_them_readable(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "a", BEGIN)
    words = ("uploader", "attempt", "started", "minio/data1", "continue", "info", "bytes", "exited")
    with folder.writer(Redactor(words)) as writer:
        for event in full_drive():
            writer.write(event)
    found = list(folder.read_events())
    assert [event.source for event in found] == [event.source for event in full_drive()]
    assert [event.record.type for event in found] == [e.record.type for e in full_drive()]
    figures = summarize(folder.read_events)
    assert (figures.acknowledged, figures.refused) == (53, 12)
    assert figures.drives == summarize(full_drive).drives
    assert figures.containers == summarize(full_drive).containers


@pytest.mark.parametrize("secret", ["", "a", "ab"])
def test_secrets_too_short_to_hide_leave_the_text(secret: str) -> None:
    assert Redactor([secret]).redact("an able lab") == "an able lab"


def test_the_longer_of_two_secrets_is_taken_whole() -> None:
    assert Redactor(["access", "access-key"]).redact("access-key access") == "*** ***"


@pytest.mark.parametrize(
    "text",
    ["s3cr\\u003ct\\u0026'\\\"/\\u00fc key", quote(SECRET).lower(), SECRET.replace("'", "''")],
)
def test_forms_that_go_urls_and_yaml_write(text: str) -> None:
    assert Redactor([SECRET]).redact(f"<{text}>") == "<***>"


@given(st.text(min_size=3), st.text(), st.text())
def test_no_secret_is_left(secret: str, before: str, after: str) -> None:
    clean = Redactor([secret]).redact(before + secret + after)
    assert secret not in clean or secret in "***" or "*" in secret
