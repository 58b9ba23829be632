"""Why something was refused, in the words of lab files; apart, as it needs no model."""

from typing import Literal

Reason = Literal[
    "drive-full", "inodes", "quota", "size-unknown", "quorum-lost", "full-blocks-start",
    "starting", "client-cut", "fault", "transport", "server-error", "lab-error", "unknown",
]  # fmt: skip
