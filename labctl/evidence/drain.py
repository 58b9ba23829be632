"""Has all that the server sent arrived at the observer? To be asked before either of them goes."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from labctl import audit_webhook, events
from labctl.app.marker import send_markers
from labctl.app.place import MARKER_PREFIX
from labctl.app.records import Gap
from labctl.engine.base import Engine, LogLine
from labctl.errors import LabctlError, LabFailed
from labctl.labels import OBSERVER
from labctl.resources import Observed, State
from labctl.setting import API_PORT, MINIO

_WITHIN = 2.0
_TAIL = 200
"""Lines before the marker's that the log is opened with: more than are written meanwhile. So no
two clocks are compared, and none of its lines is missed."""


def drain(engine: Engine, server: str, observer: str, port: int, within: float) -> str | None:
    """Wait until all audit records of ended calls stand in the observer's log.

    Returns None then, or a sentence that says what may be missing, after `within` seconds at most.

    Calls of labctl's own, the markers, tell: MinIO puts the record of a call into one queue when
    the call's work is done, before a short answer is complete. One worker takes them from there in
    their order and sends batch after batch, each until the observer has answered it with 200, which
    it does when the records are written. So with the first marker's record all earlier ones have
    arrived. A batch that is not full waits: there are as many markers as fill one.

    That holds while fewer than 50,000 records wait (half of the queue, by default): from there on
    MinIO adds workers. A call that the server still works on has no record yet, and comes later:
    let the clients end first.
    """
    drained = _Drain(engine, server, observer, port, time.monotonic() + within)
    try:
        obstacle = drained.obstacle()
    except (OSError, LabctlError) as error:
        obstacle = f"{server} could not be asked: {error}"
    return obstacle and f"audit: the server's last records may be missing: {obstacle}"


def drain_lab(engine: Engine, observed: Observed) -> events.Event | None:
    """`drain` a lab whose clients have ended: None, or the gap that there may be."""
    server, observer = observed.by_role(MINIO), observed.by_role(OBSERVER)
    if server is None or not server.started:
        return None
    if observer is None:
        found: str | None = "audit: there is no observer to which the server sends its records"
    else:
        found = drain(engine, server.name, observer.name, API_PORT, _WITHIN)
    return events.Event(OBSERVER, Gap(time.time(), found)) if found else None


class Draining:
    """The drain of a lab, which may begin before it is asked for: when its last client has made
    its last call, and that client's container is yet to end."""

    def __init__(self, engine: Engine, lab: str) -> None:
        self._engine = engine
        self._lab = lab
        self._gap: Future[events.Event | None] | None = None

    def begin(self) -> Future[events.Event | None]:
        """Begin in a thread, where that was not done yet."""
        if self._gap is None:
            pool = ThreadPoolExecutor(1)
            self._gap = pool.submit(self._drain)
            pool.shutdown(wait=False)
        return self._gap

    def gap(self) -> events.Event | None:
        """What `drain_lab` gives, once it has; whoever asks first begins it."""
        return self.begin().result()

    def _drain(self) -> events.Event | None:
        return drain_lab(self._engine, self._engine.observe(self._lab))


@dataclass(frozen=True, slots=True)
class _Drain:
    engine: Engine
    server: str
    observer: str
    port: int
    until: float

    def obstacle(self) -> str | None:
        """Why the markers' record did not come, if it did not."""
        state = self.engine.inspect(self.server).state
        if state is not State.RUNNING:
            return f"{self.server} is {state}"
        given = self.engine.environment(self.server)
        told = (given.get(audit_webhook.ENABLE), given.get(audit_webhook.ENDPOINT))
        if told != ("on", audit_webhook.URL):
            return f"{self.server} was told not to send them to {self.observer}"
        batch = given.get(audit_webhook.BATCH, "")
        return self._pass_markers(int(batch) if batch.isdecimal() else 1)

    def _pass_markers(self, count: int) -> str | None:
        bucket = MARKER_PREFIX + os.urandom(8).hex()
        with self._lines() as lines:
            self._send(bucket, count)
            if any(bucket in line.text for line in lines):
                return None
        if time.monotonic() < self.until:
            return f"{self.observer} has ended"
        return f"no record of calls made on purpose came to {self.observer} in time"

    @contextmanager
    def _lines(self) -> Iterator[Iterable[LogLine]]:
        """The observer's lines, which end when time is up."""
        with closing(self.engine.logs(self.observer, follow=True, tail=_TAIL)) as lines:
            limit = threading.Timer(self._left(), lines.close)
            limit.start()
            try:
                yield lines
            finally:
                limit.cancel()

    def _send(self, bucket: str, count: int) -> None:
        """Make the calls from here, or where the server cannot be reached, from the observer."""
        address = self.engine.reach(self.server, self.port)
        if address is not None:
            send_markers(address, bucket, count, self._left())
            return
        call = (f"{self.server}:{self.port}", bucket, str(count), f"{self._left():.3f}")
        argv = ("python3", "-m", "labctl.app.marker", *call)
        done = self.engine.exec(self.observer, argv, timeout=self._left())
        if done.exit_code:
            raise LabFailed(done.stderr.decode("utf-8", "replace").strip())

    def _left(self) -> float:
        return max(0.001, self.until - time.monotonic())
