"""Which variables of a server hold secrets, by their names; apart, as it needs no model."""

import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(r"SECRET|PASSWORD|KEY|TOKEN|ROOT_USER", re.IGNORECASE)


def secret_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the variables whose values must be written nowhere."""
    return {name: value for name, value in environment.items() if _SECRET_NAME.search(name)}
