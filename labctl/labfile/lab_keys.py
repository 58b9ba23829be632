"""Which keys and kinds of value the lab file's models have at a path."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from labctl.labfile.fields import Model
from labctl.labfile.lab import Folder, Generated, Lab
from labctl.labfile.yaml_marks import KeyPath


def annotation_at(path: KeyPath) -> Any:
    """The annotation of what stands at `path` in a lab file, or None."""
    found: Any = Lab
    for part in path:
        found = next(filter(None, (_inside(option, part) for option in _options(found))), None)
    return found


def model_at(path: KeyPath, value: Any) -> type[Model] | None:
    """The model of what stands at `path`, or None where no map of known keys is wanted.

    `value`, what the file has there, tells the kinds of file groups apart.
    """
    models = [option for option in _options(annotation_at(path)) if _is_model(option)]
    if Folder in models and isinstance(value, dict):
        return Folder if "dir" in value else Generated
    return models[0] if models else None


def known_keys(model: type[Model]) -> dict[str, Any]:
    """The keys that a model knows, as a lab file has them, and their annotations."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def wants_list(path: KeyPath) -> bool:
    """Whether a list is wanted at `path`, and nothing else would do."""
    options = _options(annotation_at(path))
    return any(get_origin(option) is tuple for option in options) and not any(
        map(_is_model, options)
    )


def choices_at(path: KeyPath) -> tuple[str, ...]:
    """The words that may stand at `path`, where there is a fixed set."""
    options = _options(annotation_at(path))
    return tuple(
        word for option in options if get_origin(option) is Literal for word in get_args(option)
    )


def _options(annotation: Any) -> tuple[Any, ...]:
    """`annotation` without its metadata, unions taken apart."""
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(each for part in get_args(annotation) for each in _options(part))
    return (annotation,)


def _is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Model)


def _inside(option: Any, part: str | int) -> Any:
    if _is_model(option):
        return known_keys(option).get(str(part))
    if get_origin(option) is dict:
        return get_args(option)[1]
    return get_args(option)[0] if get_origin(option) is tuple and isinstance(part, int) else None
