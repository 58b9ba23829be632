"""Folders of the user's own files: which files are sent, and what a `dir:` may not be."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

_KEY_BYTES = 1024


def find_files(folder: Path) -> Iterator[Path]:
    """The regular files in `folder` and its folders, in the order of their relative paths.

    Links to files are followed; links to folders and special files are left out. Raises OSError
    where a folder cannot be read.
    """
    for path in sorted(_walk(folder), key=lambda path: path.relative_to(folder).parts):
        if path.is_file():
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for root, folders, names in os.walk(folder, onerror=fail):
        links = (name for name in folders if Path(root, name).is_symlink())
        yield from (Path(root, name) for name in (*names, *links))


def refuse_folder(given: str, folder: Path) -> str:
    """Why the folder that was `given` cannot be sent, and what to do; empty where it can."""
    if ".." in PurePath(given).parts:
        return f"{given!r} leads out by '..'; put the folder beside the lab file"
    try:
        if not folder.is_dir():
            what = "is a file, no folder" if folder.exists() else "does not exist"
            return f"the folder {given!r} {what}; make it, or write another one"
        return _refuse_content(given, folder)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return f"the folder {given!r} cannot be read ({reason}); make it readable"


def _refuse_content(given: str, folder: Path) -> str:
    inside = folder.resolve()
    for path in _walk(folder):
        name = str(path.relative_to(folder))
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            return f"in the folder {given!r} the link {name!r} leads out of it; copy the file there"
        if told := _refuse_name(name):
            return f"in the folder {given!r} {name!r} {told}"
    if next(find_files(folder), None) is None:
        return f"the folder {given!r} holds no file; put the files to send into it"
    return ""


def _refuse_name(name: str) -> str:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is no UTF-8 name; rename it"
    return "is too long for an object's name; shorten it" if size > _KEY_BYTES else ""
