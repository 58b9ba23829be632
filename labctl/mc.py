"""The mc commands that run inside MinIO's container: argv, standard input, and what they answer.

Credentials reach mc by its standard input, never by an argv.
"""

import json

ALIAS = "lab"


def import_alias() -> tuple[str, ...]:
    """Remember the server's own address and login, read from standard input."""
    return ("mc", "alias", "import", ALIAS, "/dev/stdin")


def alias_input(access_key: str, secret_key: str, port: int) -> bytes:
    """What `import_alias` reads."""
    alias = {
        "url": f"http://127.0.0.1:{port}",
        "accessKey": access_key,
        "secretKey": secret_key,
        "api": "S3v4",
        "path": "auto",
    }
    return json.dumps(alias).encode()


def make_bucket(bucket: str) -> tuple[str, ...]:
    """Make a bucket; one that is there is left as it is."""
    return ("mc", "mb", "--ignore-existing", f"{ALIAS}/{bucket}")


def keep_versions(bucket: str) -> tuple[str, ...]:
    """Turn versioning on."""
    return ("mc", "version", "enable", f"{ALIAS}/{bucket}")


def set_quota(bucket: str, quota: int | None) -> tuple[str, ...]:
    """Set a hard quota of `quota` bytes, or take it away."""
    target = f"{ALIAS}/{bucket}"
    if quota is None:
        return ("mc", "quota", "clear", target)
    return ("mc", "quota", "set", target, "--size", f"{quota}B")


def ask_quota(bucket: str) -> tuple[str, ...]:
    """Ask for a bucket's quota; read the answer with `read_quota`."""
    return ("mc", "quota", "info", f"{ALIAS}/{bucket}", "--json")


def set_quota_as_of_old(bucket: str, quota: int | None) -> tuple[str, ...]:
    """The same for an mc from before 2022-12."""
    change = ("--clear",) if quota is None else ("--hard", f"{quota}B")
    return ("mc", "admin", "bucket", "quota", f"{ALIAS}/{bucket}", *change)


def ask_quota_as_of_old(bucket: str) -> tuple[str, ...]:
    """The same for an mc from before 2022-12."""
    return ("mc", "admin", "bucket", "quota", f"{ALIAS}/{bucket}", "--json")


def is_unknown_command(said: bytes) -> bool:
    """Whether mc says that it does not know a command."""
    return b"is not a recognized command" in said


def read_quota(answer: bytes) -> int | None:
    """Bytes of the hard quota in an answer, or None where it has none."""
    try:
        found = json.loads(answer)
    except ValueError:
        return None
    hard = isinstance(found, dict) and str(found.get("type", "")).lower() == "hard"
    quota = found.get("quota") if hard else None
    return quota if isinstance(quota, int) and quota else None
