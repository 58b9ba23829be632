"""Files that travel with labctl: the labs and Dockerfile.app."""

from pathlib import Path

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
