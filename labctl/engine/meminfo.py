"""Linux's /proc/meminfo, in bytes."""


def available(text: str) -> int:
    """What could still be given without swapping."""
    return _field(text, "MemAvailable")


def total(text: str) -> int:
    """All of it."""
    return _field(text, "MemTotal")


def _field(text: str, name: str) -> int:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise ValueError(f"no {name} in /proc/meminfo")
