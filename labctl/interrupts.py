"""Ctrl-C and SIGTERM: the first ends the work in an orderly way, the second at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from labctl.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While entered, the first SIGINT or SIGTERM raises Interrupted in the main thread, or waits
    for the end of a `shield`; the second ends the process, and says how to take `lab` down."""

    def __init__(self, lab: str = "") -> None:
        down = " ".join(("labctl", "down", *([lab] if lab else []), "--purge"))
        self._last_words = f"\nended at once; `{down}` takes down what is left\n".encode()
        self.seen: int | None = None
        self._shielded = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Let what stands inside end first: clearing up is not cut short by one signal."""
        outermost, self._shielded = not self._shielded, True
        try:
            yield
        finally:
            self._shielded = not outermost

    def raise_if_seen(self, hint: str = "") -> None:
        """Raise Interrupted where a signal came during a `shield`."""
        if self.seen is not None:
            raise Interrupted(self.seen, hint)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.seen is not None:
            os.write(2, self._last_words)
            os._exit(128 + number)
        self.seen = number
        if not self._shielded:
            raise Interrupted(number)
