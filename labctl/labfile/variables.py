"""`${VAR}`, `${VAR:-default}` and `$$` in a text."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(
    r"\$\$|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<odd>\$\{[^}]*\}?)"
)


def fill(text: str, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """`text` with variables filled in, and what was wrong; `$$` is a dollar, and so is a lone `$`.

    A default stands in for a variable that is unset or empty.
    """
    problems: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if match["odd"]:
            problems.append(
                "what follows '${' is no variable; "
                "write ${NAME} or ${NAME:-default}, and $$ for a dollar"
            )
        if not match["name"]:
            return "$" if match[0] == "$$" else match[0]
        value = environ.get(match["name"])
        if value or (value is not None and match["default"] is None):
            return value
        if match["default"] is None:
            problems.append(_unset(match["name"]))
            return match[0]
        return str(match["default"])

    return _REFERENCE.sub(replace, text), tuple(problems)


def escape(text: str) -> str:
    """`text` so that `fill` gives it back as it is."""
    return text.replace("$", "$$")


def _unset(name: str) -> str:
    return (
        f"the variable {name} is not set; export it, "
        f"or write a default: ${{{name}:-VALUE}} ($$ is a dollar)"
    )
