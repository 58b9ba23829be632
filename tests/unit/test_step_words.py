"""What steps came to, at the end of a run."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from labctl.checks import Verdict, judge
from labctl.figures import Summary
from labctl.figures.steps import Stall, Steps, Tried
from labctl.labfile.expect import Expect
from labctl.report.text import (
    as_document,
    plain_lines,
    render_summary,
    step_document,
    step_lines,
)
from labctl.report.words import facts
from tests.unit.summaries import (
    call,
    health,
    integrity,
    overshoot,
    played,
    probe,
    proof,
    redundancy,
    resent,
    summary,
    with_steps,
    writable,
)

FOLDER = Path("runs/200m/x")
NASTY = "\x1b]0;title\x07\u202e\n"
EXPECT: dict[str, Any] = {"acknowledged": "intact", "probe": {"get": "refused"}}


def test_the_overshoot_says_whose_put_was_refused_first() -> None:
    refusal = (proof("labctl-wait-9: 400", source="wait-2"),)
    found = with_steps(overshoot=overshoot(proof=refusal))
    said = dict(facts(found))["overshoot"]
    assert ", which first refused a put of wait-2, 1.5 s after crossing it and 10.7 s after" in said


def verdict(found: Summary, step: int | None = None) -> Verdict:
    return judge(Expect.model_validate(EXPECT), found, step=step)


def plain(found: Summary) -> list[str]:
    return [" ".join(line.split()) for line in plain_lines(found, verdict(found, 3), FOLDER)]


@pytest.mark.parametrize(
    "line",
    [
        "step 1 upload: all, 500 ms",
        "step 4 probe: all, 500 ms",
        "overshoot 3 MiB to 5 MiB beyond the quota of 50 MiB, which first refused the client's "
        "put, 1.5 s after crossing it and 10.7 s after the first put under it",
        "sent again 12 of 12 refused objects, 12 acknowledged then",
        "writable again a put of 1 MiB after 400 ms, from ballast: 0; before that "
        "3 x XMinioStorageFull",
        "longest silence 2.0 s, the longest silence",
        "read back 65 objects: 53 intact, 12 absent",
        "refused and stored 0 of 12 refused objects",
        "shards 0 of 53 objects short of a shard",
        "left on the drives 1 unfinished multipart upload with 4 MiB, 2 MiB in the trash, "
        "7 MiB beyond objects and ballast",
        "health, step 4 live 200, ready 200, cluster 200, cluster/read 200",
        "probe, step 4:",
        "call came to status code took",
        "get works 200 100 ms",
        "put-small refused 507 XMinioStorageFull 100 ms",
        "pass step 3, acknowledged: expected every acknowledged object is there when read back, "
        "byte for byte; seen: 65 objects read back: 53 intact, 12 absent",
    ],
)
def test_the_end_of_a_run_tells_what_its_steps_came_to(line: str) -> None:
    assert line in plain(summary())


def test_what_went_wrong_is_told() -> None:
    failed = played(2, "wait", error="too late", parent=1)
    lost = played(3, "verify", seconds=None)
    found = with_steps(
        played=(failed, lost),
        overshoot=overshoot(refused=False, least=0, most=0),
        resent=resent(again=0, acknowledged=0),
        writable=(writable(seconds=None, tried=9.0, refusals={}),),
        integrity=integrity(
            {"lost": 1, "corrupt": 2},
            whole=False,
            refused_present=(proof("small/7"),),
            refused_present_count=1,
        ),
        redundancy=redundancy(incomplete=2, least=3),
        probes=(
            probe(
                calls=(call("get", works=False, status=None, error="ReadTimeoutError: x"),),
                health=(health("live", None, server_status="offline"),),
                whole=False,
            ),
        ),
    )
    lines = plain(found)
    for line in (
        "step 2 during step 1: wait: all, failed after 500 ms: too late",
        "step 3 verify: all, its end is not recorded",
        "overshoot 0 bytes beyond the quota of 50 MiB, which refused nothing",
        "writable again a put of 1 MiB was never accepted in 9.0 s",
        "sent again none of 12 refused objects",
        "read back 3 objects: 1 lost, 2 corrupt; the verifier did not come to its end",
        "refused and stored 1 of 12 refused objects: small/7",
        "shards 2 of 53 objects short of a shard, at worst on 3 of 4 drives",
        "health, step 4 live no answer (server offline), the prober did not come to its end",
        "get no answer none ReadTimeoutError 100 ms",
        "2026-01-31T12:00:05.000000Z verify-3: a lost object, request R-a lost object",
    ):
        assert line in lines, line


def test_proof_stands_below_a_check_that_did_not_pass_alone() -> None:
    assert not any("a intact object" in line for line in plain(summary()))
    lines = plain(with_steps(integrity=integrity({"lost": 1})))
    at = next(n for n, line in enumerate(lines) if line.startswith("fail step 3, acknowledged"))
    assert "verify-3: a lost object" in lines[at + 1]


def test_a_run_without_steps_says_nothing_of_them() -> None:
    lines = plain(summary(steps=Steps()))
    for word in ("overshoot", "sent again", "read back", "left on", "writable again", "health"):
        assert not any(line.startswith(word) for line in lines)


def test_a_terminal_gets_the_same() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=240, color_system=None)
    console.print(render_summary(summary(), verdict(summary()), FOLDER))
    text = out.getvalue()
    for word in ("probe, step 4", "put-small", "XMinioStorageFull", "3 MiB to 5 MiB beyond"):
        assert word in text
    assert "prober" not in text
    assert "probe-4: get: works (200)" in text, "the proof of what was refused to be refused"


def test_puts_of_a_wait_are_told() -> None:
    found = plain(with_steps(tried=(Tried(2, 2**20, 119, 118, 118), Tried(4, 2**20, 1, 0, 0))))
    assert "tried, step 2 119 puts of 1 MiB, 118 got in, 118 deleted again" in found
    assert "tried, step 4 1 put of 1 MiB, 0 got in" in found


def test_a_probe_says_which_object_it_has_deleted() -> None:
    for name, said in (("small-0005", "delete of small-0005"), ("labctl-probe-1", "delete")):
        seen = plain(with_steps(probes=(probe(calls=(call("delete", object=name),)),)))
        assert f"{said} works 200 100 ms" in seen


def test_names_from_outside_are_shown_not_obeyed() -> None:
    bad = with_steps(
        played=(played(1, "upload", text=NASTY, error=NASTY),),
        writable=(writable(since=NASTY, refusals={NASTY: 1}),),
        stall=Stall(1.0, proof(NASTY, source=NASTY)),
        integrity=integrity({"lost": 1}, examples={"lost": (proof(NASTY, source=NASTY),)}),
        probes=(probe(calls=(call("get", code=NASTY),), health=(health(NASTY),)),),
    )
    text = "".join(plain_lines(bad, verdict(bad), FOLDER))
    assert not any(letter in text for letter in "\x1b\x07\u202e\n")
    assert text.count("\\x1b]0;title") >= 8


def test_a_step_of_a_lab_that_is_up() -> None:
    lines = list(step_lines(summary(), verdict(summary(), 4), 4))
    assert lines[0].startswith("step 4: the drive was full after 53 MiB")
    assert lines[-1] == "verdict: fail"
    nothing_sent = replace(
        summary(), uploads=(), attempts=0, refusals=(), first_refusal=None,
        steps=Steps(played=(played(2, "ballast"),)),
    )  # fmt: skip
    lines = list(step_lines(nothing_sent, Verdict(()), 2))
    assert lines[:2] == ["step 2", "  drive minio/data1  200 MiB, at least 1 MiB free, "
                         "60 MiB used at the end"]  # fmt: skip
    assert not any("accepted" in line or "verdict" in line for line in lines)


def test_documents_have_times_as_text() -> None:
    document = json.loads(json.dumps(as_document(summary(), verdict(summary(), 4), FOLDER)))
    [acknowledged, probed] = document["checks"]
    assert (acknowledged["step"], acknowledged["result"]) == (4, "pass")
    assert acknowledged["proof"][0] == {
        "source": "verify-3",
        "time": "2026-01-31T12:00:05.000000Z",
        "what": "a intact object",
        "request_id": "R-a intact object",
    }
    assert probed["proof"][0]["source"] == "probe-4"
    one = json.loads(json.dumps(step_document(summary(), verdict(summary(), 4), 4)))
    assert (one["lab"], one["step"], one["verdict"]) == ("200m", 4, "fail")
