"""A lab as the label of its holder: it is read back as it was, and tells no secret."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from labctl.app.task import PROBE_VERBS
from labctl.assets import labs
from labctl.blueprint import lab_label, read_lab_label
from labctl.labfile.lab import Lab
from labctl.labfile.validate import validate
from labctl.labfile.yaml_marks import parse_yaml

LOGIN = {"access_key": "my-login", "secret_key": "hushhush"}


def back(lab: Lab) -> Lab:
    return read_lab_label(lab_label(lab), lab.minio.access_key, lab.minio.secret_key)


@pytest.mark.parametrize("name", sorted(labs()))
def test_the_labs_that_come_along_are_read_back(name: str) -> None:
    document, _ = parse_yaml(labs()[name].read_text(), name, {}, with_lines=True)
    assert document is not None
    lab = validate(document).lab
    assert lab is not None
    without_env = lab.minio.model_copy(update={"env": {}})
    assert back(lab) == lab.model_copy(update={"minio": without_env})


def test_a_label_holds_no_secret() -> None:
    lab = Lab.model_validate(
        {
            "files": {"a": {"count": 1, "size": 1}},
            "minio": {**LOGIN, "env": {"MINIO_KMS_SECRET_KEY": "psst"}},
            "client": {"image": "mine", "command": ["--password", "hushhush"]},
        }
    )
    text = lab_label(lab)
    assert not [secret for secret in ("hushhush", "my-login", "psst") if secret in text]
    assert back(lab).client.image == "mine"
    assert back(lab).minio.secret_key == "hushhush"


SIZES = st.integers(1, 2**50) | st.integers(1, 900).map("{}MiB".format)
SHARES = st.decimals(0, 100, places=6).map("{:f}%".format) | st.integers(0, 100).map("{}%".format)
TIMES = (
    st.floats(0.001, 1e6)
    | st.integers(1, 999).map("{}ms".format)
    | st.integers(1, 9).map("{}m".format)
)
COUNTS = st.integers(1, 50)
GROUPS = st.sampled_from(["a", "b"])


def maps(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Maps that hold any of those keys."""
    return st.fixed_dictionaries({}, optional=values)


def bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.builds(lambda one: {"min": one}, values) | st.builds(
        lambda one: {"max": one}, values
    )  # fmt: skip


UPLOADS = (
    st.sampled_from(["all", "a", ["a", "b"], {}, {"groups": "all"}])
    | maps(groups=GROUPS, parallel=COUNTS, pace=TIMES, on_error=st.sampled_from(["stop", "retry"]),
           overwrite=COUNTS)
    | st.sampled_from([{"resend": "refused"}, {"parts": "leave", "groups": ["a"]}])
)  # fmt: skip
EXPECT = maps(
    refused=maps(reason=st.sampled_from(["quota", "inodes"]), group=GROUPS, count=bounds(COUNTS)),
    accepted=bounds(SIZES | SHARES),
    overshoot=bounds(SIZES) | maps(after_crossing=bounds(TIMES), bytes=bounds(SIZES)),
    acknowledged=st.just("intact"),
    redundancy=st.just("complete") | st.builds(lambda n: {"incomplete": n}, bounds(COUNTS)),
    resent=st.sampled_from(["all", "none"]) | bounds(COUNTS),
    writable_again=bounds(TIMES) | st.builds(lambda time: {"within": time}, TIMES),
    stall=bounds(TIMES),
    health=st.sampled_from(["green", {"cluster": 503}]),
    probe=st.dictionaries(st.sampled_from(PROBE_VERBS), st.sampled_from(["works", 507, "Nope"])),
    client_exit=st.integers(0, 255),
    log=st.text(min_size=1) | st.lists(st.text(min_size=1), min_size=1),
    leftovers=maps(trash=bounds(SIZES), uploads=bounds(COUNTS)),
)
VERBS = st.one_of(
    st.fixed_dictionaries({"upload": UPLOADS}),
    st.fixed_dictionaries({"verify": st.sampled_from(["all", "acknowledged", {}])}),
    st.fixed_dictionaries({"probe": st.just("all") | maps(small=SIZES, large=SIZES)}),
    st.fixed_dictionaries({"delete": st.just("all") | maps(count=COUNTS, versions=st.booleans())}),
    st.fixed_dictionaries({"delete": maps(group=GROUPS)}),
    st.fixed_dictionaries(
        {"ballast": SIZES | SHARES | st.just(0)}, optional={"at": st.just("minio/data1")}
    ),
    st.fixed_dictionaries({"ballast": SIZES}, optional={"for": TIMES}),
    st.fixed_dictionaries({"grow": SIZES}, optional={"at": st.just(["minio/data1"])}),
    st.fixed_dictionaries({"quota": st.just("none") | SIZES}),
    st.fixed_dictionaries(
        {
            "wait": st.just("quota_armed")
            | TIMES
            | SIZES.map(lambda size: {"writable": size})
            | st.text(min_size=1).map(lambda text: {"log": text})
        }
    ),
    st.fixed_dictionaries(
        {"wait": SHARES.map(lambda share: {"drive_used": share})},
        optional={"at": st.just("minio/data1")},
    ),
)


def with_modifiers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    more = maps(expect=EXPECT, meanwhile=st.lists(inner, min_size=1, max_size=2))
    return st.builds(lambda step, other: step | other, VERBS, more)


LABS = st.fixed_dictionaries(
    {
        "files": st.just({"a": {"count": 1, "size": "1m"}, "b": {"dir": "own"}}),
        "steps": st.lists(st.recursive(VERBS, with_modifiers, max_leaves=3), max_size=4),
    },
    optional={
        "name": st.just("a-name"),
        "seed": st.integers(0, 2**63 - 1),
        "minio": maps(size=st.just("5m"), drives=st.integers(1, 16), ports=st.just("auto"),
                      inodes=st.integers(64, 10**6), override=st.just({"minio/data1": "7m"})),
        "bucket": st.just("abc") | maps(quota=SIZES, versioning=st.booleans()),
        "client": st.just("minio-py") | maps(pace=TIMES, parallel=COUNTS),
        "expect": EXPECT,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(LABS)
def test_any_lab_is_read_back(data: dict[str, Any]) -> None:
    try:
        lab = Lab.model_validate(data)
    except ValidationError as error:
        told = {each["msg"] for each in error.errors()}
        assert all("contradicts" in each or "expects nothing" in each or "names no" in each
                   for each in told), told  # fmt: skip
        return
    assert back(lab) == lab
    assert list(map(str, lab.steps)) == list(map(str, back(lab).steps))
