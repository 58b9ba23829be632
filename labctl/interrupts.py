"""Ctrl-C and SIGTERM: the first ends the work in an orderly way, the second at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from labctl.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AT_ONCE = b"\nended at once; `labctl down --purge` takes down what is left\n"


class Interrupts:
    """While entered, the first SIGINT or SIGTERM raises Interrupted in the main thread, or waits
    for the end of a `shield`; the second ends the process."""

    def __init__(self) -> None:
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

    def raise_if_seen(self) -> None:
        """Raise Interrupted where a signal came during a `shield`."""
        if self.seen is not None:
            raise Interrupted(self.seen)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.seen is not None:
            os.write(2, _AT_ONCE)
            os._exit(128 + number)
        self.seen = number
        if not self._shielded:
            raise Interrupted(number)
