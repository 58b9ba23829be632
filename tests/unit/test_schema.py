import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from labctl.assets import asset, labs
from labctl.errors import LabFileError
from labctl.labfile.load import load_lab
from labctl.labfile.schema import lab_schema, schema_text

FILES = "files: {a: {count: 3, size: 1m}}\n"
GOOD = [
    FILES,
    "files: {a: {count: 3, size: 1048576}, b: {dir: '.'}}",
    FILES + "bucket: some-name",
    FILES + "bucket: {name: some-name, quota: 50m, versioning: true}",
    FILES + "client: minio-py",
    FILES + "client: {image: mine, command: [a, b], user: '0', writable: true}",
    FILES + "client: {part_size: 5MiB, parallel: 4, pace: 100ms, timeout: 5}",
    FILES + "client: {on_error: retry, retry: {attempts: 3, wait: 1s, max_wait: 2, give_up: 1m}}",
    FILES + "minio: {ports: auto}",
    FILES + "minio: {ports: {api: 9000}}",
    FILES + "minio: {drives: 4, size: 100m, override: {minio/data2: 50m}, parity: 2, inodes: 500}",
    FILES + "minio: {env: {MINIO_A: 1, MINIO_B: on, MINIO_C: 1.10, MINIO_D: true}, scanner: fast}",
    FILES + "minio: {drives: '${N:-2}', size: '${S:-100}m', ports: '${P:-auto}'}",
    FILES + "minio:\n  drives: ${N:-2}\nbucket:\n  versioning: ${V:-true}\nseed: ${SEED:-5}",
    FILES + "client: ${CLIENT:-minio-py}\nbucket: ${BUCKET:-some-name}",
    FILES + "expect: {refused: {count: 0}, accepted: {min: 18KiB}, client_exit: 0}",
    FILES + "expect: {refused: {count: {min: 1, max: 3}, reason: drive-full, status: 507}}",
    FILES + "expect: {accepted: 2m, accepted_before_refusal: 1m, log: text}",
    FILES + "expect: {refused: {reason: '${R:-drive-full}', code: X}}",
    FILES + "steps: [{upload: all, within: 3m}, {upload: a}, {upload: [a, a]}]",
    FILES + "steps: [{upload: {groups: [a], parallel: 2, pace: 1s, on_error: stop}}]",
    FILES + "steps: [{upload: {groups: a, overwrite: 3}}, {upload: {resend: refused}}]",
    FILES + "steps: [{upload: a}, {verify: all}, {verify: acknowledged}, {verify: {what: all}}]",
    FILES + "steps: [{probe: all}]",
    FILES + "steps: [{probe: {small: 1k, large: 5}}, {delete: all}, {delete: {count: 5}}]",
    FILES + "steps: [{delete: {group: a, versions: true}}, {delete: {}}]\n"
    "bucket: {name: abc, versioning: true}",
    FILES + "steps: [{ballast: 5m}, {ballast: 95%}, {ballast: 0}, {ballast: {size: 5}}]",
    FILES + "steps: [{ballast: 5m, at: minio/data1, for: 5s}, {ballast: 1, at: [minio/data1]}]",
    FILES + "steps: [{grow: 300m}, {grow: {size: 400m}, at: [minio/data1], within: 1m}]",
    FILES + "steps: [{quota: 5m, for: 3}, {quota: none}, {quota: {size: 7}}, {wait: quota_armed}]",
    FILES + "steps: [{wait: 5}, {wait: 1.5s}, {wait: {seconds: 1m}}, {wait: {writable: 1m}}]",
    FILES
    + "steps: [{ballast: 95%}, {wait: {drive_used: 95%}, at: minio/data1}, {wait: {log: text}}]",
    FILES + "steps: [{upload: all, meanwhile: [{wait: 1, meanwhile: [{ballast: 1m}]}]}]",
    FILES + "steps: [{upload: all, expect: {refused: {count: 0}, client_exit: 0}}]",
    FILES + "steps: [{ballast: '${B:-5m}', for: '${F:-5}'}, {wait: '${W:-quota}_armed'}]\n"
    "bucket: {name: abc, quota: 1m}",
    FILES + "steps: [{upload: '${G:-a}'}, {delete: {count: '${N:-3}'}}, {verify: '${V:-all}'}]",
    FILES + "steps: [{upload: all, within: '${W:-3m}'}, {grow: '${S:-300m}'}, {wait: '${T:-3}'}]",
    FILES + "steps: []\nname: a-name\nseed: 0",
    FILES + "name:\nbucket: {quota: }\nexpect: {refused: , log: }",
]
BAD = [
    "",
    "[]",
    "name: x",
    "files: {}",
    "files: {a: 5}",
    "files: {a: {}}",
    "files: {a: {count: 3}}",
    "files: {a: {count: 3, size: -1}}",
    "files: {a: {count: 3, size: five}}",
    "files: {a: {count: 0, size: 1m}}",
    "files: {a: {count: '3', size: 1m}}",
    "files: {a: {count: 3, size: 1m, dir: x}}",
    "files: {a: {dir: ''}}",
    FILES + "unknown: 1",
    FILES + "minio: {sizes: 1m}",
    FILES + "minio: {drives: 17}",
    FILES + "minio: {drives: 1.5}",
    FILES + "minio: {ports: automatic}",
    FILES + "minio: {ports: {api: 0}}",
    FILES + "minio: {access_key: ab}",
    FILES + "minio: {secret_key: short}",
    FILES + "minio: {secret_key: 12345678}",
    FILES + "minio: {scanner: slow}",
    FILES + "minio: {env: {MINIO_A: []}}",
    FILES + "minio:",
    FILES + "bucket: {versioning: 1}",
    FILES + "bucket: 5",
    FILES + "client: other",
    FILES + "client: {on_error: panic}",
    FILES + "client: {pace: -1}",
    FILES + "client: {command: text}",
    FILES + "expect: {refused: {count: -1}}",
    FILES + "expect: {refused: {reason: full}}",
    FILES + "expect: {accepted: -1}",
    FILES + "steps: {upload: all}",
    FILES + "steps: [{}]",
    FILES + "steps: [upload]",
    FILES + "steps: [{kill: minio}]",
    FILES + "steps: [{within: 5s}]",
    FILES + "steps: [{upload: all, verify: all}]",
    FILES + "steps: [{upload: all, lasting: 5s}]",
    FILES + "steps: [{probe: }]",
    FILES + "steps: [{probe: some}]",
    FILES + "steps: [{upload: []}]",
    FILES + "steps: [{upload: {resend: all}}]",
    FILES + "steps: [{verify: some}]",
    FILES + "steps: [{delete: 5}]",
    FILES + "steps: [{delete: {count: }}]",
    FILES + "steps: [{ballast: -5}]",
    FILES + "steps: [{ballast: some}]",
    FILES + "steps: [{grow: 0}]",
    FILES + "steps: [{grow: 50%}]",
    FILES + "steps: [{quota: 0}]",
    FILES + "steps: [{wait: long}]",
    FILES + "steps: [{wait: {writeable: 5}}]",
    FILES + "steps: [{wait: {drive_used: 0.95}}]",
    FILES + "steps: [{ballast: 5, at: []}]",
    FILES + "steps: [{ballast: 5, at: 5}]",
    FILES + "steps: [{upload: all, within: }]",
    FILES + "steps: [{upload: all, meanwhile: []}]",
    FILES + "steps: [{upload: all, meanwhile: [{}]}]",
    FILES + "steps: [{upload: all, meanwhile: [{probe: all, upload: all}]}]",
    FILES + "steps: [{upload: all, expect: {refuse: 5}}]",
]


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(lab_schema())


def as_an_editor_reads(text: str) -> Any:
    return yaml.safe_load(text)


def write(folder: Path, text: str) -> Path:
    path = folder / "lab.yaml"
    path.write_text(text)
    return path


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(lab_schema())


def test_the_schema_beside_the_labs_is_current() -> None:
    kept = (asset("labs") / "lab.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(), "run: python -m labctl.labfile.schema > labs/lab.schema.json"


def test_the_schema_ends_with_a_newline_and_is_the_same_every_time() -> None:
    assert schema_text() == schema_text()
    assert schema_text().endswith("}\n")


@pytest.mark.parametrize("name", sorted(labs()))
def test_the_labs_that_come_along_are_valid(name: str) -> None:
    text = labs()[name].read_text(encoding="utf-8")
    validator().validate(as_an_editor_reads(text))
    assert text.startswith("# yaml-language-server: $schema=lab.schema.json\n")


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(text: str, tmp_path: Path) -> None:
    load_lab(write(tmp_path, text), environ={})
    validator().validate(as_an_editor_reads(text))


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(text: str, tmp_path: Path) -> None:
    assert not validator().is_valid(as_an_editor_reads(text))
    with pytest.raises(LabFileError):
        load_lab(write(tmp_path, text), environ={})


def every_object(schema: Any, path: str = "lab") -> list[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        return [found for each in schema for found in every_object(each, path)]
    if not isinstance(schema, dict):
        return []
    below = [found for key, each in schema.items() for found in every_object(each, f"{path}/{key}")]
    return [*below, (path, schema)] if isinstance(schema.get("properties"), dict) else below


def test_every_key_is_described_and_no_other_is_taken() -> None:
    schema = lab_schema()
    for path, found in every_object(schema):
        assert found["additionalProperties"] is False, path
        for name, entry in found["properties"].items():
            target = schema["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
            assert "description" in entry | target, f"{path}: {name}"


def test_titles_do_not_clutter_what_editors_show() -> None:
    assert json.dumps(lab_schema()).count('"title"') == 1
