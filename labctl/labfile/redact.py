"""A lab file without its secrets."""

from collections.abc import Iterable
from typing import Any

import yaml

from labctl.labfile.secret_names import secret_variables
from labctl.labfile.variables import escape
from labctl.labfile.yaml_marks import KeyPath, read_plain

HIDDEN = "***"
_KEYS = ("access_key", "secret_key")
_NAMED_BY_USER = frozenset({("files",), ("minio", "env"), ("minio", "override")})
_SWITCHES = frozenset({"on", "off", "true", "false"})
_SHORTEST = 3
"""What is shorter hides nothing, and would be found all over the file."""


class _Dumper(yaml.SafeDumper):
    """Writes text so that it is read as text again."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(read_plain(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", escape(text), style=style)


_Dumper.add_representer(str, _write_text)


def redact(data: dict[str, Any]) -> str:
    """A sound lab file's data as YAML, with its secrets as `***` wherever they stand.

    The YAML is a lab file again, once it is given keys.
    """
    minio = data.get("minio", {})
    env = secret_variables(minio.get("env", {}))
    keys = {name: minio[name] for name in _KEYS if name in minio}
    hidden = dict(data)
    if minio:
        hidden["minio"] = minio | dict.fromkeys(keys, HIDDEN)
    if env:
        hidden["minio"]["env"] = minio["env"] | dict.fromkeys(env, HIDDEN)
    hidden = _hide(hidden, _needles([*keys.values(), *env.values()]), ())
    return yaml.dump(
        hidden, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, indent=2
    )


def _needles(secrets: Iterable[str]) -> list[str]:
    """Texts to look for, the longest first, so that none is left in part."""
    texts = {text for text in secrets if len(text) >= _SHORTEST and text not in _SWITCHES}
    return sorted(texts, key=len, reverse=True)


def _hide(value: Any, needles: list[str], path: KeyPath) -> Any:
    """`value` with every needle hidden; keys that belong to the lab file's schema stay."""
    match value:
        case dict():
            names = needles if path in _NAMED_BY_USER else []
            return {
                _hide_text(key, names): _hide(item, needles, (*path, key))
                for key, item in value.items()
            }
        case list():
            return [_hide(item, needles, (*path, number)) for number, item in enumerate(value)]
        case bool() | None:
            return value
    text = _hide_text(str(value), needles)
    return value if text == str(value) else text


def _hide_text(text: str, needles: list[str]) -> str:
    for needle in needles:
        text = text.replace(needle, HIDDEN)
    return text
