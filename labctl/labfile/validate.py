"""A document held against the lab file's models."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace

from pydantic import ValidationError

from labctl.labfile.lab import Lab
from labctl.labfile.problems import explain, text_paths, wrong_paths
from labctl.labfile.yaml_marks import Document, KeyPath, Problem, value_at


@dataclass(frozen=True, slots=True)
class Validated:
    """The lab, or what is wrong and where; and the document with texts where text was wanted."""

    document: Document
    lab: Lab | None
    problems: tuple[Problem, ...] = ()
    wrong: tuple[KeyPath, ...] = ()


def validate(document: Document) -> Validated:
    """Hold a document against the models."""
    try:
        return Validated(document, Lab.model_validate(document.data))
    except ValidationError as error:
        texts = [path for path in text_paths(error) if _may_be_text(document, path)]
        told, wrong = tuple(explain(error, document)), tuple(wrong_paths(error))
    if not texts:
        return Validated(document, None, told, wrong)
    return validate(_with_texts(document, texts))


def _may_be_text(document: Document, path: KeyPath) -> bool:
    """Whether an unquoted number may be taken as it is written.

    What `${VAR}` or `--set` gave can hardly be quoted; variables of MinIO never are in the habit.
    """
    given = path in document.filled or path[:2] == ("minio", "env")
    read = value_at(document.data, path)
    return given and path in document.texts and not isinstance(read, str) and read is not None


def _with_texts(document: Document, paths: Iterable[KeyPath]) -> Document:
    data = deepcopy(document.data)
    for path in paths:
        value_at(data, path[:-1])[path[-1]] = document.texts[path]
    return replace(document, data=data)
