"""Where an upload stands while it runs, as one line of text."""

from labctl.app.records import Attempt, DriveSample, UploadEnded, UploadStarted, is_left, is_unsent
from labctl.events import Event
from labctl.units import show_size


class Progress:
    """Takes events as they come; `text` may be asked for from another thread. `doing` stands there
    until an upload begins."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._started: UploadStarted | None = None
        self._ended: UploadEnded | None = None
        self._acknowledged = 0
        self._refused = 0
        self._again = self._left = 0
        self._first_sent: float | None = None
        self._last_acknowledged = 0.0
        self._fill: dict[str, float] = {}

    def add(self, event: Event) -> None:
        """Take an event; those of other kinds change nothing."""
        match event.record:
            case UploadStarted() as started:
                self._started = started
            case UploadEnded() as ended:
                self._ended = ended
            case Attempt() as attempt:
                self._add_attempt(attempt)
            case DriveSample() as sample if sample.size:
                self._fill[sample.drive] = 1 - sample.free / sample.size

    def text(self) -> str:
        """For example `upload 143 MiB of 210 MiB, 95.2 MiB/s, 12 refused, drive 98 % full`."""
        return ", ".join(part for part in (self._upload(), *self._counts(), self._drive()) if part)

    def _add_attempt(self, attempt: Attempt) -> None:
        if self._first_sent is None or attempt.started < self._first_sent:
            self._first_sent = attempt.started
        if attempt.outcome == "ok":
            self._acknowledged += attempt.bytes
            self._last_acknowledged = max(self._last_acknowledged, attempt.ended)
        elif is_left(attempt):
            self._left += 1
        elif is_unsent(attempt):
            pass
        elif attempt.last:
            self._refused += 1
        else:
            self._again += 1

    def _upload(self) -> str:
        if self._ended is not None:
            return f"upload {self._ended.reason}, {show_size(self._acknowledged)} accepted"
        if self._started is None:
            return self._doing
        return f"upload {show_size(self._acknowledged)} of {show_size(self._started.bytes)}"

    def _counts(self) -> tuple[str, ...]:
        seconds = self._last_acknowledged - (self._first_sent or 0.0)
        rate = self._acknowledged / seconds if self._acknowledged and seconds > 0 else 0.0
        return (
            f"{show_size(rate)}/s" if rate else "",
            f"{self._refused} refused" if self._refused else "",
            f"{self._again} tried again" if self._again else "",
            f"{self._left} left unfinished" if self._left else "",
        )

    def _drive(self) -> str:
        fills = tuple(self._fill.values())
        if not fills:
            return ""
        which = "drive" if len(fills) == 1 else "fullest drive"
        return f"{which} {int(max(fills) * 100)} % full"
