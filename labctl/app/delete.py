"""One object deleted through S3: a plain DELETE, or one for each of its versions."""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

from minio import Minio

from labctl.app.listing import ListError, Listing
from labctl.app.outcome import FAIL, INFO, OK, Outcome, accept, judge
from labctl.app.records import Deletion
from labctl.app.sources import Source
from labctl.app.wire import Wire


class Remover:
    """Deletes objects of one bucket, one at a time; none is tried twice."""

    def __init__(self, client: Minio, wire: Wire, bucket: str, listing: Listing) -> None:
        self._client = client
        self._wire = wire
        self._bucket = bucket
        self._listing = listing

    def remove(self, source: Source) -> Deletion:
        """A plain DELETE."""
        started = time.time()
        return self._record(source, started, 0, self._delete(source.key, None))

    def remove_versions(self, source: Source) -> Deletion:
        """A DELETE of every version and delete marker by its id."""
        started = time.time()
        try:
            versions = self._listing.list_versions(source.key)
        except ListError as error:
            return self._record(source, started, 0, Outcome(FAIL, error=f"not listed: {error}"))
        outcomes = [self._delete(source.key, version) for version in versions]
        return self._record(source, started, len(versions), sum_up(outcomes))

    def _delete(self, key: str, version: str | None) -> Outcome:
        self._wire.begin()
        try:
            self._client.remove_object(self._bucket, key, version_id=version)
        except Exception as error:
            return judge(error, self._wire.trace)
        return accept(self._wire.trace)

    def _record(self, source: Source, started: float, versions: int, outcome: Outcome) -> Deletion:
        ended = time.time()
        return Deletion(
            time=ended,
            object=source.key,
            group=source.group,
            started=started,
            ended=ended,
            versions=versions,
            **asdict(outcome),
        )


def sum_up(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome for all versions of an object, with the words of the first that was refused: ok
    where all are, fail where all are, in doubt where some had an effect and others not."""
    refused = [outcome for outcome in outcomes if outcome.outcome != OK]
    if not refused:
        return outcomes[-1] if outcomes else Outcome(OK)
    undone = all(outcome.outcome == FAIL for outcome in outcomes)
    return replace(refused[0], outcome=FAIL if undone else INFO)
