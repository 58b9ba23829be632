"""What the use cases tell while they work; how it is shown is the command line's business."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from labctl.events import Operation


class View(Protocol):
    """A listener. Calls come from several threads."""

    def say(self, text: str) -> None:
        """Something that a person wants to know, in one line."""

    def operation(self, done: "Operation") -> None:
        """An operation of a plan ended."""

    def progress(self, text: str) -> None:
        """Where the work stands now; replaces what was said before."""


class Silent:
    """Tells nobody."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def operation(self, done: "Operation") -> None:
        """Say nothing."""

    def progress(self, text: str) -> None:
        """Say nothing."""
