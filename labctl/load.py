"""A lab file into a Lab; every error as `file:line:col: what, and what to write instead`."""

import os
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from labctl import assets
from labctl.errors import LabFileError, UsageError
from labctl.folders import refuse_folder
from labctl.lab import NAME_PATTERN, Folder, Lab
from labctl.overrides import override
from labctl.problems import explain, text_paths
from labctl.redact import redact
from labctl.text_file import read_text
from labctl.yaml_marks import Document, KeyPath, Place, Problem, parse_yaml, value_at


@dataclass(frozen=True, slots=True)
class LoadedLab:
    """A sound lab, and the file it came from.

    `text` is the file as it was read, secrets included. `folders` are the absolute folders of the
    groups with a `dir:`. `redacted` is the lab as used, overrides and variables put in, as YAML
    without secrets.
    """

    lab: Lab
    path: Path
    text: str = field(repr=False)
    folders: Mapping[str, Path]
    redacted: str


def load_lab(
    path: Path, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> LoadedLab:
    """The lab of a file, with `--set` overrides (`minio.size=100m`) and `${VAR}` from `environ`.

    A relative `dir:` is beside the lab file; in a lab that comes with labctl, whichever way it was
    named, it is in the current folder. Raises LabFileError with everything that is wrong.
    """
    text = read_text(path)
    document, found = parse_yaml(
        text, str(path), os.environ if environ is None else environ, with_lines=True
    )
    if document is None:
        raise _refusal(found)
    document, misplaced = override(document, tuple(overrides))
    base = _base(path)
    lab, document, wrong = _validate(document)
    wrong += _folder_problems(document, base)
    name = value_at(document.data, ("name",)) or path.stem
    wrong += _stem_problems(document, path)
    problems = (*found, *misplaced)
    told = {problem.place for problem in problems}
    problems += tuple(problem for problem in wrong if problem.place not in told)
    if lab is None or problems:
        raise _refusal(problems)
    return LoadedLab(
        lab=lab.model_copy(update={"name": name}),
        path=path,
        text=text,
        folders={
            group: (base / files.dir).resolve()
            for group, files in lab.files.items()
            if isinstance(files, Folder)
        },
        redacted=redact({"name": name} | document.data),
    )
