"""A lab file into a Lab; every error as `file:line:col: what, and what to write instead`."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from labctl import assets
from labctl.errors import LabFileError, UsageError
from labctl.labfile.folders import refuse_folder
from labctl.labfile.group_names import unknown_in_part
from labctl.labfile.lab import NAME_PATTERN, Folder, Lab
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.overrides import override
from labctl.labfile.problems import in_order, problem_at
from labctl.labfile.redact import redact
from labctl.labfile.secret_names import secret_variables
from labctl.labfile.sense import find_nonsense
from labctl.labfile.text_file import read_text
from labctl.labfile.validate import Validated, validate
from labctl.labfile.yaml_marks import Document, Place, Problem, parse_yaml, value_at


@dataclass(frozen=True, slots=True)
class LoadedLab:
    """A sound lab, and the file it came from.

    `text` is the file as it was read, secrets included. `folders` are the absolute folders of the
    groups with a `dir:`. `redacted` is the lab as used, overrides and variables put in, as YAML
    without secrets. `warnings` are what may not be meant, each as `file:line:col: what`.
    """

    lab: Lab
    path: Path
    text: str = field(repr=False)
    folders: Mapping[str, Path]
    redacted: str
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.lab.name or ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The lab's login, and what else of its server's variables is secret."""
        minio = self.lab.minio
        return (minio.secret_key, minio.access_key, *secret_variables(minio.env).values())


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
        raise LabFileError(in_order(found))
    document, misplaced = override(document, tuple(overrides))
    base = _base(path)
    judged = validate(document)
    lab, document, nonsense = judged.lab, judged.document, _nonsense(judged)
    wrong = (*judged.problems, *_folder_problems(document, base), *_stem_problems(document, path))
    wrong += tuple(problem_at(document, each) for each in nonsense if not each.warning)
    problems = (*found, *misplaced)
    told = {problem.place for problem in problems}
    problems += tuple(problem for problem in wrong if problem.place not in told)
    if lab is None or problems:
        raise LabFileError(in_order(problems))
    name = value_at(document.data, ("name",)) or path.stem
    return LoadedLab(
        lab=lab.model_copy(update={"name": name}),
        path=path,
        text=text,
        folders=_folders(lab, base),
        redacted=redact({"name": name} | document.data),
        warnings=in_order(problem_at(document, each) for each in nonsense),
    )


def resolve_lab_path(argument: str) -> Path:
    """The lab file that is meant: a file's path, or the name of a lab that comes with labctl.

    Raises UsageError, with the labs there are, where it is neither.
    """
    path, bundled = Path(argument), assets.labs()
    try:
        if path.is_file() or (path.exists() and argument not in bundled):
            return path
    except (OSError, ValueError):
        return path
    if argument in bundled:
        return bundled[argument]
    close = get_close_matches(path.stem, bundled, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    raise UsageError(
        f"{argument}: no such file, and no lab of that name comes with labctl",
        f"{meant}The labs that do: {', '.join(sorted(bundled))}. `labctl init` writes them out.",
    )


def _base(path: Path) -> Path:
    """The folder that a relative `dir:` starts from."""
    own = {lab.resolve() for lab in assets.labs().values()}
    return Path.cwd() if path.resolve() in own else path.parent.resolve()


def _folders(lab: Lab, base: Path) -> dict[str, Path]:
    """The absolute folders of the groups that have one."""
    groups = lab.files.items()
    return {
        name: (base / files.dir).resolve() for name, files in groups if isinstance(files, Folder)
    }


def _nonsense(judged: Validated) -> tuple[Nonsense, ...]:
    """What the models take and cannot be meant; of a file with other problems only what can be told
    of its sound parts."""
    if judged.lab is None:
        return tuple(unknown_in_part(judged.document.data, judged.wrong))
    return find_nonsense(judged.lab)


def _folder_problems(document: Document, base: Path) -> tuple[Problem, ...]:
    groups = value_at(document.data, ("files",))
    problems = []
    for name in groups if isinstance(groups, dict) else ():
        given: Any = value_at(groups, (name, "dir"))
        path = ("files", name, "dir")
        if isinstance(given, str) and given and (told := refuse_folder(given, base / given)):
            problems.append(Problem(document.value_place(path), f"{'.'.join(path)}: {told}"))
    return tuple(problems)


def _stem_problems(document: Document, path: Path) -> tuple[Problem, ...]:
    named = not isinstance(document.data, dict) or document.data.get("name") is not None
    if named or re.fullmatch(NAME_PATTERN, path.stem):
        return ()
    told = f"the file's name {path.stem!r} is no lab name; add for example `name: my-lab`"
    return (Problem(Place(str(path), 1, 1), told),)
