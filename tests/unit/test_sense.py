"""What a lab file's models take and that cannot be meant: told where it stands, or warned of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labctl.assets import labs
from labctl.errors import LabFileError
from labctl.labfile.load import load_lab

FILES = "files: {a: {count: 3, size: 1m}, b: {count: 2, size: 2m}}\n"
STEPS = FILES + "steps:\n"
Told = Callable[[str], tuple[list[str], list[str]]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """The errors and the warnings about a text, without `lab.yaml:`."""
    monkeypatch.chdir(tmp_path)

    def read(text: str) -> tuple[list[str], list[str]]:
        Path("lab.yaml").write_text(text)
        try:
            return [], _plain(load_lab(Path("lab.yaml"), environ={}).warnings)
        except LabFileError as error:
            return _plain(error.problems), []

    return read


def _plain(told: tuple[str, ...]) -> list[str]:
    return [each.removeprefix("lab.yaml:") for each in told]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("- upload: c", "3:11: steps.0.upload: there is no group 'c' under files; "
         "write one of: all, a, b"),
        ("- upload: [all, a]", "3:11: steps.0.upload: `all` stands alone, without other names; "
         "write `upload: all`"),
        ("- upload: a\n- delete: {group: c}", "4:19: steps.1.delete.group: there is no group 'c' "
         "under files; write one of: all, a, b"),
        ("- {upload: a, expect: {refused: [{group: a}, {group: c}]}}", "3:54: "
         "steps.0.expect.refused.1.group: there is no group 'c' under files; "
         "write one of: all, a, b"),
        ("- {upload: a, meanwhile: [{wait: 1s}, {upload: c}]}", "3:48: "
         "steps.0.meanwhile.1.upload: there is no group 'c' under files; write one of: all, a, b"),
        ("- {ballast: 5m, at: minio}", "3:21: steps.0.at: there is no drive 'minio'; "
         "write one of: minio/data1"),
        ("- {grow: 300m, at: [minio/data1, minio2/data1]}", "3:34: steps.0.at.1: there is no "
         "drive 'minio2/data1'; write one of: minio/data1"),
        ("- upload: a\n- {wait: {drive_used: 5%}, at: minio/data2}", "4:32: steps.1.at: there is "
         "no drive 'minio/data2'; write one of: minio/data1"),
        ("- {upload: a, at: minio/data1}", "3:19: steps.0.at: does not go with upload; drives are "
         "named for `ballast`, `grow` and `wait: {drive_used: ...}`: remove it"),
        ("- {grow: 300m, for: 5s}", "3:21: steps.0.for: only what `ballast` and `quota` set can "
         "be undone after a time; remove it"),
        ("- {wait: 20s, within: 10s}", "3:10: steps.0.wait: is longer than the step's time limit, "
         "within 10.0 s; write less"),
        ("- {upload: a, meanwhile: []}", "3:26: steps.0.meanwhile: is an empty list; "
         "give it a value, or remove the line"),
        ("- {upload: a, meanwhile: [{wait: soon}]}", "3:34: steps.0.meanwhile.0.wait: 'soon' is "
         "nothing to wait for; write one of: 10s, quota_armed, {writable: 1MiB}, "
         "{drive_used: 95%} or {log: TEXT}"),
        ("- {ballast: 5m, at: [5]}", "3:22: steps.0.at.0: must be a text, not 5; "
         "put it in quotes"),
        ("- probe:", "3:9: steps.0.probe: is empty; write `probe: all`"),
        ("- probe", "3:3: steps.0: a step is a map, not 'probe'; write `probe: all`"),
        ("- ballast:5m", "3:3: steps.0: a step is a map, not 'ballast:5m'; "
         "put a space after the ':', `ballast: 5m`"),
        ("-", "3:2: steps.0: is empty; write one verb, for example `upload: all`"),
        ("- delete: 5", "3:11: steps.0.delete: cannot be 5; write `delete: all`, "
         "`delete: {count: 5}` or `delete: {group: NAME}`"),
        ("- verify: acknowleged", "3:11: steps.0.verify: 'acknowleged' is not known here; did you "
         "mean 'acknowledged'? write one of: all, acknowledged"),
        ("- balast: 5m", "3:3: steps.0: unknown key 'balast'; did you mean 'ballast'? known keys: "
         "upload, verify, probe, delete, ballast, grow, quota, wait, at, for, within, expect, "
         "meanwhile"),
        ("- quota: 0", "3:10: steps.0.quota: to MinIO a quota of 0 is none; "
         "write `quota: none`, or a size"),
        ("- ballast: 201m", "3:12: steps.0.ballast: 201 MiB is more than minio/data1 holds, "
         "200 MiB; write less, or a percentage such as 95%"),
        ("- grow: 300m\n- ballast: 301m", "4:12: steps.1.ballast: 301 MiB is more than minio/data1 "
         "holds, 300 MiB; write less, or a percentage such as 95%"),
        ("- grow: 199m", "3:9: steps.0.grow: 199 MiB is less than minio/data1 has by then, "
         "200 MiB; a drive only grows: write more, or name other drives with `at`"),
        ("- grow: 300m\n- grow: 250m", "4:9: steps.1.grow: 250 MiB is less than minio/data1 has by "
         "then, 300 MiB; a drive only grows: write more, or name other drives with `at`"),
        ("- wait: quota_armed", "3:9: steps.0.wait: can never come: the bucket has no quota then; "
         "put a step such as `quota: 50MiB` before it"),
        ("- quota: 5m\n- quota: none\n- wait: quota_armed", "5:9: steps.2.wait: can never come: "
         "the bucket has no quota then; put a step such as `quota: 50MiB` before it"),
        ("- {quota: 5m, for: 9s}\n- wait: quota_armed", "4:9: steps.1.wait: can never come: the "
         "bucket has no quota then; put a step such as `quota: 50MiB` before it"),
        ("- wait: {writable: 201m}", "3:20: steps.0.wait.writable: can never come: the drives hold "
         "200 MiB of objects; write less"),
        ("- ballast: 199m\n- wait: {writable: 5m}", "4:20: steps.1.wait.writable: can never come: "
         "the drives hold 1 MiB of objects beside the ballast; write less"),
        ("- ballast: 99%\n- wait: {writable: 5m}", "4:20: steps.1.wait.writable: can never come: "
         "the drives hold 2 MiB of objects beside the ballast; write less"),
        ("- wait: {drive_used: 95%}", "3:22: steps.0.wait.drive_used: can never come: nothing was "
         "sent by then, and a ballast has 0% at most; put an upload or a ballast before it"),
        ("- ballast: 150m\n- wait: {drive_used: 95%}", "4:22: steps.1.wait.drive_used: can never "
         "come: nothing was sent by then, and a ballast has 75% at most; put an upload or a "
         "ballast before it"),
        ("- upload: {resend: refused}", "3:20: steps.0.upload.resend: there is no upload before it "
         "to send again; put one first, or remove this"),
        ("- upload: a\n- upload: {parts: abort}", "4:19: steps.1.upload.parts: there is no upload "
         "with `parts: leave` before it; put one first"),
        ("- {upload: a, expect: {acknowledged: intact}}", "3:24: steps.0.expect.acknowledged: is "
         "nothing that upload shows; write it under a verify step, or under `expect` of the lab"),
        ("- {wait: 5s, expect: {refused: {count: 0}}}", "3:23: steps.0.expect.refused: is nothing "
         "that wait shows; write it under an upload step, or under `expect` of the lab"),
        ("- {upload: a, expect: {writable_again: 5s}}", "3:24: steps.0.expect.writable_again: "
         "cannot be judged without a step `wait: {writable: SIZE}` before it; "
         "add it, or remove this"),
        ("- {upload: a, expect: {refused: {reason: quota}}}", "3:24: steps.0.expect.refused: "
         "cannot be judged without a quota of the bucket; add it, or remove this"),
    ],
)  # fmt: skip
def test_steps_that_make_no_sense(told: Told, steps: str, problem: str) -> None:
    assert told(f"{STEPS}{steps}\n") == ([problem], [])


@pytest.mark.parametrize(
    "steps",
    [
        "- ballast: 200m",
        "- ballast: 100%",
        "- {ballast: 50m, at: minio1/data1}",
        "- grow: 200m",
        "- grow: 300m\n- ballast: 250m\n- wait: {writable: 5m}",
        "- {ballast: 199m, for: 5s}\n- wait: {writable: 5m}",
        "- ballast: 199m\n- ballast: 0\n- wait: {writable: 5m}",
        "- upload: a\n- ballast: 95%\n- delete: all\n- wait: {writable: 20m}",
        "- ballast: 95%\n- wait: {drive_used: 95%}",
        "- {wait: {drive_used: 95%}, meanwhile: [{upload: {groups: b, overwrite: 50}}]}",
        "- {upload: {groups: b, overwrite: 50}, meanwhile: [{wait: {drive_used: 95%}}]}",
        "- grow: 900m\n- wait: {writable: 201m}",
        "- upload: a\n- {quota: 5m, for: 9s, meanwhile: [{wait: quota_armed}]}",
        "- {upload: a, meanwhile: [{quota: 5m}]}\n- wait: quota_armed",
        "- {upload: a, meanwhile: [{upload: {resend: unacknowledged}}]}",
        "- upload: {parts: leave}\n- upload: {parts: complete}",
        "- {upload: a, expect: {refused: {count: 0}, client_exit: 0, log: x}}",
        "- upload: a\n- {delete: all, expect: {client_exit: 0}}",
        "- upload: a\n- {verify: all, expect: {acknowledged: intact, redundancy: complete}}",
        "- {probe: all, expect: {probe: {get: works}, health: green}}",
        "- quota: 5m\n- {upload: a, expect: {refused: {reason: quota}, overshoot: {max: 1m}}}",
        "- upload: a\n- {upload: {resend: refused}, expect: {resent: all}}",
        "- {wait: 5s, within: 5s}",
    ],
)
def test_steps_that_make_sense(told: Told, steps: str) -> None:
    assert told(f"{STEPS}{steps}\n") == ([], [])


@pytest.mark.parametrize(
    ("expect", "lacks"),
    [
        ("acknowledged: intact", "a step `verify: all` after an upload"),
        ("refused_objects: absent", "a step `verify: all` after an upload"),
        ("redundancy: complete", "a step `verify: all` after an upload"),
        ("leftovers: {trash: 0}", "a step `verify: all` after an upload"),
        ("probe: {get: works}", "a step `probe: all` before it"),
        ("health: green", "a step `probe: all` before it"),
        ("overshoot: 5m", "a quota of the bucket"),
        ("resent: all", "a step `upload: {resend: refused}` before it"),
        ("writable_again: 5s", "a step `wait: {writable: SIZE}` before it"),
    ],
)
def test_what_nothing_in_the_lab_can_show(told: Told, expect: str, lacks: str) -> None:
    key = expect.partition(":")[0]
    [problem], _ = told(f"{FILES}expect:\n  {expect}\n")
    assert problem == f"3:3: expect.{key}: cannot be judged without {lacks}; add it, or remove this"


def test_what_needs_an_upload_in_a_lab_without_any(told: Told) -> None:
    [problem], _ = told(f"{STEPS}- ballast: 5m\nexpect: {{accepted: 5m}}\n")
    assert problem.startswith("4:10: expect.accepted: cannot be judged without an upload")


def test_a_bucket_with_a_quota_of_its_own(told: Told) -> None:
    text = f"{STEPS}- upload: a\n- wait: quota_armed\nbucket: {{name: abc, quota: 5m}}\n"
    assert told(f"{text}expect: {{overshoot: 0}}") == ([], [])
    problems, _ = told(FILES + "bucket: {quota: 0}")
    assert problems == ["2:17: bucket.quota: must be more than 0 bytes; "
                        "write for example 200m or 30MiB"]  # fmt: skip


@pytest.mark.parametrize("quota", ["200m", "1g"])
def test_a_quota_that_cannot_be_reached(told: Told, quota: str) -> None:
    shown = {"200m": "200 MiB", "1g": "1 GiB"}[quota]
    why = f"{shown} cannot be reached: the drives hold 200 MiB of objects; "
    why += "write less, or enlarge minio.size"
    assert told(FILES + f"bucket: {{quota: {quota}}}") == ([], [f"2:17: bucket.quota: {why}"])
    assert told(f"{STEPS}- quota: {quota}\n") == ([], [f"3:10: steps.0.quota: {why}"])


def test_a_quota_that_is_reached_once_the_drives_have_grown(told: Told) -> None:
    assert told(f"{STEPS}- grow: 300m\nbucket: {{quota: 250m}}\n") == ([], [])


@pytest.mark.parametrize(
    ("minio", "held"),
    [
        ("{drives: 2}", 200), ("{drives: 4}", 400), ("{drives: 6}", 600), ("{drives: 8}", 800),
        ("{drives: 4, parity: 0}", 800), ("{drives: 4, override: {minio/data1: 100m}}", 350),
        ("{drives: 4, env: {MINIO_STORAGE_CLASS_STANDARD: 'EC:1'}}", 800),
    ],
)  # fmt: skip
def test_parity_takes_its_share(told: Told, minio: str, held: int) -> None:
    errors, [warning] = told(f"{FILES}minio: {minio}\nbucket: {{quota: {held}m}}\n")
    assert errors == []
    assert warning.startswith(f"3:17: bucket.quota: {held} MiB cannot be reached")
    assert told(f"{FILES}minio: {minio}\nbucket: {{quota: {held - 1}m}}\n") == ([], [])


def test_one_drive_of_several(told: Told) -> None:
    minio = "minio: {drives: 2, override: {minio/data2: 100m}}\n"
    sound = "- {ballast: 150m, at: minio/data1}\n- {grow: 150m, at: minio/data2}\n"
    assert told(f"{STEPS}{sound}- ballast: 150m\n{minio}") == ([], [])
    for steps in ("- ballast: 150m", "- {ballast: 150m, at: minio/data2}"):
        [problem], _ = told(f"{STEPS}{steps}\n{minio}")
        assert "150 MiB is more than minio/data2 holds, 100 MiB" in problem
    for steps in ("- grow: 150m", "- {grow: 150m, at: minio/data1}"):
        [problem], _ = told(f"{STEPS}{steps}\n{minio}")
        assert "150 MiB is less than minio/data1 has by then, 200 MiB" in problem
    [problem], _ = told(f"{STEPS}{sound}- {{grow: 140m, at: minio/data2}}\n{minio}")
    assert "140 MiB is less than minio/data2 has by then, 150 MiB" in problem


@pytest.mark.parametrize("key", ["overwrite: 2", "parts: leave"])
def test_what_a_client_of_your_own_does_not_do(told: Told, key: str) -> None:
    name = key.partition(":")[0]
    [problem], _ = told(f"{STEPS}- upload: {{{key}}}\nclient: {{image: mine}}\n")
    assert problem == (
        f"3:12: steps.0.upload.{name}: is something that only labctl's own client does; "
        "remove it, or client.image"
    )


def test_a_client_of_your_own_sends_nothing_again(told: Told) -> None:
    [problem], _ = told(
        f"{STEPS}- upload: all\n- upload: {{resend: refused}}\nclient: {{image: mine}}\n"
    )
    assert problem.startswith("4:12: steps.1.upload.resend: is something that only labctl's own")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("files: {a: {count: 1, size: 99m}}\nclient: {part_size: 100m}", "1:29: files.a.size: "
         "cannot fit: 99 MiB; ahead of a put of 99 MiB MinIO wants more than 200 MiB free in all, "
         "and there are 200 MiB; write a smaller size, or a larger minio.size"),
        ("files: {a: {count: 1, size: 195m}}", "1:29: files.a.size: cannot fit: 195 MiB; "
         "ahead of a put of 5 MiB MinIO wants more than 12 MiB free in all, and there are 10 MiB "
         "by its last part; write a smaller size, or a larger minio.size"),
        ("files: {a: {count: 1, size: 60m}}\nclient: {part_size: 60m}\n"
         "minio: {drives: 4, override: {minio/data1: 30m}}", "1:29: files.a.size: cannot fit: "
         "60 MiB; ahead of a put of 60 MiB MinIO wants more than 30 MiB free on each drive and "
         "126.3 MiB free in all, and there are 630 MiB; "
         "write a smaller size, or a larger minio.size"),
    ],
)  # fmt: skip
def test_objects_that_cannot_fit(told: Told, text: str, warning: str) -> None:
    assert told(text) == ([], [warning])


@pytest.mark.parametrize(
    "more",
    ["client: {part_size: 100m, image: mine}", "minio: {size: 300m}\nclient: {part_size: 100m}",
     "client: {part_size: 100m}\nsteps: [{grow: 300m}, {upload: all}]", "client: {part_size: 5m}",
     "client: {part_size: 98m}"],
)  # fmt: skip
def test_objects_that_may_fit(told: Told, more: str) -> None:
    assert told(f"files: {{a: {{count: 1, size: 99m}}}}\n{more}\n") == ([], [])


@pytest.mark.parametrize(
    ("env", "warned"),
    [
        ("MINIO_COMPRESSION_ENABLE: on, MINIO_COMPRESSION_MIME_TYPES: 'text/*, application/*'", 1),
        ("MINIO_COMPRESSION_ENABLE: on, MINIO_COMPRESSION_MIME_TYPES: '', "
         "MINIO_COMPRESSION_EXTENSIONS: ''", 1),
        ("MINIO_COMPRESSION_ENABLE: on, MINIO_COMPRESSION_MIME_TYPES: text/*", 0),
        ("MINIO_COMPRESSION_ENABLE: on", 0),
        ("MINIO_COMPRESSION_ENABLE: off, MINIO_COMPRESSION_MIME_TYPES: '*'", 0),
    ],
)  # fmt: skip
def test_objects_that_are_compressed(told: Told, env: str, warned: int) -> None:
    errors, warnings = told(f"files: {{a: {{count: 1, size: 1m}}}}\nminio: {{env: {{{env}}}}}\n")
    assert errors == []
    assert ["counts as 1 GiB when compressed" in each for each in warnings] == [True] * warned


def test_a_put_that_the_threshold_will_hardly_let_in(told: Told) -> None:
    errors, [warning] = told(f"{STEPS}- wait: {{writable: 150m}}\n")
    assert errors == []
    assert warning == (
        "3:20: steps.0.wait.writable: may never come: ahead of a put of 150 MiB MinIO wants more "
        "than 302 MiB free in all, and there are 200 MiB; write less"
    )


def test_several_warnings_come_in_the_order_of_the_file(told: Told) -> None:
    text = (
        "bucket: {quota: 1g}\nfiles: {a: {count: 1, size: 1g}}\nsteps: [{upload: a}, {quota: 2g}]"
    )
    errors, warnings = told(text)
    assert errors == []
    assert [each.split(": ")[0] for each in warnings] == ["1:17", "2:29", "3:30"]


def test_warnings_do_not_hide_errors_and_errors_need_no_warnings(told: Told) -> None:
    errors, _ = told(f"{STEPS}- quota: 1g\n- ballast: 1g\n- upload: c\n")
    assert [each.split(": ")[0] for each in errors] == ["4:12", "5:11"]


def test_errors_of_sense_are_told_next_to_others(told: Told) -> None:
    text = f"{STEPS}- upload: c\n- grow: 5m\nfiles: {{}}\n"
    assert [each.split(": ")[0] for each in told(text)[0]] == ["3:11", "4:9", "5:1"]
    text += "bucket: {name: '${GONE}'}\nsede: 1\n"
    assert [each.split(": ")[0] for each in told(text)[0]] == ["3:11", "5:1", "6:16", "7:1"]


@pytest.mark.parametrize(
    "files", ["files: 5", "files: {}", "files: [a]", "fils: {a: {count: 1, size: 1}}", "files:"]
)
def test_groups_are_not_looked_for_where_none_can_be_read(told: Told, files: str) -> None:
    errors, _ = told(f"{files}\nsteps: [{{upload: a}}]\nexpect: {{refused: {{group: b}}}}\n")
    assert not [each for each in errors if "there is no group" in each]


def test_a_group_that_is_wrong_is_there(told: Told) -> None:
    errors, _ = told("files: {a: {count: 0, size: 1}}\nsteps: [{upload: a}]\n")
    assert errors == ["1:20: files.a.count: 0 is too little; write 1 or more"]


@pytest.mark.parametrize("name", sorted(labs()))
def test_the_labs_that_come_along_warn_of_little(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("files").mkdir()
    Path("files/one").touch()
    known = {"compression": 1, "large-objects": 1}
    assert len(load_lab(labs()[name]).warnings) == known.get(name, 0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FILES + "expect: {refused: {count: {min: 6}}}", "2:27: expect.refused.count: 6 objects "
         "cannot be refused: 5 are sent; write less"),
        (FILES + "expect: {accepted: {min: 8m}}", "2:20: expect.accepted: 8 MiB cannot be "
         "accepted: 7 MiB are sent; write less"),
        (FILES + "expect: {accepted: {min: 50%}}", "2:20: expect.accepted: 100 MiB cannot be "
         "accepted: 7 MiB are sent; write less"),
        (STEPS + "- {upload: a, expect: {refused: {count: 4}}}", "3:41: "
         "steps.0.expect.refused.count: 4 objects cannot be refused: 3 are sent; write less"),
        (STEPS + "- {upload: {groups: a, overwrite: 2}, expect: {accepted: 7m}}", "3:58: "
         "steps.0.expect.accepted: 7 MiB cannot be accepted: 6 MiB are sent; write less"),
    ],
)  # fmt: skip
def test_more_than_is_sent_is_not_expected(told: Told, text: str, problem: str) -> None:
    assert told(text) == ([problem], [])


@pytest.mark.parametrize(
    "text",
    [
        FILES + "expect: {refused: {count: 5}}",
        FILES + "expect: {accepted: {min: 7m}}",
        FILES + "expect: {accepted: {min: 3%}}",
        STEPS + "- grow: 300m\n- {upload: a, expect: {accepted: {min: 1%}}}",
        STEPS + "- upload: a\n- {upload: {resend: refused}, expect: {refused: {count: 9}}}",
        STEPS + "- {upload: {groups: a, overwrite: 3}, expect: {refused: {count: 9}}}",
    ],
)
def test_as_much_as_is_sent_may_be_expected(told: Told, text: str) -> None:
    assert told(text) == ([], [])
