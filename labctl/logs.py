"""Output of several containers as one stream in the order of time."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from labctl.engine.base import LogLine

_PATIENCE = 0.25
"""How long a line waits for an older one of a container that is quiet, in seconds."""
_MOST_WAITING = 1000
"""Lines of one container that may wait; its reader pauses at so many."""


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A line and the role whose container wrote it."""

    role: str
    line: LogLine


def merge(streams: Mapping[str, Iterable[LogLine]]) -> Iterator[RoleLine]:
    """All lines of streams that end by themselves, in the order of time."""
    marked = (_mark(role, lines) for role, lines in streams.items())
    return heapq.merge(*marked, key=lambda found: found.line.time)


def _mark(role: str, lines: Iterable[LogLine]) -> Iterator[RoleLine]:
    return (RoleLine(role, line) for line in lines)


class Follower:
    """Lines of streams that go on, read by a thread each, in the order of time.

    A line is given out when no stream can still bring an older one, or after a quarter of a
    second. Closing it ends the readers.
    """

    def __init__(self, streams: Mapping[str, Iterable[LogLine]]) -> None:
        self._streams = streams
        self._waiting: dict[str, deque[tuple[float, LogLine]]] = {r: deque() for r in streams}
        self._live = set(streams)
        self._changed = threading.Condition()
        self._errors: list[BaseException] = []
        self._closed = False
        for role in streams:
            threading.Thread(target=self._read, args=(role,), daemon=True).start()

    def __iter__(self) -> Iterator[RoleLine]:
        while (found := self._next()) is not None:
            yield found
        for error in self._errors:
            raise error

    def close(self) -> None:
        """End the streams."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for stream in self._streams.values():
            closing: Callable[[], None] | None = getattr(stream, "close", None)
            if closing is not None:
                closing()

    def _read(self, role: str) -> None:
        try:
            for line in self._streams[role]:
                with self._changed:
                    self._changed.wait_for(lambda: self._has_room(role))
                    self._waiting[role].append((time.monotonic(), line))
                    self._changed.notify_all()
                    if self._closed:
                        return
        except Exception as error:  # handed to the thread that iterates
            self._errors.append(error)
        finally:
            with self._changed:
                self._live.discard(role)
                self._changed.notify_all()

    def _has_room(self, role: str) -> bool:
        return self._closed or len(self._waiting[role]) < _MOST_WAITING

    def _next(self) -> RoleLine | None:
        with self._changed:
            while not self._closed:
                heads = [(lines[0][1].time, role) for role, lines in self._waiting.items() if lines]
                if not heads and not self._live:
                    return None
                remaining = self._remaining(heads)
                if heads and remaining <= 0:
                    return self._pop(min(heads)[1])
                self._changed.wait(remaining if heads else None)
            return None

    def _remaining(self, heads: list[tuple[float, str]]) -> float:
        """Seconds until the oldest line need not wait any longer."""
        if not heads or all(self._waiting[role] for role in self._live):
            return 0.0
        arrived = self._waiting[min(heads)[1]][0][0]
        return arrived + _PATIENCE - time.monotonic()

    def _pop(self, role: str) -> RoleLine:
        line = self._waiting[role].popleft()[1]
        self._changed.notify_all()
        return RoleLine(role, line)
