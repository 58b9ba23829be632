"""Files that travel with labctl: the labs and Dockerfile.app."""

from pathlib import Path

from labctl.errors import UsageError

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "data"
_SOURCE_TREE = _PACKAGE.parent


def asset(name: str) -> Path:
    """The path of a file or folder that comes with labctl, installed or in its source tree."""
    installed = _INSTALLED / name
    return installed if installed.exists() else _SOURCE_TREE / name


def labs() -> dict[str, Path]:
    """The labs that come with labctl, by name."""
    return {path.stem: path for path in sorted(asset("labs").glob("*.yaml"))}


def write_labs(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write the labs and their schema into `folder`; paths written, and paths left alone because
    they are there. Raises UsageError where the folder cannot be written."""
    sources = (*labs().values(), asset("labs") / "lab.schema.json")
    written: list[Path] = []
    kept: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sources:
            target = folder / source.name
            (kept if target.exists() else written).append(target)
            if target in written:
                target.write_bytes(source.read_bytes())
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from error
    return tuple(written), tuple(kept)
