"""Evidence -> the document. Pure: the same evidence gives the same text."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from findings.claims import Claim, Finding, claims
from findings.evidence import Evidence, Run, minio_images
from findings.labs import overview, sections, unmet
from findings.markdown import Lines, bullets, code, count, table
from labctl.units import show_size

COMMAND = "make findings"
EXPERIMENT = "RELEASE.2024-12-13T22-19-12Z"
"""The server of the experiment that labctl grew from."""


def write_document(evidence: Evidence) -> str:
    """The whole document as Markdown."""
    judged = [(claim, claim.judge(evidence)) for claim in claims()]
    lines = [
        "# Findings",
        "",
        f"Written by `{COMMAND}` from the evidence of {count(len(evidence.runs), 'run')}. Change "
        "the labs or the program, not this file.",
        "",
        *_head(evidence),
        *_left_out(evidence),
        "## The six claims",
        "",
        *_setting(evidence),
        *table(("", "claim", "verdict"), _rulings(judged)),
        *(line for number, each in enumerate(judged, 1) for line in _claim(number, *each)),
        "## All labs",
        "",
        *overview(evidence),
        "### Not as expected",
        "",
        *unmet(evidence),
        "## Lab by lab",
        "",
        *sections(evidence),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _head(evidence: Evidence) -> Lines:
    rows = [
        ("date", _when(evidence.runs)),
        ("labctl", _each(evidence, lambda run: [run.summary.labctl])),
        ("MinIO", _each(evidence, lambda run: map(_image, minio_images(run.summary)))),
        ("client", _each(evidence, lambda run: [u.client for u in run.summary.uploads])),
        ("engine", _each(evidence, lambda run: [_engine(run.summary.engine)])),
        ("kernel", _each(evidence, lambda run: [str(run.summary.engine.get("kernel", ""))])),
        ("machine", _each(evidence, lambda run: [_machine(run.summary.engine)])),
        ("again", f"{code(COMMAND)}; evidence is named as LAB/TIME below"),
    ]
    return table(("", ""), rows)


def _when(runs: Iterable[Run]) -> str:
    times = [time for run in runs for time in (run.summary.started, run.summary.ended)]
    if not times:
        return "no runs"
    first, last = (datetime.fromtimestamp(time, UTC) for time in (min(times), max(times)))
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"


def _each(evidence: Evidence, tell: Callable[[Run], Iterable[str]]) -> str:
    """All that the runs tell, each once."""
    return "; ".join(sorted({text for run in evidence.runs for text in tell(run) if text}))


def _image(image: dict[str, Any]) -> str:
    return f"{image.get('release')}, image {image.get('id')}, {image.get('how')}"


def _engine(engine: dict[str, Any]) -> str:
    return f"{engine.get('kind', '')} {engine.get('version', '')}".strip()


def _machine(engine: dict[str, Any]) -> str:
    cpus, memory = engine.get("cpus"), engine.get("memory")
    if not cpus or not memory:
        return ""
    return f"{count(cpus, 'CPU')}, {show_size(memory)} of memory"


def _left_out(evidence: Evidence) -> Lines:
    return ["Runs that do not count:", "", *bullets(evidence.left_out)] if evidence.left_out else []


def _setting(evidence: Evidence) -> Lines:
    releases = _each(
        evidence, lambda run: [str(i.get("release")) for i in minio_images(run.summary)]
    )
    text = f"labctl grew from an experiment with MinIO {EXPERIMENT}. "
    if releases != EXPERIMENT:
        text += (
            "That release cannot be had without an image registry, so the verdicts are those of "
            f"{releases or 'no release'}. "
        )
    return [f"{text}Each follows from the figures by the rule that stands with it.", ""]


def _rulings(judged: Iterable[tuple[Claim, Finding]]) -> Iterable[tuple[str, ...]]:
    for number, (claim, finding) in enumerate(judged, 1):
        yield str(number), claim.text, f"**{finding.ruling}**"


def _claim(number: int, claim: Claim, finding: Finding) -> Lines:
    measured = table(finding.columns, finding.rows) or ["No run says anything about it.", ""]
    return [
        f"### {number}. {claim.text}",
        "",
        f"**{finding.ruling}** (counted: {finding.rule})",
        "",
        *measured,
        *bullets(finding.differs),
    ]
