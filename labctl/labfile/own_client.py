"""How labctl's own client ends, and expectations of it that can never hold."""

from collections.abc import Iterator, Sequence

from labctl.labfile.expect import Expect
from labctl.labfile.lab import Lab, steps_of
from labctl.labfile.nonsense import Nonsense
from labctl.labfile.step import KeyPath, Step
from labctl.labfile.verbs import Upload
from labctl.units import show_duration

_SIGNALS = 128
"""Codes above it are of a program that was killed."""
_TOLD_TO_END = (130, 143)
_ROOMY = 16 * 2**20
"""A fresh drive of so many bytes, with so many inodes, surely takes a bucket."""
_INODES = 1000
_PLAYED_WHOLE = ("verify", "probe", "delete")
"""Steps which end the lab where their program does not end with 0."""


def check_client(
    path: KeyPath, expect: Expect, step: Step | None, steps: Sequence[Step], lab: Lab
) -> Iterator[Nonsense]:
    """Expectations of `step`, or of the whole run (None) with all these steps, that labctl's own
    client never meets."""
    meant = steps if step is None else (step,)
    uploads = tuple(each for each in meant if each.upload is not None)
    if expect.client_exit is not None:
        yield from _check_exit((*path, "client_exit"), expect, step, uploads, lab)
    limits = [each.within for each in uploads]
    longest = max((limit or 0.0 for limit in limits), default=0.0)
    if expect.stall is not None and all(limits) and expect.stall.min > longest > 0:
        told = f"no silence is longer than the time limit, within {show_duration(longest)}"
        yield Nonsense((*path, "stall"), f"{told}; write less, or a longer limit")


def _check_exit(
    path: KeyPath, expect: Expect, step: Step | None, uploads: tuple[Step, ...], lab: Lab
) -> Iterator[Nonsense]:
    code = expect.client_exit or 0
    if step is not None and step.name in _PLAYED_WHOLE:
        if code:
            told = f"{code} can never be: a {step.name} that does not end with 0 ends the lab"
            yield Nonsense(path, f"{told}; write 0, or remove this")
    elif not lab.client.image and uploads:
        yield from _check_code(path, code, expect, lab, tuple(_uploads(uploads)))


def _check_code(
    path: KeyPath, code: int, expect: Expect, lab: Lab, uploads: tuple[Upload, ...]
) -> Iterator[Nonsense]:
    going_on = [mode for mode in map(lab.on_error_of, uploads) if mode != "stop"]
    refused = max((refused.count.min for refused in expect.refusals), default=0)
    settles = any(upload.parts in ("complete", "abort") for upload in uploads)
    if 1 < code < _SIGNALS or code in _TOLD_TO_END:
        told = f"{code} can never be: labctl's own client ends with 0, or with 1 where it stops"
        yield Nonsense(path, f"{told} at an error; write one of the two")
    elif code == 1 and going_on:
        told = f"with `on_error: {going_on[0]}` the client ends with 0, whatever is refused"
        sure = "1 can never be" if _makes_bucket(lab) else "1 is not likely"
        hint = "write 0, or `on_error: stop`"
        yield Nonsense(path, f"{sure}: {told}; {hint}", warning=not _makes_bucket(lab))
    elif code == 1 and expect.most_refused == 0 and not settles:
        told = "contradicts refused: nothing is to be refused there, and the client ends with 1"
        yield Nonsense(path, f"{told} only where something is; write 0")
    elif code == 0 and refused and not going_on:
        told = "contradicts refused: with `on_error: stop` the client ends with 1 at the first"
        yield Nonsense(path, f"{told} refusal; write 1, or `on_error: continue`")


def _makes_bucket(lab: Lab) -> bool:
    """Whether the bucket is surely made: else the client ends with 1, whatever it was told."""
    minio, first = lab.minio, steps_of(lab)[0]
    ahead = first.upload is None or lab.bucket.quota or lab.bucket.versioning
    roomy = min(minio.drive_sizes().values()) >= _ROOMY and (minio.inodes or _INODES) >= _INODES
    return bool(ahead) or roomy


def _uploads(steps: Sequence[Step]) -> Iterator[Upload]:
    return (step.upload for step in steps if step.upload is not None)
