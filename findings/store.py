"""Folders of evidence -> Evidence."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from findings.evidence import Evidence, Run, read_run, release_of
from labctl.evidence.runs import EVENTS, LAB_FILE, SUMMARY, RunFolder


def load(folder: Path, labs: Mapping[str, Path]) -> Evidence:
    """The evidence of all runs of `labs` (lab files by name) below `folder`.

    Runs that were cut short do not count, nor those with another MinIO, or another file of their
    lab, than the newest.
    """
    runs: list[Run] = []
    left_out: list[str] = []
    texts: dict[str, str] = {}
    for lab, file in labs.items():
        for path in _run_folders(folder / lab):
            if (path / SUMMARY).exists():
                runs.append(_load_run(lab, path, file))
                texts[runs[-1].name] = (path / LAB_FILE).read_text(encoding="utf-8")
            else:
                left_out.append(f"{lab}/{path.name}: it was cut short")
    kept, others = _of_one_release(runs)
    kept, changed = _of_one_file(kept, texts)
    missing = tuple(lab for lab in labs if lab not in {run.lab for run in kept})
    return Evidence(tuple(kept), missing, (*left_out, *others, *changed))


def about(file: Path) -> str:
    """What a lab shows: the first sentence of the comment at the head of its file."""
    words: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or (words and not text):
            break
        if not text.startswith("yaml-language-server"):
            words += text.split()
    return re.split(r"(?<=[.?!])\s", " ".join(words))[0]


def _run_folders(lab: Path) -> Iterator[Path]:
    for path in sorted(lab.glob("*")):
        if not path.is_symlink() and (path / EVENTS).is_file():
            yield path


def _load_run(lab: str, path: Path, file: Path) -> Run:
    found = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
    events = tuple(RunFolder(path).read_events())
    return read_run(lab, path.name, about(file), events, found.get("failure"))


def _of_one_release(runs: list[Run]) -> tuple[list[Run], list[str]]:
    newest = max(runs, key=lambda run: run.summary.started, default=None)
    release = release_of(newest.summary) if newest else ""
    kept = [run for run in runs if release_of(run.summary) == release]
    others = [
        f"{run.name}: its MinIO is {release_of(run.summary) or 'not known'}"
        for run in runs
        if run not in kept
    ]
    return kept, others


def _of_one_file(runs: list[Run], texts: Mapping[str, str]) -> tuple[list[Run], list[str]]:
    newest = {run.title: texts[run.name] for run in runs}
    kept = [run for run in runs if texts[run.name] == newest[run.title]]
    changed = [
        f"{run.name}: its lab file was another than that of the newest run"
        for run in runs
        if run not in kept
    ]
    return kept, changed
