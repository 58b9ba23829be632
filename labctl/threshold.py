"""MinIO's check ahead of a write: whether it has room for so many bytes, by its own reckoning."""

from collections.abc import Sequence

UNKNOWN_SIZE = 2**30
"""What MinIO takes for the size of an object of unknown size, or one that it compresses."""


def is_full(drives: Sequence[tuple[int, int]], size: int) -> bool:
    """Whether MinIO's check ahead of a write of `size` bytes refuses; drives as (free, size)."""
    if not drives:
        return False
    left = sum(free for free, _ in drives) - 2 * size
    return (
        any(free <= 2 * size / len(drives) for free, _ in drives)
        or left <= sum(total for _, total in drives) / 100
    )
