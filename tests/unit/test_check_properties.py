"""What holds for every check, whatever the figures: gaps never help, missing data never passes."""

from dataclasses import replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from labctl.checks import Verdict, judge
from labctl.figures import ContainerFigures, GapFigures, LogMatches, Summary
from labctl.figures.steps import Found, Leftovers, Stall, Steps
from labctl.labfile.expect import Expect
from tests.unit.histories import MIB, upload_ended
from tests.unit.summaries import (
    TEXT,
    call,
    contents,
    health,
    integrity,
    overshoot,
    probe,
    proof,
    redundancy,
    refusals,
    resent,
    summary,
    writable,
)

ORDER = {"fail": 0, "unknown": 1, "pass": 2}
SOURCES = (
    "labctl", "", "uploader", "uploader-3", "observer", "minio", "minio1", "verify-4", "probe-5",
    "wait-2", "delete-6", "ballast-7",
)  # fmt: skip
TOUCHING: dict[str, set[str]] = {
    "refused": {"uploader", "observer"},
    "accepted": {"uploader"},
    "accepted_before_refusal": {"uploader"},
    "overshoot": {"uploader"},
    "resent": {"uploader"},
    "stall": {"uploader"},
    "acknowledged": {"uploader", "verify", "delete"},
    "refused_objects": {"uploader", "verify", "delete"},
    "redundancy": {"verify"},
    "leftovers": {"verify"},
    "writable_again": {"wait", "ballast", "delete", "probe", "uploader"},
    "health": {"probe"},
    "client_exit": set(),
}
"""Whose gaps touch a check, beside labctl's own, which touch all."""

counts = st.integers(0, 20)
sizes = st.integers(0, 300).map(lambda size: size * MIB)
seconds = st.integers(0, 20).map(float)


def bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    low_high = st.tuples(values, values).map(sorted)
    return st.one_of(
        values.map(lambda low: {"min": low}),
        values.map(lambda high: {"max": high}),
        low_high.map(lambda pair: {"min": pair[0], "max": pair[1]}),
    )


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "refused": st.fixed_dictionaries(
        {"count": bounds(counts), "reason": st.sampled_from(["drive-full", "inodes"])},
        optional={"status": st.sampled_from([500, 507]), "group": st.just("small")},
    ),
    "accepted": bounds(sizes),
    "accepted_before_refusal": bounds(sizes),
    "overshoot": bounds(sizes),
    "resent": st.one_of(st.sampled_from(["all", "none"]), bounds(counts)),
    "stall": bounds(seconds),
    "acknowledged": st.just("intact"),
    "refused_objects": st.just("absent"),
    "redundancy": bounds(counts).map(lambda most: {"incomplete": most}),
    "leftovers": bounds(sizes).map(lambda most: {"trash": most}),
    "writable_again": bounds(seconds),
    "health": st.one_of(st.just("green"), st.just({"cluster": 503})),
    "probe": st.sampled_from(["works", "refused", 200, "SlowDown"]).map(lambda it: {"get": it}),
    "client_exit": st.integers(0, 2),
    "log": st.just(TEXT),
}
expectations = st.one_of(
    *(part.map(lambda value, name=name: (name, value)) for name, part in PARTS.items())
)


@st.composite
def figures(draw: st.DrawFn) -> Summary:
    """Figures of a run in which each step may have come to anything, or never been played."""

    def some(value: Any) -> Any:
        return draw(st.one_of(st.none(), st.just(value)))

    kinds = draw(st.dictionaries(st.sampled_from(get_args(Found)), st.integers(0, 3)))
    again = draw(counts)
    least = draw(sizes)
    present = draw(st.integers(0, 2))
    refused = draw(counts)
    sure = draw(st.sampled_from(["certain", "high", "low"]))
    status = draw(st.sampled_from([200, 503, None]))
    never = draw(st.booleans())
    ended = upload_ended(
        8.0, attempts=65, reason=draw(st.sampled_from(["done", "stopped", "terminated"]))
    ).record
    return summary(
        endings=draw(st.sampled_from([(), (ended,)])),
        refused=refused,
        refusals=(refusals(refused, sure=sure),) if refused else (),
        bytes_acknowledged=draw(sizes),
        bytes_acknowledged_before_refusal=draw(sizes),
        first_refusal=summary().first_refusal if refused else None,
        drives=draw(st.sampled_from([(), summary().drives])),
        logs=(LogMatches(TEXT, draw(st.integers(0, 1)), draw(st.integers(0, 2)), None),)[
            : draw(st.integers(0, 1))
        ],
        containers=(
            ContainerFigures(
                "uploader", "exited", draw(st.sampled_from([0, 1, None])), oom_killed=False
            ),
        )[: draw(st.integers(0, 1))],
        steps=Steps(
            integrity=some(
                integrity(
                    kinds,
                    whole=draw(st.booleans()),
                    refused=refused,
                    refused_present=(proof("x"),) * present,
                    refused_present_count=present,
                )
            ),
            redundancy=some(redundancy(incomplete=draw(counts), objects=draw(counts))),
            leftovers=some(Leftovers((contents(trash=draw(sizes)),))),
            overshoot=some(
                overshoot(least=least, most=least + draw(sizes), refused=draw(st.booleans()))
            ),
            resent=some(resent(refused=refused, again=again, acknowledged=min(again, refused))),
            writable=(writable(seconds=None if never else draw(seconds), tried=draw(seconds)),),
            probes=(
                probe(
                    whole=draw(st.booleans()),
                    calls=(call("get", works=status == 200, status=status),),
                    health=(health("cluster", status),),
                ),
            )[: draw(st.integers(0, 1))],
            stall=some(Stall(draw(seconds), proof("x"))),
            drive_bytes=200 * MIB,
        ),
    )


def result(found: Summary, name: str, wanted: Any) -> str:
    return judge(Expect.model_validate({name: wanted}), found).result


def with_gap(found: Summary, source: str) -> Summary:
    return replace(found, gaps=(*found.gaps, GapFigures(source, "it is torn", 1)))


@given(figures(), expectations, st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3))
def test_a_gap_never_turns_a_failure_or_an_unknown_into_a_pass(
    found: Summary, expected: tuple[str, Any], sources: list[str]
) -> None:
    before = result(found, *expected)
    for source in sources:
        found = with_gap(found, source)
    after = result(found, *expected)
    assert after != "pass" or before == "pass"
    assert after != "fail" or before == "fail", "nor does it make a failure"


@given(figures(), expectations, st.sampled_from(SOURCES))
def test_no_check_passes_when_a_gap_touches_it(
    found: Summary, expected: tuple[str, Any], source: str
) -> None:
    name, _ = expected
    touches = source in ("", "labctl") or source.rstrip("-0123456789") in TOUCHING.get(name, set())
    proven = name in ("log", "probe")  # one line, one call is proof whatever else is missing
    after = result(with_gap(found, source), *expected)
    if touches and not proven:
        assert after != "pass"
    if not touches:
        assert after == result(found, *expected), f"a gap of {source} touches no {name}"


@given(figures(), expectations.filter(lambda expected: expected[0] in TOUCHING))
def test_no_check_passes_on_what_no_step_has_made(
    found: Summary, expected: tuple[str, Any]
) -> None:
    name, wanted = expected
    nothing = replace(found, uploads=(), endings=(), containers=(), steps=Steps(), refusals=(),
                      bytes_acknowledged=0, first_refusal=None)  # fmt: skip
    assert result(nothing, name, wanted) == "unknown"


@given(figures(), expectations)
def test_what_a_killed_client_never_told_cannot_pass(
    found: Summary, expected: tuple[str, Any]
) -> None:
    name, wanted = expected
    of_uploads = {name for name, sources in TOUCHING.items() if "uploader" in sources}
    if name in of_uploads - {"writable_again"}:
        assert result(replace(found, endings=()), name, wanted) != "pass"


@given(figures(), expectations)
def test_a_verify_that_was_cut_short_proves_nothing(
    found: Summary, expected: tuple[str, Any]
) -> None:
    name, wanted = expected
    if "verify" in TOUCHING.get(name, set()):
        read = found.steps.integrity
        cut = None if read is None else replace(read, whole=False)
        assert result(replace(found, steps=replace(found.steps, integrity=cut)), name, wanted) != (
            "pass"
        )


@given(figures(), st.lists(expectations, max_size=4))
def test_joined_verdicts_are_as_bad_as_the_worst(
    found: Summary, expected: list[tuple[str, Any]]
) -> None:
    verdicts = [judge(Expect.model_validate({name: it}), found) for name, it in expected]
    worst = min((each.result for each in verdicts), key=ORDER.__getitem__, default="pass")
    joined = Verdict.of(verdicts)
    assert joined.result == worst
    assert joined.exit_code == (0 if worst == "pass" else 1)
    assert Verdict.of([Verdict.of(verdicts[:2]), Verdict.of(verdicts[2:])]) == joined


@given(figures(), expectations)
def test_every_check_says_what_it_expected_and_what_it_saw(
    found: Summary, expected: tuple[str, Any]
) -> None:
    name, wanted = expected
    checks = judge(Expect.model_validate({name: wanted}), found, step=3).checks
    assert checks
    for check in checks:
        assert check.name.split(".")[0] == name
        assert check.expected
        assert check.seen
        assert check.step == 3
        assert len(check.proof) <= 5
