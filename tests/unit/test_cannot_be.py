"""What no run of a lab can ever come to is told where it stands; what only looks so is taken."""

from pathlib import Path

import pytest

from labctl.errors import LabFileError
from labctl.labfile.load import load_lab

FILES = "files: {a: {count: 3, size: 1m}, b: {count: 2, size: 2m}}\n"
STEPS = FILES + "steps:\n"
ONE = "files: {a: {count: 9, size: 1m}}\n"
STOP = FILES + "client: {on_error: stop}\n"
BOTH = "change one of the two"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(text: str) -> tuple[list[str], list[str]]:
    """The errors and the warnings about a text."""
    Path("x.yaml").write_text(text)
    try:
        return [], _plain(load_lab(Path("x.yaml"), environ={}).warnings)
    except LabFileError as error:
        return _plain(error.problems), []


def _plain(found: tuple[str, ...]) -> list[str]:
    return [each.removeprefix("x.yaml:") for each in found]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FILES + "expect: {refused: {count: {min: 1}}, accepted: {min: 7m}}", "2:48: "
         "expect.accepted: contradicts refused: 7 MiB are sent, each object once, and 1 that is "
         "refused leaves 6 MiB at most; write less"),
        (FILES + "expect: {refused: {group: b, count: 2}, accepted: {min: 4m}}", "2:51: "
         "expect.accepted: contradicts refused: 7 MiB are sent, each object once, and 2 that are "
         "refused leave 3 MiB at most; write less"),
        (FILES + "expect: {refused: {count: 0}, accepted: {max: 6m}}", "2:41: expect.accepted: "
         "contradicts refused: 7 MiB are sent, and where none is refused at least 7 MiB are "
         "accepted; write more"),
        (FILES + "expect: {refused: {count: {max: 1}}, accepted: {max: 4m}}", "2:48: "
         "expect.accepted: contradicts refused: 7 MiB are sent, and where 1 at most are refused "
         "at least 5 MiB are accepted; write more"),
        (STEPS + "- {upload: a, expect: {refused: {group: b}}}", "3:33: "
         "steps.0.expect.refused: 1 objects of b cannot be refused: 0 are sent; write less"),
        (STOP + "expect: {refused: {count: 2}}", "3:27: expect.refused.count: 2 objects cannot be "
         "refused: with `on_error: stop` the client ends after 1; write less, or "
         "`on_error: continue`"),
        (FILES + "steps: [{upload: all}, {verify: all}]\nexpect: {accepted: 0, "
         "acknowledged: intact}", "3:37: expect.acknowledged: contradicts accepted: nothing is to "
         "be accepted there, so nothing is intact; remove one of the two"),
        (ONE + "bucket: {quota: 3m}\nexpect: {accepted: {min: 4m}, overshoot: {max: 0}}", "3:20: "
         "expect.accepted: contradicts overshoot: a quota of 3 MiB and 0 bytes beyond it let in "
         "3 MiB; write less"),
        (ONE + "steps:\n- quota: 3m\n- {upload: a, expect: {accepted: {min: 6m}, "
         "overshoot: {max: 2m}}}", "4:34: steps.1.expect.accepted: contradicts overshoot: a quota "
         "of 3 MiB and 2 MiB beyond it let in 5 MiB; write less"),
        (FILES + "expect: {client_exit: 1}", "2:23: expect.client_exit: 1 can never be: with "
         "`on_error: continue` the client ends with 0, whatever is refused; write 0, or "
         "`on_error: stop`"),
        (STOP + "steps: [{upload: {on_error: retry}, expect: {client_exit: 1}}]", "3:59: "
         "steps.0.expect.client_exit: 1 can never be: with `on_error: retry` the client ends with "
         "0, whatever is refused; write 0, or `on_error: stop`"),
        (FILES + "expect: {client_exit: 3}", "2:23: expect.client_exit: 3 can never be: labctl's "
         "own client ends with 0, or with 1 where it stops at an error; write one of the two"),
        (STOP + "expect: {client_exit: 0, refused: {reason: drive-full}}", "3:23: "
         "expect.client_exit: contradicts refused: with `on_error: stop` the client ends with 1 at "
         "the first refusal; write 1, or `on_error: continue`"),
        (STOP + "expect: {client_exit: 1, refused: {count: 0}}", "3:23: expect.client_exit: "
         "contradicts refused: nothing is to be refused there, and the client ends with 1 only "
         "where something is; write 0"),
        (STEPS + "- upload: a\n- {verify: all, expect: {client_exit: 1}}", "4:39: "
         "steps.1.expect.client_exit: 1 can never be: a verify that does not end with 0 ends the "
         "lab; write 0, or remove this"),
        (STEPS + "- {upload: a, within: 5s, expect: {stall: {min: 6s}}}", "3:43: "
         "steps.0.expect.stall: no silence is longer than the time limit, within 5.0 s; "
         "write less, or a longer limit"),
    ],
)  # fmt: skip
def test_expectations_that_can_never_hold(text: str, problem: str) -> None:
    assert told(text) == ([problem], [])


@pytest.mark.parametrize(
    "text",
    [
        FILES + "expect: {refused: {count: {min: 1}}, accepted: {min: 6m}}",
        FILES + "expect: {refused: {group: b, count: 2}, accepted: {min: 3m}}",
        FILES + "expect: {refused: {count: 0}, accepted: {max: 7m}}",
        FILES + "expect: {refused: {count: {max: 1}}, accepted: {max: 5m}}",
        STOP + "expect: {refused: {count: {max: 1}}, accepted: {max: 1m}}",
        STEPS + "- upload: a\n- upload: {resend: refused}\n"
        "expect: {refused: {count: 1}, accepted: {min: 7m}}",
        STOP + "expect: {refused: {count: 1}, client_exit: 1}",
        FILES + "client: {on_error: stop, parallel: 2}\nexpect: {refused: {count: 2}}",
        FILES + "steps: [{upload: a}, {upload: {groups: b, on_error: stop}}]\n"
        "client: {on_error: stop}\nexpect: {refused: {count: 2}}",
        FILES + "steps: [{upload: {groups: a, parts: leave}, expect: {accepted: 0}}, "
        "{verify: all}]\nexpect: {accepted: 0, acknowledged: intact}",
        ONE + "bucket: {quota: 3m}\nexpect: {accepted: {min: 3m}, overshoot: {max: 0}}",
        ONE + "steps: [{quota: 3m}, {upload: a}, {quota: none}, {upload: a}]\n"
        "expect: {accepted: {min: 9m}, overshoot: {max: 0}}",
        FILES + "client: {image: mine}\nexpect: {client_exit: 3}",
        FILES + "expect: {client_exit: 137}",
        FILES + "steps: [{upload: {on_error: stop}, expect: {client_exit: 1}}]",
        STOP + "steps: [{upload: {parts: leave}, expect: {client_exit: 0}}, "
        "{upload: {parts: complete}, expect: {client_exit: 1, refused: {count: 0}}}]",
        STEPS + "- {upload: a, within: 5s, expect: {stall: {min: 5s}}}",
        STEPS + "- {upload: a, within: 5s}\n- upload: a\nexpect: {stall: {min: 6s}}",
    ],
)
def test_expectations_that_may_hold(text: str) -> None:
    assert told(text) == ([], [])


def test_a_drive_that_may_not_even_take_the_bucket() -> None:
    errors, [warning] = told(FILES + "minio: {size: 8m}\nexpect: {client_exit: 1}")
    assert errors == []
    assert warning.startswith(
        "3:23: expect.client_exit: 1 is not likely: with `on_error: continue`"
    )


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("client: {parallel: 2}", "4:20"),
        ("files: {a: {count: 9, size: 1m}, b: {count: 1, size: 2m}}", "3:20"),
        ("steps: [{upload: a}, {delete: all}, {upload: a}]", "4:20"),
    ],
)
def test_more_than_a_quota_is_hardly_accepted(more: str, place: str) -> None:
    files = "" if more.startswith("files") else ONE
    text = f"{files}{more}\nbucket: {{quota: 3m}}\n"
    errors, [warning] = told(f"{text}expect: {{accepted: {{min: 4m}}, overshoot: {{max: 0}}}}")
    assert errors == []
    assert warning.startswith(f"{place}: expect.accepted: hardly goes with overshoot: a quota of")


TWO = STEPS + "- {upload: a, expect: {%s}}\n- {upload: b, expect: {%s}}\nexpect: {%s}\n"
READ = STEPS + "- upload: a\n- {%s, expect: {%s}}\nexpect: {%s}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TWO % ("accepted: {min: 2m}", "accepted: {min: 2m}", "accepted: {max: 3m}"),
         "5:20: expect.accepted: contradicts the steps: at least 4 MiB are accepted there"),
        (TWO % ("refused: {count: 1}", "refused: {}", "refused: {count: {max: 1}}"),
         "5:19: expect.refused: contradicts the steps: at least 2 are refused there, and at most 1 "
         "here"),
        (TWO % ("stall: {min: 3s}", "stall: {max: 1s}", "stall: 2s"),
         "5:17: expect.stall: contradicts steps.0.expect.stall: at least 3.0 s, there"),
        (READ % ("probe: all", "health: {cluster: 503}", "health: green"),
         "5:18: expect.health: contradicts steps.1.expect.health: cluster answers 503, there"),
        (READ % ("probe: all", "probe: {get: 404}", "probe: {get: works}"),
         "5:23: expect.probe.get: contradicts steps.1.expect.probe.get: 404, there"),
        (READ % ("verify: all", "redundancy: complete", "redundancy: {incomplete: 1}"),
         "5:22: expect.redundancy: contradicts steps.1.expect.redundancy: another number of "
         "objects, there"),
        (READ % ("verify: all", "leftovers: {trash: 5m}", "leftovers: {trash: {max: 4m}}"),
         "5:29: expect.leftovers.trash: contradicts steps.1.expect.leftovers.trash: other bounds, "
         "there"),
        (READ % ("wait: {writable: 1m}", "writable_again: {min: 9s}", "writable_again: 8s"),
         "5:26: expect.writable_again: contradicts steps.1.expect.writable_again: another time, "
         "there"),
    ],
)  # fmt: skip
def test_what_a_step_and_the_run_expect_together(text: str, problem: str) -> None:
    assert told(text) == ([f"{problem}; {BOTH}"], [])


def test_one_exit_code_of_all_clients() -> None:
    steps = "- {upload: {on_error: stop}, expect: {client_exit: 1}}\n- upload: {on_error: stop}\n"
    assert told(f"{STEPS}{steps}expect: {{client_exit: 0}}")[0] == [
        "5:23: expect.client_exit: contradicts steps.0.expect.client_exit: 1, there; " + BOTH
    ]
    assert told(f"{STEPS}{steps}expect: {{client_exit: 1}}") == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        TWO % ("accepted: {min: 1m}", "accepted: {min: 2m}", "accepted: {max: 3m}"),
        TWO % ("refused: {count: 1}", "refused: {}", "refused: {count: {max: 2}}"),
        TWO % ("refused: {count: 1}", "refused: {}", "refused: {reason: inodes, count: 0}"),
        TWO % ("stall: {min: 2s}", "stall: {max: 1s}", "stall: 2s"),
        READ % ("probe: all", "health: {live: 200}", "health: green"),
        READ % ("probe: all", "probe: {get: 404}", "probe: {get: refused}"),
        READ % ("probe: all", "probe: {get: 200}", "probe: {get: works}"),
        READ % ("probe: all", "probe: {get: 507}", "probe: {get: XMinioStorageFull}"),
        READ % ("probe: all", "probe: {get: works}", "probe: {put-small: refused}"),
        READ % ("probe: all", "probe: {get: works}", "log: x") + "# and\n",
        READ % ("verify: all", "redundancy: complete", "redundancy: {incomplete: {max: 1}}"),
        READ % ("verify: all", "leftovers: {trash: 5m}", "leftovers: {uploads: 0}"),
        READ % ("wait: {writable: 1m}", "writable_again: {min: 9s}", "writable_again: 9s"),
        STEPS + "- upload: a\n- {verify: all, expect: {redundancy: complete}}\n- verify: all\n"
        "expect: {redundancy: {incomplete: 1}}",
    ],
)
def test_what_a_step_and_the_run_may_expect_together(text: str) -> None:
    assert told(text) == ([], [])


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("- upload: a\n- wait: {drive_used: 95%}", "4:22: steps.1.wait.drive_used: can never come: "
         "3 MiB at most are sent by then, and a ballast has 0% at most; put an upload or a ballast "
         "before it"),
        ("- {upload: a, meanwhile: [{wait: {drive_used: 95%}}]}", "3:47: "
         "steps.0.meanwhile.0.wait.drive_used: can never come: 3 MiB at most are sent by then, and "
         "a ballast has 0% at most; put an upload or a ballast before it"),
        ("- {ballast: 100%, for: 5s}\n- upload: all\n- wait: {drive_used: 50%}", "5:22: "
         "steps.2.wait.drive_used: can never come: 7 MiB at most are sent by then, and a ballast "
         "has 0% at most; put an upload or a ballast before it"),
        ("- {wait: {writable: 201m}}\n- grow: 300m", "3:21: steps.0.wait.writable: can never come: "
         "the drives hold 200 MiB of objects; write less"),
        ("- upload: a\n- quota: 50m\n- wait: quota_armed", "5:9: steps.2.wait: can never come: "
         "3 MiB at most were sent by then, and the quota is 50 MiB; send more before it, or set a "
         "smaller quota"),
        ("- quota: 50m\n- wait: quota_armed", "4:9: steps.1.wait: can never come: nothing was sent "
         "by then, and the quota is 50 MiB; send more before it, or set a smaller quota"),
        ("- probe: {large: 6g}", "3:18: steps.0.probe.large: is more than one put can hold; "
         "write 5GiB or less"),
        ("- verify: all\n- upload: a", "3:11: steps.0.verify: nothing has been uploaded by then, "
         "so there is nothing to read back; put an upload before it, or remove this"),
        ("- {wait: 1s, meanwhile: [{verify: all}, {upload: a}]}", "3:35: "
         "steps.0.meanwhile.0.verify: nothing has been uploaded by then, so there is nothing to "
         "read back; put an upload before it, or remove this"),
        ("- upload: a\n- delete: {versions: true}", "4:22: steps.1.delete.versions: the bucket has "
         "no versions; write `bucket: {versioning: true}`, or remove this"),
    ],
)  # fmt: skip
def test_steps_for_which_nothing_is_there(steps: str, problem: str) -> None:
    assert told(f"{STEPS}{steps}\n") == ([problem], [])


@pytest.mark.parametrize(
    "steps",
    [
        "- upload: {overwrite: 30}\n- wait: {drive_used: 95%}",
        "- upload: {on_error: retry, overwrite: 6}\n- wait: {drive_used: 95%}",
        "- upload: a\n- ballast: 95%\n- wait: {drive_used: 95%}",
        "- upload: a\n- {wait: {drive_used: 95%}, meanwhile: [{ballast: 190m}]}",
        "- {ballast: 100%, for: 5s, meanwhile: [{wait: {drive_used: 95%}}]}",
        "- {upload: a, meanwhile: [{ballast: 100%}, {ballast: 0}]}\n- wait: {drive_used: 95%}",
        "- wait: {writable: 1m}\n- wait: {drive_used: 95%}",
        "- ballast: 150m\n- wait: {drive_used: 70%}\n- grow: 900m",
        "- upload: a\n- wait: {drive_used: 1%}",
        "- {ballast: 199m, for: 5s, meanwhile: [{wait: {writable: 5m}}]}",
        "- ballast: 199m\n- {wait: {writable: 5m}, meanwhile: [{ballast: 0}]}",
        "- ballast: 190m\n- {ballast: 199m, for: 5s}\n- wait: {writable: 20m}",
        "- {wait: {writable: 201m}, meanwhile: [{grow: 900m}]}",
        "- upload: all\n- quota: 11m\n- wait: quota_armed",
        "- {verify: all, meanwhile: [{upload: a}]}",
        "- {upload: a, meanwhile: [{delete: {count: 3}}]}",
        "- upload: all\n- delete: {count: 5}",
    ],
)
def test_steps_for_which_something_may_be_there(steps: str) -> None:
    assert told(f"{STEPS}{steps}\n") == ([], [])


@pytest.mark.parametrize(
    ("steps", "warning"),
    [
        ("- delete: all\n- upload: a", "3:11: steps.0.delete: nothing has been uploaded by then, "
         "so there is nothing to delete; put an upload before it, or remove this"),
        ("- upload: a\n- delete: {count: 4}", "4:19: steps.1.delete.count: 4 objects are not "
         "there: 3 at most were uploaded by then; write less, or `delete: all`"),
        ("- upload: a\n- delete: {group: b}", "4:19: steps.1.delete.group: b has not been uploaded "
         "by then; put an upload before it, or remove this"),
    ],
)  # fmt: skip
def test_deletes_of_what_was_not_sent(steps: str, warning: str) -> None:
    assert told(f"{STEPS}{steps}\n") == ([], [warning])


@pytest.mark.parametrize("steps", ["- upload: all\n- delete: {count: 9}",
                                   "- upload: all\n- wait: {drive_used: 95%}"])  # fmt: skip
def test_what_a_folder_or_a_client_of_your_own_holds_is_not_known(steps: str) -> None:
    Path("own").mkdir()
    Path("own/one").touch()
    assert told(f"{STEPS}{steps}\nclient: {{image: mine}}\n") == ([], [])
    assert told(f"files: {{a: {{dir: own}}}}\nsteps:\n{steps}\n") == ([], [])


def test_versions_of_a_bucket_that_has_them() -> None:
    versions = "- upload: a\n- delete: {versions: true}\nbucket: {name: abc, versioning: true}"
    assert told(f"{STEPS}{versions}\n") == ([], [])
