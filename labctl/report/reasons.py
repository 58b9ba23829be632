"""Why an attempt was refused: its answer, the drives' state then, and what the server recorded."""

from labctl.app.records import Attempt
from labctl.classify import Answer, Classified, classify
from labctl.report.answers import Answers
from labctl.report.frame import Frame
from labctl.report.operations import Operation

_COMPRESSION = "MINIO_COMPRESSION_ENABLE"
_CODES = {
    "quota": (400, "XMinioAdminBucketQuotaExceeded"),
    "bytes specified by the content-length": (400, "IncompleteBody"),
}
"""What the server's record says of an error, in part, and the status and code that the client gets
with it."""
_USUAL = {500: "InternalError", 503: "SlowDownWrite", 507: "XMinioStorageFull"}
"""The codes of a put that the server could not carry out, where its record has the status alone."""


class Reasons:
    """Knows what there is to know about a run's refusals. `faults`: from when to when steps had the
    server down or paused."""

    def __init__(
        self, frame: Frame, answers: Answers, faults: tuple[tuple[float, float], ...]
    ) -> None:
        self._frame = frame
        self._answers = answers
        self._faults = faults
        environment = frame.run.environment if frame.run else {}
        self._compressed = environment.get(_COMPRESSION, "").lower() == "on"

    def of(self, operation: Operation) -> Classified:
        """Why an object was refused for good."""
        source, earlier = operation.source, operation.earlier
        before = self._of_attempt(earlier, source, None) if earlier is not None else None
        return self._of_attempt(operation.last, source, before)

    def _of_attempt(self, attempt: Attempt, source: str, earlier: Classified | None) -> Classified:
        received = self._answers.received(attempt.request_id)
        answer = Answer(
            status=attempt.status,
            code=attempt.code,
            message=attempt.message,
            error=attempt.error,
            bytes=attempt.bytes,
            parts=attempt.parts,
            request_bytes=self._frame.request_bytes(
                source, attempt, received.part if received else None
            ),
            compressed=self._compressed,
            audit_rx=received.rx if received else None,
            audit_part=received.part if received else None,
            fault=self._fault(attempt),
            earlier=earlier,
            audited=self._audited(attempt, source),
        )
        return classify(answer, self._frame.state(attempt.ended))

    def _fault(self, attempt: Attempt) -> bool:
        return any(begin <= attempt.ended and attempt.started <= end for begin, end in self._faults)

    def _audited(self, attempt: Attempt, source: str) -> Classified | None:
        """Why the server refused last, where the client's own error lost it."""
        found = self._answers.last_status(attempt) if attempt.status is None else None
        if found is None:
            return None
        status, error = found
        answer = Answer(
            status=status,
            code=_code(status, error),
            message=error,
            bytes=attempt.bytes,
            parts=attempt.parts,
            request_bytes=self._frame.request_bytes(source, attempt),
            compressed=self._compressed,
        )
        return classify(answer, self._frame.state(attempt.ended))


def _code(status: int, error: str | None) -> str | None:
    """The code that goes with what the server's record says."""
    said = (error or "").lower()
    for text, (with_status, code) in _CODES.items():
        if status == with_status and text in said:
            return code
    return _USUAL.get(status)
