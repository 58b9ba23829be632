"""What a lab file may expect: short forms, what is refused, what a lab must have for it."""

from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from labctl.app.task import PROBE_VERBS
from labctl.labfile.expect import Expect, needs

BOTH = {"min": 3, "max": 3}


def expect(**given: Any) -> Expect:
    return Expect.model_validate(given)


def wrong(**given: Any) -> list[tuple[tuple[int | str, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        expect(**given)
    return [(each["loc"], each["msg"]) for each in caught.value.errors()]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"refused": {"count": 3}}, {"refused": {"count": BOTH}}),
        ({"accepted": 3}, {"accepted": BOTH}),
        ({"accepted": "50%"}, {"accepted": {"min": "50%", "max": "50%"}}),
        ({"overshoot": 3}, {"overshoot": {"bytes": BOTH}}),
        ({"overshoot": {"max": 0}}, {"overshoot": {"bytes": {"max": 0}}}),
        ({"overshoot": {"after_crossing": "15s"}}, {"overshoot": {"after_crossing": {"max": 15}}}),
        ({"redundancy": "complete"}, {"redundancy": {"incomplete": {"min": 0, "max": 0}}}),
        ({"resent": 3}, {"resent": BOTH}),
        ({"writable_again": "10s"}, {"writable_again": {"max": 10}}),
        ({"stall": 1.5}, {"stall": {"max": 1.5}}),
        ({"leftovers": {"trash": 3}}, {"leftovers": {"trash": BOTH}}),
    ],
)
def test_short_forms(short: dict[str, Any], long: dict[str, Any]) -> None:
    assert expect(**short) == expect(**long)


def test_within_is_a_synonym_of_max() -> None:
    found = expect(writable_again={"within": "10s"}).writable_again
    assert found is not None
    assert found.longest == 10


EVERYTHING: list[dict[str, Any]] = [
    {"refused": {"reason": "quota", "status": 400, "code": "XMinioAdminBucketQuotaExceeded"}},
    {"refused": [{"reason": "drive-full", "group": "big"}, {"code": "X", "count": {"max": 2}}]},
    {"accepted": {"min": "90%", "max": "100%"}, "accepted_before_refusal": {"min": "1MiB"}},
    {"overshoot": {"bytes": {"max": "1MiB"}, "after_first_put": {"min": "1s", "max": "1m"}}},
    {"acknowledged": "intact", "refused_objects": "absent", "redundancy": {"incomplete": 2}},
    {"resent": "all", "stall": {"max": "60s"}, "client_exit": 1},
    {"resent": "none", "writable_again": {"within": 2}},
    {"health": "green", "log": ["one", "two"]},
    {"health": {"cluster": 503, "cluster/read": 200}, "log": "one"},
    {"probe": {"get": "works", "put-small": "refused", "tag": 500, "copy": "XMinioStorageFull"}},
    {"leftovers": {"uploads": 0, "unfinished": 0, "trash": {"max": "9m"}, "beyond": {"min": 1}}},
]


@pytest.mark.parametrize("given", EVERYTHING)
def test_expectations_survive_being_recorded(given: dict[str, Any]) -> None:
    found = expect(**given)
    assert Expect.model_validate(found.model_dump(mode="json", exclude_unset=True)) == found


@pytest.mark.parametrize("given", EVERYTHING)
def test_what_the_model_takes_its_schema_takes(given: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(Expect.model_json_schema()).validate(given)


MALFORMED: list[tuple[dict[str, Any], tuple[int | str, ...], str]] = [
    ({"refused": {"reason": "full"}}, ("refused", "reason"), "drive-full"),
    ({"refused": [{}, {"raeson": 1}]}, ("refused", 1, "raeson"), "not permitted"),
    ({"refused": []}, ("refused",), "empty list"),
    ({"refused": [{"status": 5}]}, ("refused", 0, "status"), "100"),
    ({"refused": 5}, ("refused",), "Refused"),
    ({"log": []}, ("log",), "empty list"),
    ({"log": ["a", 5]}, ("log", 1), "valid string"),
    ({"log": ""}, ("log",), "at least 1 character"),
    ({"resent": "some"}, ("resent",), "write all, none"),
    ({"health": "red"}, ("health",), "write green"),
    ({"health": {"clustr": 200}}, ("health", "clustr"), "did you mean 'cluster'"),
    ({"health": {"live": 20}}, ("health", "live"), "100"),
    ({"health": {}}, ("health",), "names no health endpoint"),
    ({"probe": {"gte": "works"}}, ("probe", "gte"), "did you mean 'get'"),
    ({"probe": {"get": "work"}}, ("probe", "get"), "write works, refused"),
    ({"probe": {"get": True}}, ("probe", "get"), "write works, refused"),
    ({"probe": {}}, ("probe",), "names no call"),
    ({"overshoot": {}}, ("overshoot",), "expects nothing"),
    ({"leftovers": {}}, ("leftovers",), "expects nothing"),
    ({"redundancy": "half"}, ("redundancy",), "write complete"),
    ({"acknowledged": "all"}, ("acknowledged",), "intact"),
    ({"client_exit": 256}, ("client_exit",), "255"),
    ({"exit_code": 1}, ("exit_code",), "not permitted"),
]


@pytest.mark.parametrize(("given", "place", "words"), MALFORMED)
def test_what_is_no_expectation(
    given: dict[str, Any], place: tuple[int | str, ...], words: str
) -> None:
    found = wrong(**given)
    assert [loc for loc, _ in found] == [place]
    assert words in found[0][1]


CONTRADICTIONS: list[tuple[dict[str, Any], tuple[int | str, ...], str]] = [
    ({"accepted": {"min": 3, "max": 2}}, ("accepted", "max"), "2 is less than min, 3"),
    ({"accepted": {"min": "9%", "max": "8%"}}, ("accepted", "max"), "8% is less than min, 9%"),
    ({"stall": {"min": 3, "max": 2}}, ("stall", "max"), "less than min"),
    ({"stall": {"min": 3, "within": 2}}, ("stall", "within"), "less than min"),
    ({"stall": {"max": 3, "within": 2}}, ("stall", "within"), "max and within mean the same"),
    (
        {"accepted": {"max": 5}, "accepted_before_refusal": {"min": 6}},
        ("accepted_before_refusal",),
        "min 6 bytes contradicts accepted: no more than 5 bytes",
    ),
    (
        {"accepted": {"max": "50%"}, "accepted_before_refusal": {"min": "60%"}},
        ("accepted_before_refusal",),
        "min 60% contradicts accepted",
    ),
    (
        {"refused": {"count": 0}, "accepted_before_refusal": {"min": 1}},
        ("accepted_before_refusal",),
        "contradicts refused: nothing is to be refused",
    ),
    (
        {"refused": [{"count": 0}, {"reason": "quota"}]},
        ("refused", 1, "count"),
        "contradicts refused.0: at least 1 and at most 0",
    ),
    (
        {"refused": [{"reason": "quota", "group": "a", "count": 5},
                     {"reason": "quota", "count": {"max": 3}}]},
        ("refused", 1, "count"),
        "at least 5 and at most 3",
    ),
    ({"refused": {"count": 0}, "resent": "all"}, ("resent",), "contradicts refused: nothing is"),
    ({"refused": {"count": 0}, "resent": "none"}, ("resent",), "contradicts refused: nothing is"),
    (
        {"refused": {"count": 0}, "refused_objects": "absent"},
        ("refused_objects",),
        "contradicts refused: nothing is to be refused",
    ),
    (
        {"refused": {"count": {"max": 3}}, "resent": {"min": 4}},
        ("resent",),
        "contradicts refused: at most 3",
    ),
    (
        {"refused": {"reason": "quota", "count": 0}, "overshoot": {"after_crossing": 1}},
        ("overshoot",),
        "contradicts refused: the quota",
    ),
    ({"refused": {"reason": "quota", "status": 507}}, ("refused", "status"), "MinIO answers 400"),
    ({"refused": {"reason": "quota", "code": "X"}}, ("refused", "code"), "reason quota: MinIO"),
    (
        {"refused": {"reason": "inodes", "code": "XMinioAdminBucketQuotaExceeded"}},
        ("refused", "code"),
        "contradicts reason inodes",
    ),
    (
        {"refused": {"status": 507, "code": "XMinioAdminBucketQuotaExceeded"}},
        ("refused", "code"),
        "contradicts status 507",
    ),
    (
        {"refused": {"status": 500, "code": "XMinioStorageFull"}},
        ("refused", "code"),
        "it comes with 507",
    ),
    (
        {"refused": {"reason": "drive-full", "status": 400}},
        ("refused", "status"),
        "contradicts reason drive-full",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "place", "words"), CONTRADICTIONS)
def test_contradictions_are_told_at_their_key(
    given: dict[str, Any], place: tuple[int | str, ...], words: str
) -> None:
    found = wrong(**given)
    assert [loc for loc, _ in found] == [place]
    assert words in found[0][1]


@pytest.mark.parametrize(
    "given",
    [
        {"refused": {"reason": "quota", "count": 0}},
        {"refused": [{"reason": "quota"}, {"reason": "inodes", "count": 0}]},
        {"refused": [{"count": 5}, {"reason": "quota", "count": 3}]},
        {"accepted": {"max": "50%"}, "accepted_before_refusal": {"min": "200MiB"}},
        {"refused": {"group": "a", "count": 0}, "resent": "all"},
        {"refused": {"count": {"max": 1}}, "resent": "none", "refused_objects": "absent"},
        {"refused": {"reason": "drive-full", "count": 0}, "overshoot": {"after_crossing": 1}},
        {"refused": {"status": 200, "code": "XMinioStorageFull"}},
    ],
)
def test_what_only_looks_like_a_contradiction(given: dict[str, Any]) -> None:
    assert expect(**given)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"log": "x"}, set()),
        ({"acknowledged": "intact"}, {("acknowledged", "verify")}),
        ({"refused_objects": "absent"}, {("refused_objects", "verify")}),
        ({"redundancy": "complete"}, {("redundancy", "verify")}),
        ({"leftovers": {"uploads": 0}}, {("leftovers", "verify")}),
        ({"probe": {"get": "works"}}, {("probe", "probe")}),
        ({"health": "green"}, {("health", "probe")}),
        ({"overshoot": 0}, {("overshoot", "quota")}),
        ({"resent": "all"}, {("resent", "upload"), ("resent", "resend")}),
        ({"resent": {"min": 1}}, {("resent", "upload"), ("resent", "resend")}),
        ({"resent": {"max": 3}}, {("resent", "upload")}),
        ({"resent": "none"}, {("resent", "upload")}),
        ({"writable_again": 1}, {("writable_again", "writable")}),
        ({"refused": {"reason": "quota"}}, {("refused", "upload"), ("refused", "quota")}),
        ({"refused": {"reason": "quota", "count": 0}}, {("refused", "upload")}),
        ({"refused": [{}, {"code": "XMinioAdminBucketQuotaExceeded"}]},
         {("refused", "upload"), ("refused", "quota")}),
        ({"client_exit": 0}, {("client_exit", "upload")}),
        ({"accepted": 0}, {("accepted", "upload")}),
        ({"accepted_before_refusal": 0}, {("accepted_before_refusal", "upload")}),
        ({"stall": 1}, {("stall", "upload")}),
    ],
)  # fmt: skip
def test_what_a_lab_must_have(given: dict[str, Any], needed: set[tuple[str, str]]) -> None:
    assert set(needs(expect(**given))) == needed


def test_groups_and_where_they_are_named() -> None:
    assert list(expect(refused={"group": "a"}).groups()) == [(("refused", "group"), "a")]
    several = expect(refused=[{}, {"group": "b"}, {"group": "c"}])
    assert list(several.groups()) == [
        (("refused", 1, "group"), "b"),
        (("refused", 2, "group"), "c"),
    ]


def test_every_call_of_a_probe_can_be_expected() -> None:
    assert expect(probe=dict.fromkeys(PROBE_VERBS, "works")).probe is not None
