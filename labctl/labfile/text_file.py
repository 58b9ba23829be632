"""A lab file's bytes into text."""

from pathlib import Path

from labctl.errors import LabFileError

MAX_BYTES = 2**20


def read_text(path: Path) -> str:
    """The text of a file. Raises LabFileError where there is none that a lab file could hold."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise LabFileError((f"{path}: {_reason(error)}",)) from None
    if len(data) > MAX_BYTES:
        raise LabFileError((f"{path}: is larger than 1 MiB; a lab file is a few lines of YAML",))
    return _decode(path, data)


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = "is not UTF-8 text from here on; save the file as UTF-8"
        raise LabFileError((f"{path}:{line}:{column}: {what}",)) from None


def _reason(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file; name a lab file, or write one with `labctl init`"
        case IsADirectoryError():
            return "is a folder; name the lab file in it"
        case PermissionError():
            return "may not be read; make it readable"
        case OSError():
            return f"cannot be read ({error.strerror}); name another file"
    return f"cannot be read ({error}); name another file"
