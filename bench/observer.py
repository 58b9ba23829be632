"""Row `observer`: what MinIO's audit records cost an upload, the observer running both times."""

from collections.abc import Callable

from bench.figures import Figure, Target
from bench.place import Place, rotated
from bench.ring import Ring
from bench.upload import NO_AUDIT, SMALL

_PARTS = ("audited", "unaudited")


def measure_observer(place: Place, rounds: int) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """The figure, and what is to be known of it."""
    seconds: dict[Callable[[], float], list[float]] = {
        _ring(place, part).time_labctl: [] for part in _PARTS
    }
    for number in range(rounds + 1):
        for race in rotated(tuple(seconds), number):
            seconds[race].append(race())
        shown = " against ".join(f"{found[-1]:.2f} s" for found in seconds.values())
        place.say(f"observer, {SMALL.what}, round {number} of {rounds}: {shown}")
    ours, theirs = (tuple(found[1:]) for found in seconds.values())
    figure = Figure("observer", SMALL.what, "s", ours, "without audit", theirs, Target("<=", 1.05))
    return (figure,), (
        "observer: run time of labctl's uploader with MinIO's audit webhook on and off; the "
        "observer's container runs both times",
    )


def _ring(place: Place, part: str) -> Ring:
    changes = SMALL.changes()
    changes["minio"] |= {"env": {} if part == "audited" else NO_AUDIT}
    wanted = place.draw(place.write_lab(part, changes))
    return Ring(place, place.lab_name(part), wanted, SMALL.count, watched=True)
