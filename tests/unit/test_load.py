import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labctl.assets import labs
from labctl.errors import LabFileError, UsageError
from labctl.labfile.expect import Expect
from labctl.labfile.load import LoadedLab, load_lab, resolve_lab_path

MIB = 2**20
FILES = "files: {a: {count: 3, size: 1m}}\n"
Load = Callable[..., LoadedLab]
Told = Callable[..., list[str]]
GROUP = "{count: 5, size: 1MiB} or {dir: ./files}"
TOP = "name, minio, bucket, client, files, seed, steps, expect"
VERBS = "upload, verify, probe, delete, ballast, grow, quota, wait"
MINIO = "image, drives, size, inodes, override, parity, ports, access_key, secret_key, scanner, env"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a text as the file `lab.yaml` of the current folder."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str | bytes, *overrides: str, **environ: str) -> LoadedLab:
        Path("lab.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_lab(Path("lab.yaml"), overrides, environ)

    return load_text


@pytest.fixture
def told(load: Load) -> Told:
    """The problems of a text, without `lab.yaml:`."""

    def load_badly(text: str | bytes, *overrides: str, **environ: str) -> list[str]:
        with pytest.raises(LabFileError) as caught:
            load(text, *overrides, **environ)
        assert caught.value.exit_code == 2
        return [problem.removeprefix("lab.yaml:") for problem in caught.value.problems]

    return load_badly


@pytest.mark.parametrize("name", sorted(labs()))
def test_the_labs_that_come_along_are_sound(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("files").mkdir()
    Path("files/one").touch()
    lab = load_lab(labs()[name]).lab
    assert lab.name == name
    assert lab.expect != Expect() or any(step.expect for _, step in lab.numbered().values())


def test_the_200m_lab_is_the_first_experiment() -> None:
    lab = load_lab(labs()["200m"]).lab
    assert lab.minio.drive_sizes() == {"minio/data1": 200 * MIB}
    assert (lab.minio.ports.api, lab.minio.ports.console) == (9000, 9001)
    assert (lab.minio.access_key, lab.minio.secret_key) == ("myaccesskey", "mysecretkey")
    sizes = [(group.count, group.size) for group in lab.files.values() if group.count]  # type: ignore[union-attr]
    assert sizes == [(10, 30 * MIB), (60, MIB)]
    assert sum(count * size for count, size in sizes) > 200 * MIB
    assert lab.client.part_size == 5 * MIB
    assert lab.expect.refused is not None
    assert lab.expect.refused.reason == "drive-full"


def test_a_name_comes_from_the_file_where_none_is_given(load: Load) -> None:
    assert load(FILES).lab.name == "lab"
    assert load(FILES + "name:").lab.name == "lab"
    assert load(FILES + "name: other").lab.name == "other"


def test_a_file_whose_name_is_no_lab_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("My Lab.yaml").write_text(FILES)
    with pytest.raises(LabFileError) as caught:
        load_lab(Path("My Lab.yaml"))
    assert caught.value.problems == (
        "My Lab.yaml:1:1: the file's name 'My Lab' is no lab name; add for example `name: my-lab`",
    )
    assert load_lab(Path("My Lab.yaml"), ["name=mine"]).lab.name == "mine"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: is empty; write for example files: {small: {count: 60, size: 1MiB}}"),
        ("# nothing\n", "1:1: is empty; write for example files: {small: {count: 60, size: 1MiB}}"),
        ("\n- a\n", "2:1: a lab file is a map of keys, not a list; begin with `files:`"),
        ("text", "1:1: a lab file is a map of keys, not 'text'; begin with `files:`"),
        (b"a: 1\nb: \xff\n", "2:4: is not UTF-8 text from here on; save the file as UTF-8"),
        (b"a: 1\n\xc3", "2:1: is not UTF-8 text from here on; save the file as UTF-8"),
        ("a: 1\nb: c\0\n", "2:5: a character that YAML refuses stands here; remove it"),
        ("a: \x1b[0m", "1:4: a character that YAML refuses stands here; remove it"),
        ("a: [1,\nb", "2:2: the list is not closed; write a ',' or a ']' here"),
        ("a: {b: 1\nc: d\n", "2:2: the map is not closed; write a ',' or a '}' here"),
        (
            "a: b: c",
            "1:5: a ':' stands where no value may begin; "
            "put a text that holds ': ' in quotes, or indent the lines alike",
        ),
        ("a:\n\t- b", "2:1: a tab stands here; use spaces to indent"),
        ("a: 'b\n", "1:4: a quote is never closed; write the closing quote"),
        ("a: *b", "1:4: there is no anchor of that name; write &NAME before *NAME"),
        ("a: @b", "1:4: '@' cannot begin a value; put the text in quotes"),
        ("a: 1\n---\nb: 2", "2:1: one document is enough; remove the '---' and what follows"),
        ("a:\n  b: 1\n c: 2", None),
        ('a: "\\q"', '1:6: no such escape; write \\\\ for a backslash in "..."'),
        ("[" * 60, "1:42: is nested too deeply for a lab file; write it flat"),
        ("{a: " * 60, None),
        ("a: &a [*a]", None),
        ("a: 1\n<<: 5", "2:5: only a map can be merged with <<; give it an alias of a map"),
        ("minio: {size: ${S}}", "1:16: a '{' stands within { }; put ${NAME} in quotes there"),
        ("x: [${S}]", "1:6: a '{' stands within [ ]; put ${NAME} in quotes there"),
    ],
)
def test_text_that_is_no_lab_file(told: Told, text: str | bytes, problem: str | None) -> None:
    [found] = told(text)
    if problem is None:
        assert found[0].isdecimal()
        assert found.count(":") >= 2
    else:
        assert found == problem


def test_aliases_that_explode_end_at_once(told: Told) -> None:
    first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
    more = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    [found] = told("\n".join([first, *more]))
    assert found.endswith("is too large once aliases are filled in; write it shorter")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seed: 1", "1:1: 'files' is missing; write for example files: "
         "{small: {count: 60, size: 1MiB}}"),
        ("files:", "1:7: files: is empty; give it a value, or remove the line"),
        ("files: {}", f"1:8: files: holds no group; write {GROUP} under a name"),
        ("files: [a]", "1:8: files: must be a map, not a list; write `{name: value}`"),
        ("files: {a: 5}", f"1:12: files.a: a group of files is a map, not 5; write {GROUP}"),
        ("files: {a: {size: 1m}}", f"1:12: files.a: 'count' is missing; write {GROUP}"),
        ("files: {a: {count: 1, size: 0}}", "1:29: files.a.size: must be more than 0 bytes; "
         "write for example 200m or 30MiB"),
        ("files: {a: {count: 1, size: -5}}", "1:29: files.a.size: must be more than 0 bytes; "
         "write for example 200m or 30MiB"),
        ("files: {a: {count: 1, size: -5m}}", "1:29: files.a.size: '-5m' is no size; "
         "write for example 200m, 30MiB or 1g"),
        ("files: {a: {count: 1, size: big}}", "1:29: files.a.size: 'big' is no size; "
         "write for example 200m, 30MiB or 1g"),
        ("files: {a: {count: 1, size: .inf}}", "1:29: files.a.size: is no size; "
         "write for example 200m, 30MiB or 1g"),
        ("files: {a: {count: 1, size: }}", "1:28: files.a.size: is empty; "
         "give it a value, or remove the line"),
        ("files: {a: {count: 1, size: 99999999t}}", "1:29: files.a.size: is more than any drive "
         "holds; write for example 200m, 30MiB or 1g"),
        ("files: {a: {count: 0, size: 1}}", "1:20: files.a.count: 0 is too little; "
         "write 1 or more"),
        ("files: {a: {count: two, size: 1}}", "1:20: files.a.count: must be a whole number, "
         "not 'two'; write for example 5"),
        ("files: {a: {dir: ., count: 1}}", "1:21: files.a: 'count' does not go with 'dir'; "
         f"keep one: write {GROUP}"),
        ("files: {a: {dir: ''}}", "1:18: files.a.dir: is too short; write 1 or more characters"),
        ("files: {a: {dir: nowhere}}", "1:18: files.a.dir: the folder 'nowhere' does not exist; "
         "make it, or write another one"),
        ("files: {a: {dir: lab.yaml}}", "1:18: files.a.dir: the folder 'lab.yaml' is a file, "
         "no folder; make it, or write another one"),
        ("files: {a: {dir: empty}}", "1:18: files.a.dir: the folder 'empty' holds no file; "
         "put the files to send into it"),
        ("files: {a: {dir: ../x}}", "1:18: files.a.dir: '../x' leads out by '..'; "
         "put the folder beside the lab file"),
        ("files: {all: {count: 1, size: 1}}", "1:9: files.all: is no group name; "
         "write letters, digits, '-' and '_', but not `all`"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_sent(told: Told, tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    assert told(text) == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sede: 1", f"2:1: unknown key 'sede'; did you mean 'seed'? known keys: {TOP}"),
        ("q: 1", f"2:1: unknown key 'q'; known keys: {TOP}"),
        ("matrix: {}", f"2:1: this labctl does not know 'matrix' yet; known keys: {TOP}"),
        ("seed: 1\nseed: 2", "3:1: 'seed' is given again (first in line 2); remove one of the two"),
        ("? [a]\n: b", "2:3: a key must be plain text; write a word"),
        ("~: b", "2:1: a key must be plain text; write a word"),
        ("seed: !!int 5", "2:7: tags are not read here; remove it, or put text in quotes"),
        ("seed: 1.0", "2:7: seed: must be a whole number, not 1.0; write for example 5"),
        ("name: 5", "2:7: name: must be a text, not 5; put it in quotes"),
        ("name: [a]", "2:7: name: must be a text, not a list; write a text"),
        ("name: A_b", "2:7: name: 'A_b' is no lab name; "
         "write up to 40 lower-case letters, digits and '-'"),
        ("minio: {sizes: 1m}", "2:9: minio: unknown key 'sizes'; did you mean 'size'? "
         f"known keys: {MINIO}"),
        ("minio: 5", f"2:8: minio: must be a map, not 5; known keys: {MINIO}"),
        ("minio:", "2:7: minio: is empty; give it a value, or remove the line"),
        ("minio: {size: 0}", "2:15: minio.size: must be more than 0 bytes; "
         "write for example 200m or 30MiB"),
        ("minio: {size: 1k}", "2:15: minio.size: MinIO takes next to nothing on so small a drive; "
         "write 1m or more"),
        ("minio: {drives: 17}", "2:17: minio.drives: 17 is too much; write 16 or less"),
        ("minio: {drives: 4, parity: 3}", "2:28: minio.parity: 3 is more than half of 4 drives; "
         "write 2 or less"),
        ("minio: {ports: 9000}", "2:16: minio.ports: must be a map, not 9000; "
         "known keys: api, console"),
        ("minio: {ports: {api: 9, console: 9}}", "2:34: minio.ports.console: 9 is the port of the "
         "api already; write another one"),
        ("minio: {access_key: ab}", "2:21: minio.access_key: is too short; "
         "write 3 or more characters"),
        ("minio: {secret_key: 1234567x}\nseed: -1", "3:7: seed: -1 is too little; write 0 or more"),
        ("minio: {secret_key: short}", "2:21: minio.secret_key: is too short; "
         "write 8 or more characters"),
        ("minio: {secret_key: 12345678}", "2:21: minio.secret_key: must be a text; "
         "put it in quotes"),
        ("minio: {access_key: 'a,b'}", "2:21: minio.access_key: S3 clients cannot sign with it; "
         "write ASCII characters, and no ','"),
        ("minio: {override: {minio/data2: 5m}}", "2:20: minio.override.minio/data2: there is no "
         "such drive; write minio/data1"),
        ("minio: {env: {PATH: x}}", "2:15: minio.env.PATH: is no variable of MinIO; "
         "write one that begins with MINIO_"),
        ("minio: {env: {MINIO_A: }}", "2:23: minio.env.MINIO_A: is empty; "
         "give it a value, or remove the line"),
        ("minio: {scanner: fats}", "2:18: minio.scanner: 'fats' is not known here; did you mean "
         "'fast'? write one of: default, fast"),
        ("bucket: ab", "2:9: bucket: 'ab': a bucket's name has 3 to 63 characters"),
        ("bucket: {name: Abc}", "2:16: bucket.name: 'Abc': write a bucket's name in lower-case "
         "letters, digits, '-' and '.', with a letter or digit at both ends and around each '.', "
         "and no IP address"),
        ("bucket: {versioning: yes}", "2:22: bucket.versioning: must be true or false, not 'yes'; "
         "write one of the two"),
        ("client: other", "2:9: client: 'other' is not known here; write one of: minio-py"),
        ("client: {on_error: panic}", "2:20: client.on_error: 'panic' is not known here; "
         "write one of: stop, continue, retry"),
        ("client: {pace: -1s}", "2:16: client.pace: '-1s' is no duration; "
         "write for example 10s, 100ms or 3m"),
        ("client: {pace: -1}", "2:16: client.pace: must not be negative; "
         "write for example 10s or 100ms"),
        ("client: {image: x, command: sleep 5}", "2:29: client.command: must be a list, "
         "not 'sleep 5'; write for example [one, two]"),
        ("steps: {upload: all}", "2:8: steps: must be a list, not a map; "
         "put `- ` before each step"),
        ("steps: [upload]", "2:9: steps.0: a step is a map, not 'upload'; "
         "write `upload: all`, or the name of a group"),
        ("steps: [{}]", f"2:9: steps.0: has no verb; write one of: {VERBS}"),
        ("steps: [{kill: minio}]", f"2:10: steps.0: this labctl cannot play 'kill' yet; "
         f"known verbs: {VERBS}"),
        ("steps: [{restart: minio}]", f"2:10: steps.0: this labctl cannot play 'restart' yet; "
         f"known verbs: {VERBS}"),
        ("steps: [{pause: minio}]", f"2:10: steps.0: this labctl cannot play 'pause' yet; "
         f"known verbs: {VERBS}"),
        ("steps: [{disconnect: minio}]", f"2:10: steps.0: this labctl cannot play 'disconnect' "
         f"yet; known verbs: {VERBS}"),
        ("steps: [{uplaod: all}]", "2:10: steps.0: unknown key 'uplaod'; did you mean 'upload'? "
         f"known keys: {VERBS}, at, for, within, expect, meanwhile"),
        ("steps: [{upload: a, probe: 1}]", "2:28: steps.0.probe: cannot be 1; write `probe: all`"),
        ("steps: [{upload: a, probe: all}]", "2:9: steps.0: has the verbs upload and probe; "
         "make a step of each"),
        ("steps: [{upload: b}]", "2:18: steps.0.upload: there is no group 'b' under files; "
         "write one of: all, a"),
        ("steps: [{upload: {groups: [a, b]}}]", "2:31: steps.0.upload.groups.1: there is no group "
         "'b' under files; write one of: all, a"),
        ("expect: {refused: {reason: full}}", "2:28: expect.refused.reason: 'full' is not known "
         "here; did you mean 'drive-full'? write one of: drive-full, inodes, quota, size-unknown, "
         "quorum-lost, full-blocks-start, starting, client-cut, fault, transport, server-error, "
         "lab-error, unknown"),
        ("expect: {refused: {count: {min: 3, max: 2}}}", "2:41: expect.refused.count.max: 2 is "
         "less than min, 3; swap the two"),
        ("expect: {accepted: -1}", "2:20: expect.accepted: must not be negative; "
         "write for example 0 or 30MiB"),
    ],
)  # fmt: skip
def test_what_a_lab_file_cannot_say(told: Told, text: str, problem: str) -> None:
    assert told(FILES + text) == [problem]


def test_everything_wrong_is_told_at_once_and_in_order(told: Told) -> None:
    text = (
        "minio: {size: 0, drives: 99}\n"
        "minio: {}\n"
        "bucket: X\n"
        "files:\n"
        "  a: {count: 1, size: 1m}\n"
        "  b: {dir: nowhere}\n"
        "  b: {}\n"
        "seed: ${SEED}\n"
        "steps:\n"
        "  - kill: minio\n"
        "  - upload: c\n"
        "    meanwhile:\n"
        "      - delete: {group: d}\n"
        "  - probe:\n"
        "expect: {refused: {group: e}}\n"
        "sede: 1\n"
    )
    found = told(text, "client.parallel=0", "nonsense")
    places = [problem.split(": ")[0] for problem in found]
    assert places == [
        "1:15", "1:26", "2:1", "3:9", "6:12", "7:3", "8:7", "10:5", "11:13", "13:25",
        "14:11", "15:27", "16:1",
        "--set nonsense", "--set client.parallel=0",
    ]  # fmt: skip


def test_a_problem_in_a_shared_part_is_told_for_each(told: Told) -> None:
    text = "files:\n  a: &a {count: 0, size: 1m}\n  b: *a\n"
    assert told(text) == [
        "2:17: files.a.count: 0 is too little; write 1 or more",
        "2:17: files.b.count: 0 is too little; write 1 or more",
    ]


def test_merged_maps(load: Load) -> None:
    lab = load(
        "files:\n  a: &a {count: 1, size: 1m}\n  b: {<<: *a, count: 2}\n"
        "  c: {count: 3, <<: [{count: 9, size: 2m}, *a]}\n"
    ).lab
    assert [group.model_dump() for group in lab.files.values()] == [
        {"count": 1, "size": MIB},
        {"count": 2, "size": MIB},
        {"count": 3, "size": 2 * MIB},
    ]


def test_scalars_are_read_as_yaml_1_2_reads_them(load: Load) -> None:
    lab = load(FILES + "seed: 010\nclient: {command: [yes, off, 2024-01-01, 1:30], image: x}").lab
    assert lab.seed == 10
    assert lab.client.command == ("yes", "off", "2024-01-01", "1:30")


def test_variables_of_minio_are_taken_as_written(load: Load) -> None:
    env = "{MINIO_A: 1.10, MINIO_B: 007, MINIO_C: on, MINIO_D: True, MINIO_E: 'x', MINIO_F: 1e3}"
    assert load(FILES + f"minio: {{env: {env}}}").lab.minio.env == {
        "MINIO_A": "1.10", "MINIO_B": "007", "MINIO_C": "on", "MINIO_D": "True", "MINIO_E": "x",
        "MINIO_F": "1e3",
    }  # fmt: skip


def test_variables_are_filled_in(load: Load) -> None:
    text = (
        "files: {a: {count: '${N:-3}', size: '${S}m'}}\n"
        "seed: ${SEED:-5}\n"
        "bucket: ${BUCKET}\n"
        "minio: {secret_key: '${SECRET}', access_key: 'a$$b$c${EMPTY:-d}${NONE:-}'}\n"
    )
    lab = load(text, S="2", BUCKET="some-name", SECRET="01234567", EMPTY="", SEED="7").lab
    assert lab.files["a"].model_dump() == {"count": 3, "size": 2 * MIB}
    assert lab.seed == 7
    assert lab.bucket.name == "some-name"
    assert lab.minio.secret_key == "01234567"
    assert lab.minio.access_key == "a$b$cd"


def test_a_bucket_whose_name_is_a_number(load: Load) -> None:
    assert load(FILES + "bucket: ${B}", B="0123").lab.bucket.name == "0123"
    assert load(FILES, "bucket=0123").lab.bucket.name == "0123"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("${GONE}", "the variable GONE is not set; export it, or write a default: "
         "${GONE:-VALUE} ($$ is a dollar)"),
        ("'x${1}'", "what follows '${' is no variable; "
         "write ${NAME} or ${NAME:-default}, and $$ for a dollar"),
        ("'x${open'", "what follows '${' is no variable; "
         "write ${NAME} or ${NAME:-default}, and $$ for a dollar"),
        ("${}", "what follows '${' is no variable; "
         "write ${NAME} or ${NAME:-default}, and $$ for a dollar"),
    ],
)  # fmt: skip
def test_variables_that_cannot_be_filled_in(told: Told, value: str, problem: str) -> None:
    assert told(FILES + f"seed: {value}") == [f"2:7: {problem}"]


def test_a_variable_filled_in_is_judged_where_it_stands(told: Told) -> None:
    assert told(FILES + "seed:   ${N}", N="-5") == ["2:9: seed: -5 is too little; write 0 or more"]


@pytest.mark.parametrize(
    ("text", "override", "path", "value"),
    [
        ("", "minio.size=100m", "minio.size", 100 * MIB),
        ("minio: {size: 0}", "minio.size=100m", "minio.size", 100 * MIB),
        ("minio: {ports: {api: 9000}}", "minio.ports=auto", "minio.ports.api", None),
        ("minio: {ports: auto}", "minio.ports.api=9000", "minio.ports.api", 9000),
        ("minio: {drives: 3}", "minio={}", "minio.drives", 1),
        ("client: minio-py", "client.on_error=retry", "client.on_error", "retry"),
        ("client: minio-py", "client.on_error=retry", "client.recipe", "minio-py"),
        ("bucket: some-name", "bucket.quota=5m", "bucket.name", "some-name"),
        ("", "bucket={name: x1y}", "bucket.name", "x1y"),
        ("", "bucket=x1y", "bucket.name", "x1y"),
        ("", "files.a.count=5", "files.a.count", 5),
        ("", "files.b={count: 4, size: 1m}", "files.b.count", 4),
        ("", "files={c: {count: 4, size: 1m}}", "files.c.count", 4),
        ("", "expect.refused.count=0", "expect.refused.count.max", 0),
        ("", "expect.log=no space = none", "expect.log", "no space = none"),
        ("", "minio.access_key=0123", "minio.access_key", "0123"),
        ("", "minio.env.MINIO_A=1.10", "minio.env.MINIO_A", "1.10"),
        ("", "minio.override.minio/data1=5m", "minio.override.minio/data1", 5 * MIB),
        ("", "steps.0.upload=a", "steps.0.upload.groups.0", "a"),
        ("steps: [{upload: a}]", "steps.0.upload.parallel=3", "steps.0.upload.parallel", 3),
        ("steps: [{upload: a}]", "steps.1.upload=all", "steps.1.upload.groups", ()),
        ("steps: [{upload: a}]", "steps=[]", "steps", ()),
        ("seed: 5", "seed=${X}$$", None, None),
    ],
)
def test_overrides(load: Load, text: str, override: str, path: str | None, value: Any) -> None:
    if path is None:
        with pytest.raises(LabFileError, match="must be a whole number"):
            load(FILES + text, override)
        return
    found: Any = load(FILES + text, override).lab
    for part in path.split("."):
        if isinstance(found, dict):
            found = found[part]
        else:
            found = found[int(part)] if isinstance(found, tuple) else getattr(found, part)
    assert found == value


def test_the_last_override_counts(load: Load) -> None:
    assert load(FILES, "seed=1", "seed=2").lab.seed == 2


def test_an_override_of_a_group_whose_name_has_a_dot(load: Load) -> None:
    lab = load("files: {a.b: {count: 1, size: 1m}}", "files.a.b.count=2").lab
    assert lab.files["a.b"].model_dump()["count"] == 2


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("minio.size=0", "minio.size: must be more than 0 bytes; write for example 200m or 30MiB"),
        ("minio.size=", "minio.size: is empty; give it a value, or remove the line"),
        ("minio.size", "is no PATH=VALUE; write for example --set minio.size=100m"),
        ("=5", "is no PATH=VALUE; write for example --set minio.size=100m"),
        ("bucket..name=abc", "is no PATH=VALUE; write for example --set minio.size=100m"),
        ("bucket={name: X}", "bucket.name: 'X': a bucket's name has 3 to 63 characters"),
        ("bucket={name: ", None),
        ("bucket={name: abc, name: abd}", "'name' is given again (twice); remove one of the two"),
        ("minio.drives=!!int 5", "tags are not read here; remove it, or put text in quotes"),
        ("seed=\udcff", "a character that YAML refuses stands here; remove it"),
        ("seed.x=1", "seed is no map, so nothing in it can be set; set seed itself"),
        ("steps.1.upload=all", "'1' is no place in a list of 0; count from 0"),
        ("steps.x.upload=all", "'x' is no place in a list of 0; count from 0"),
        ("sede=1", f"unknown key 'sede'; did you mean 'seed'? known keys: {TOP}"),
        ("files.b.dir=nowhere", "files.b.dir: the folder 'nowhere' does not exist; "
         "make it, or write another one"),
    ],
)  # fmt: skip
def test_overrides_that_cannot_be(told: Told, override: str, problem: str | None) -> None:
    [found] = told(FILES + "seed: 1", override)
    assert found.startswith(f"--set {override}: ")
    if problem:
        assert found == f"--set {override}: {problem}"


@pytest.mark.parametrize(
    "override",
    ["minio.secret_key=hushhus", "minio.secret_kye=hushhus", "minio={secret_key: hushhus}",
     "minio.env.MINIO_ROOT_PASSWORD=hushhus", "minio.secret_key=[hushhus", "minio=[hushhus]"],
)  # fmt: skip
def test_problems_do_not_tell_secrets(told: Told, override: str) -> None:
    found = told(FILES, override)
    assert found[0].startswith(f"--set {override.partition('=')[0]}=***: ")
    assert "hushhus" not in "".join(found)


@pytest.mark.parametrize(
    "minio",
    ["{secret_key: hushhus}", "{secret_key: [hushhus]}", "{secret_key: 'hushhush\\n'}",
     "{access_key: 'hushhus,'}", "{secret_key: 'hushhus${x'}", "{secret_key: ' hushhush'}"],
)  # fmt: skip
def test_errors_and_their_causes_do_not_tell_secrets(load: Load, minio: str) -> None:
    with pytest.raises(LabFileError) as caught:
        load(FILES + f'minio: {minio}\nseed: "{"x"}"')
    assert "hushhus" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_what_is_kept_has_no_secrets(load: Load) -> None:
    loaded = load(
        "files: {hushhush: {count: 1, size: 1m}, n: {count: 7654321, size: 1m}}\n"
        "minio:\n"
        "  access_key: my-login\n"
        "  secret_key: ${SECRET}\n"
        "  env: {MINIO_KMS_SECRET_KEY: kms-thing, MINIO_A_TOKEN: '7654321', MINIO_B: xkms-thingx}\n"
        "expect: {log: 'my-login said hushhush'}\n",
        "bucket=my-login-files",
        SECRET="hushhush",
    )
    for secret in ("hushhush", "my-login", "kms-thing", "7654321"):
        assert secret not in loaded.redacted
    assert yaml.safe_load(loaded.redacted) == {
        "name": "lab",
        "files": {"***": {"count": 1, "size": "1m"}, "n": {"count": "***", "size": "1m"}},
        "minio": {
            "access_key": "***",
            "secret_key": "***",
            "env": {"MINIO_KMS_SECRET_KEY": "***", "MINIO_A_TOKEN": "***", "MINIO_B": "x***x"},
        },
        "expect": {"log": "*** said ***"},
        "bucket": "***-files",
    }


def test_what_a_loaded_lab_shows_of_itself_has_no_secret(load: Load) -> None:
    env = "{MINIO_KMS_SECRET_KEY: psst}"
    loaded = load(FILES + f"minio: {{secret_key: hushhush, env: {env}}}")
    assert loaded.lab.minio.secret_key == "hushhush"
    assert "hushhush" not in repr(loaded)
    assert "psst" not in repr(loaded)


def test_what_is_kept_is_a_lab_file_again(load: Load) -> None:
    text = (
        "name: a-name\nseed: ${N}\n"
        "files: {a: {count: 3, size: '${S}m'}}\n"
        "minio: {access_key: someone, secret_key: secretive, env: {MINIO_A: '$${X} 1e3'}}\n"
        "expect: {log: '$$ yes'}\nclient: {image: x, command: ['1e3', 'true', '$${X}', 'a: b']}\n"
    )
    loaded = load(text, "minio.drives=2", "steps.0.upload=a", N="4", S="2")
    again = load(loaded.redacted, "minio.access_key=someone", "minio.secret_key=secretive")
    assert again.lab == loaded.lab
    assert loaded.text == text


def test_folders_are_beside_the_lab_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").touch()
    load("files: {a: {dir: ./own}, b: {count: 1, size: 1m}}\n")
    text = f"files: {{a: {{dir: ./own}}, b: {{dir: '{tmp_path}/own/'}}, c: {{dir: '${{D}}'}}}}\n"
    loaded = load(text, D="own")
    assert loaded.folders == dict.fromkeys("abc", tmp_path / "own")


def test_folders_are_found_from_elsewhere(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").touch()
    load("files: {a: {dir: own}}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_lab(Path("../lab.yaml")).folders == {"a": tmp_path / "own"}


def test_folders_of_labs_that_come_along_are_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = resolve_lab_path("200m-files")
    with pytest.raises(LabFileError, match=r"200m-files.yaml:\d+:14: files.own.dir: the folder"):
        load_lab(path)
    Path("files").mkdir()
    Path("files/file").touch()
    assert load_lab(path).folders == {"own": tmp_path / "files"}


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("large.yaml").write_text("#" * 2**20 + FILES)
    Path("folder").mkdir()
    problems = {
        "nowhere.yaml": "no such file; name a lab file, or write one with `labctl init`",
        "folder": "is a folder; name the lab file in it",
        "large.yaml": "is larger than 1 MiB; a lab file is a few lines of YAML",
        "large.yaml/x": "cannot be read (Not a directory); name another file",
    }
    for name, problem in problems.items():
        with pytest.raises(LabFileError) as caught:
            load_lab(Path(name))
        assert caught.value.problems == (f"{name}: {problem}",)


def test_a_byte_order_mark_is_no_problem(load: Load, told: Told) -> None:
    assert load(b"\xef\xbb\xbf" + FILES.encode()).lab.name == "lab"
    assert told(b"\xef\xbb\xbfq: 1\n" + FILES.encode())[0].startswith("1:1: unknown key 'q'")


def test_a_lab_is_named_by_its_path_or_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_lab_path("200m") == labs()["200m"]
    Path("200m").mkdir()
    assert resolve_lab_path("200m") == labs()["200m"]
    Path("200m").rmdir()
    Path("200m").touch()
    assert resolve_lab_path("200m") == Path("200m")
    Path("folder").mkdir()
    assert resolve_lab_path("folder") == Path("folder")


def test_a_lab_that_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, meant in (("200.yaml", "did you mean 200m? "), ("other", "")):
        with pytest.raises(UsageError, match="no lab of that name comes with labctl") as caught:
            resolve_lab_path(name)
        assert caught.value.hint.startswith(f"{meant}The labs that do: 200m, 200m-files")


def test_odd_arguments_are_no_labs() -> None:
    for argument in ("x" * 5000, "a\0b"):
        with pytest.raises(UsageError):
            load_lab(resolve_lab_path(argument))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["all", "auto", "5m", "-1", "a", "${X}", "$$", "minio/data1", "10s", "dir"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
WHOLE: dict[str, Any] = {
    "name": "a", "seed": 1, "bucket": {"name": "abc", "quota": "5m", "versioning": False},
    "minio": {"drives": 2, "size": "5m", "override": {"minio/data1": "6m"}, "parity": 1,
              "ports": {"api": 1, "console": 2}, "env": {"MINIO_A": "b"}, "access_key": "abc"},
    "client": {"recipe": "minio-py", "part_size": "5m", "pace": 0, "retry": {"wait": "1s"}},
    "files": {"a": {"count": 1, "size": "1m"}, "b": {"dir": "own"}},
    "steps": [
        {"ballast": "1m", "at": "minio/data1", "for": "1s", "expect": {"log": "x"}},
        {"upload": {"groups": ["a"], "pace": 1}, "within": "1m", "meanwhile": [{"wait": "1s"}]},
        {"wait": {"drive_used": "5%"}, "at": ["minio/data2"]}, {"wait": {"writable": 1}},
        {"verify": "all"}, {"probe": {"small": 1}}, {"delete": {"count": 1}}, {"quota": "none"},
        {"grow": "7m"}, {"upload": {"overwrite": 2}}, {"upload": {"resend": "refused"}},
    ],
    "expect": {"refused": {"reason": "quota", "count": {"min": 1}}, "accepted": {"max": "5m"}},
}  # fmt: skip


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, list):
        data = dict(enumerate(data))
    below = data.items() if isinstance(data, dict) else ()
    return [path, *(each for key, value in below for each in paths(value, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sound lab file with a few values replaced, then perhaps a character or two."""
    data: Any = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(paths(data)[1:] or [()]))
        parent = data
        for part in path[:-1]:
            parent = parent[part]
        parent[path[-1]] = draw(VALUES)
    text: str = yaml.safe_dump(data, allow_unicode=True)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text("{}[]:,'\"&*!|>%@`#-?\t\n $\0é~<", max_size=2)) + text[at:]
    return text


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=mutated(),
    overrides=st.lists(
        st.one_of(
            st.text(max_size=12),
            st.builds(
                "{}={}".format,
                st.sampled_from([".".join(map(str, path)) for path in paths(WHOLE)]),
                st.text(max_size=6) | st.sampled_from(["{}", "[]", "auto", "1", "{a: b}"]),
            ),
        ),
        max_size=2,
    ),
)
def test_no_lab_file_ends_in_anything_but_a_lab_or_problems(
    load: Load, text: str, overrides: list[str]
) -> None:
    problems: tuple[str, ...] = ()
    try:
        assert load(text, *overrides).lab.name
    except LabFileError as error:
        problems = error.problems
    for problem in problems:
        assert problem.startswith(("lab.yaml:", "--set "))
        assert "Input should be" not in problem
        assert "is not understood" not in problem


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=80))
def test_no_bytes_end_in_anything_but_problems(load: Load, data: bytes) -> None:
    with pytest.raises(LabFileError):
        load(data)
