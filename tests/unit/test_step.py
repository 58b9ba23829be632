"""A step by itself: one verb, short forms, and what does not go together."""

from typing import Any

import pytest
from pydantic import ValidationError

from labctl.labfile.fields import Share
from labctl.labfile.step import EXAMPLES, VERBS, Step, example_of
from labctl.labfile.verbs import Ballast, Delete, Grow, Probe, Quota, Upload, Verb, Verify, Wait

MIB = 2**20
Wrong = list[tuple[tuple[int | str, ...], str]]


def step(**given: Any) -> Step:
    return Step.model_validate(given)


def wrong(**given: Any) -> Wrong:
    with pytest.raises(ValidationError) as caught:
        step(**given)
    return [(each["loc"], each["msg"]) for each in caught.value.errors()]


@pytest.mark.parametrize(
    ("given", "verb", "shown"),
    [
        ({"upload": "all"}, Upload(), "upload all"),
        ({"upload": ["a", "b"]}, Upload(groups=("a", "b")), "upload a, b"),
        ({"upload": {"resend": "refused"}}, Upload(resend="refused"), "upload all, resend refused"),
        ({"upload": {"groups": "a", "overwrite": 3}}, Upload(groups=("a",), overwrite=3),
         "upload a, 3 times"),
        ({"verify": "acknowledged"}, Verify(what="acknowledged"), "verify acknowledged"),
        ({"probe": "all"}, Probe(), "probe all"),
        ({"delete": "all"}, Delete(), "delete all"),
        ({"delete": {"count": 5, "versions": True}}, Delete(count=5, versions=True),
         "delete 5 objects, every version"),
        ({"delete": {"group": "a"}}, Delete(group="a"), "delete a"),
        ({"ballast": "5m"}, Ballast(size=5 * MIB), "ballast 5 MiB"),
        ({"ballast": "95%"}, Ballast(size=Share(0.95)), "ballast until 95% is used"),
        ({"ballast": 0}, Ballast(size=0), "ballast 0 bytes"),
        ({"grow": "5m"}, Grow(size=5 * MIB), "grow to 5 MiB"),
        ({"quota": "5m"}, Quota(size=5 * MIB), "quota 5 MiB"),
        ({"quota": "none"}, Quota(size=None), "quota none"),
        ({"wait": "1.5s"}, Wait(seconds=1.5), "wait 1.5 s"),
        ({"wait": {"writable": "1m"}}, Wait(writable=MIB), "wait until 1 MiB can be written"),
        ({"wait": "quota_armed"}, Wait(quota_armed=True), "wait until the quota is enforced"),
        ({"wait": {"drive_used": "95%"}}, Wait.model_validate({"drive_used": "95%"}),
         "wait until 95% of a drive is used"),
        ({"wait": {"log": "x"}}, Wait(log="x"), "wait until the log has 'x'"),
        ({"ballast": "5m", "at": "minio/data1", "for": "3s"}, Ballast(size=5 * MIB),
         "ballast 5 MiB, at minio/data1, for 3.0 s"),
    ],
)  # fmt: skip
def test_what_is_written_and_what_it_means(given: Any, verb: Verb, shown: str) -> None:
    found = step(**given)
    assert found.verb == verb
    assert found.name in given
    assert str(found) == shown


def test_every_verb_has_an_example() -> None:
    assert set(EXAMPLES) == set(VERBS)


def test_no_verb_or_two() -> None:
    listed = "upload, verify, probe, delete, ballast, grow, quota, wait"
    assert wrong() == [((), f"Value error, has no verb; write one of: {listed}")]
    [(_, told)] = wrong(within="5s", **{"for": "3s"})
    assert told.endswith(f"{listed}, or indent for and within under the step that is meant")
    [(_, told)] = wrong(upload="all", quota="none")
    assert told == "Value error, has the verbs upload and quota; make a step of each"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_with_nothing_under_it(verb: str) -> None:
    assert wrong(**{verb: None}) == [((verb,), f"is empty; write {EXAMPLES[verb]}")]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"upload": {"resend": None}}, ("upload", "resend")),
        ({"upload": {"groups": None}}, ("upload", "groups")),
        ({"delete": {"count": None}}, ("delete", "count")),
        ({"delete": {"group": None}}, ("delete", "group")),
        ({"wait": {"writable": None}}, ("wait", "writable")),
        ({"upload": "all", "within": None}, ("within",)),
        ({"ballast": 1, "for": None}, ("for",)),
        ({"ballast": 1, "at": None}, ("at",)),
        ({"upload": "all", "expect": None}, ("expect",)),
        ({"upload": "all", "meanwhile": None}, ("meanwhile",)),
    ],
)
def test_what_is_empty_never_means_everything(given: Any, place: tuple[str, ...]) -> None:
    assert wrong(**given) == [(place, "is empty; give it a value, or remove the line")]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"upload": []}, ("upload",)),
        ({"upload": {"groups": []}}, ("upload", "groups")),
        ({"delete": []}, ("delete",)),
        ({"upload": "all", "meanwhile": []}, ("meanwhile",)),
        ({"ballast": 1, "at": []}, ("at",)),
    ],
)
def test_lists_that_hold_nothing(given: Any, place: tuple[str, ...]) -> None:
    assert [each for each, _ in wrong(**given)] == [place]


@pytest.mark.parametrize(
    "verb",
    [{"upload": "all"}, {"verify": "all"}, {"probe": "all"}, {"delete": "all"}, {"quota": 5},
     {"wait": "5s"}, {"wait": "quota_armed"}, {"wait": {"writable": 1}}, {"wait": {"log": "x"}}],
)  # fmt: skip
def test_verbs_that_take_no_drive(verb: dict[str, Any]) -> None:
    [(place, told)] = wrong(at="minio/data1", **verb)
    assert place == ("at",)
    assert told.startswith(f"does not go with {next(iter(verb))}; drives are named for `ballast`")


@pytest.mark.parametrize("verb", [{"ballast": 1}, {"grow": 1}, {"wait": {"drive_used": "5%"}}])
def test_verbs_that_take_drives(verb: dict[str, Any]) -> None:
    assert step(at="minio/data1", **verb) == step(at=["minio/data1"], **verb)


@pytest.mark.parametrize(
    "verb",
    [{"upload": "all"}, {"verify": "all"}, {"probe": "all"}, {"delete": "all"}, {"grow": 5},
     {"wait": "5s"}, {"ballast": 0}, {"quota": "none"}],
)  # fmt: skip
def test_verbs_that_leave_nothing_to_undo(verb: dict[str, Any]) -> None:
    told = "only what `ballast` and `quota` set can be undone after a time; remove it"
    assert wrong(**verb, **{"for": "3s"}) == [(("for",), told)]


def test_everything_that_does_not_go_with_a_verb_is_told_at_once() -> None:
    found = wrong(wait="5s", within="2s", at="minio/data1", **{"for": "3s"})
    assert [place for place, _ in found] == [("at",), ("for",), ("wait",)]
    assert found[2][1] == "is longer than the step's time limit, within 2.0 s; write less"


@pytest.mark.parametrize("key", ["within", "for"])
def test_times_of_nothing(key: str) -> None:
    [(place, told)] = wrong(ballast=1, **{key: 0})
    assert place == (key,)
    assert "more than 0 seconds" in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"quota": 0}, "to MinIO a quota of 0 is none; write `quota: none`, or a size"),
        ({"quota": "0"}, "to MinIO a quota of 0 is none; write `quota: none`, or a size"),
        ({"quota": "0m"}, "must be more than 0 bytes; write for example 200m or 30MiB"),
        ({"ballast": "none"}, "'none' is no size; write `ballast: 0` to take it away"),
        ({"ballast": "101%"}, "'101%' is more than there is; write 100% or less"),
        ({"ballast": -1}, "must not be negative; write for example 0 or 30MiB"),
        ({"grow": "50%"}, "'50%' is no size; write for example 200m, 30MiB or 1g"),
        ({"wait": "quota-armed"}, "'quota-armed' is nothing to wait for; write one of: 10s, "
         "quota_armed, {writable: 1MiB}, {drive_used: 95%} or {log: TEXT}"),
        ({"wait": {"drive_used": 0.95}}, "0.95 is no percentage; write for example 95%"),
        ({"wait": {}}, "wait for one thing; write one of: 10s, quota_armed, {writable: 1MiB}, "
         "{drive_used: 95%} or {log: TEXT}"),
        ({"wait": {"seconds": 1, "log": "x"}}, "wait for one thing; write one of: 10s, "
         "quota_armed, {writable: 1MiB}, {drive_used: 95%} or {log: TEXT}"),
        ({"delete": {"count": 1, "group": "a"}}, "count and group exclude each other; keep one"),
        ({"upload": {"resend": "refused", "overwrite": 2}},
         "resend and overwrite exclude each other; keep one"),
        ({"upload": {"resend": "refused", "parts": "leave"}},
         "resend and parts exclude each other; keep one"),
        ({"upload": {"overwrite": 2, "parts": "leave"}},
         "overwrite and parts exclude each other; keep one"),
    ],
)  # fmt: skip
def test_values_that_a_verb_does_not_take(given: dict[str, Any], told: str) -> None:
    [(place, found)] = wrong(**given)
    assert place[0] in given
    assert found == f"Value error, {told}"


def test_what_a_bare_word_was_meant_to_be() -> None:
    assert example_of("probe") == "write `probe: all`"
    assert example_of("ballast:5m") == "put a space after the ':', `ballast: 5m`"
    assert example_of("verify: all") == "write it without quotes, `verify: all`"
    assert example_of("") == "write one verb, for example `upload: all`"
    assert example_of("frob:1") == "write one verb, for example `upload: all`"
