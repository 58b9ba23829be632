"""Secrets taken out of everything that a run writes."""

import json
import re
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any
from urllib.parse import quote, quote_plus

from labctl.events import Event

MASK = "***"
SHORTEST = 3
"""Secrets shorter than this are left: taking them out would leave nothing to read."""
_STRUCTURE = frozenset(
    {"client", "container", "drive", "lab", "labctl", "on_error", "outcome", "reason"}
    | {"state", "stream"}
)
"""Fields whose words are labctl's own; readers of the events count on them."""


class Redactor:
    """Puts `***` where a secret stands: as it is, URL-encoded, or escaped in JSON or YAML."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def redact(self, text: str) -> str:
        """`text` without the secrets."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def stands_in(self, text: str) -> bool:
        """Whether a secret stands in `text`, in one of its forms."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def redact_event(self, event: Event) -> Event:
        """`event` without the secrets in what its record says."""
        if self._pattern is None:
            return event
        names = (f.name for f in fields(event.record) if f.name not in _STRUCTURE)
        said = {name: self.redact_value(getattr(event.record, name)) for name in names}
        return replace(event, record=replace(event.record, **said))

    def redact_value(self, value: Any) -> Any:
        """A value as JSON has them, without the secrets in its texts; its keys stay."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {key: self.redact_value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_value(inner) for inner in value]
        return value


def _forms(secret: str) -> set[str]:
    """The secret in all writings that have been seen in logs."""
    escaped = json.dumps(secret)[1:-1]
    in_go = re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", escaped)
    data = secret.encode("utf-8", "surrogatepass")
    encoded = {quote(data, safe=""), quote(data), quote_plus(data)}
    lower = {re.sub("%..", lambda match: match[0].lower(), form) for form in encoded}
    plain = json.dumps(secret, ensure_ascii=False)[1:-1]
    return {secret, escaped, in_go, plain, secret.replace("'", "''"), *encoded, *lower}
