"""Gets several images side by side."""

from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from labctl.errors import Interrupted, NoImage
from labctl.images.catalog import source_of
from labctl.images.programs import Programs
from labctl.images.resolve import resolve
from labctl.images.source import ImageUsed, Place, Report, Work


def obtain(place: Place, references: tuple[str, ...], report: Report) -> dict[str, ImageUsed]:
    """Every image by the reference that asked for it, each present, pulled or built.

    `report` is called from several threads. The first failure ends the others' work; what Go has
    compiled by then is kept in its cache. Raises NoImage with all reasons.
    """
    wanted = tuple(dict.fromkeys(references))
    programs = Programs()
    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        try:
            jobs = [pool.submit(_obtain_one, place, name, report, programs) for name in wanted]
            wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            programs.stop()
    _raise_failures(jobs)
    return {job.result().reference: job.result() for job in jobs}


def _obtain_one(place: Place, name: str, report: Report, programs: Programs) -> ImageUsed:
    return resolve(source_of(name), place, Work(name, report, programs))


def _raise_failures(jobs: list[Future[ImageUsed]]) -> None:
    errors = [error for job in jobs if (error := job.exception()) is not None]
    missing = [error for error in errors if isinstance(error, NoImage)]
    for error in errors:
        if not isinstance(error, NoImage | Interrupted):
            raise error
    if missing:
        raise NoImage("\n".join(error.message for error in missing), missing[0].hint)
