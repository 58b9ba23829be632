"""An ImageStore in memory, and programs of the tests' own."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from labctl import labels
from labctl.engine.base import EngineInfo, SeenImage
from labctl.errors import EngineError

MINIO = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
BUILT_MINIO = "labctl/minio:RELEASE.2025-09-07T16-13-09Z"


class Store:
    """An ImageStore in memory. `pullable` says what a registry has."""

    def __init__(self, *pullable: str, architecture: str = "amd64") -> None:
        self.images: dict[str, SeenImage] = {}
        self.pullable = pullable
        self.architecture = architecture
        self.calls: list[tuple[str, str]] = []
        self.imported: list[tuple[list[tarfile.TarInfo], tuple[str, ...]]] = []
        self.contexts: list[tuple[set[str], dict[str, str]]] = []
        self.refuses_removal = ""

    def hold(self, tag: str, labelled: dict[str, str] | None = None, created: float = 0.0) -> str:
        image = SeenImage(f"sha256:{tag}", (tag,), labelled or {}, "amd64", 7, created)
        self.images[tag] = image
        return image.id

    def find_image(self, reference: str) -> SeenImage | None:
        self.calls.append(("find", reference))
        return self.images.get(reference)

    def list_images(self) -> tuple[SeenImage, ...]:
        return tuple(image for image in self.images.values() if labels.IMAGE in image.labels)

    def pull_image(self, reference: str) -> Iterator[str]:
        self.calls.append(("pull", reference))
        yield "Pulling"
        if reference not in self.pullable:
            raise EngineError("the registry does not answer")
        self.hold(reference)

    def import_image(self, tar: Path, tag: str, changes: tuple[str, ...]) -> None:
        self.calls.append(("import", tag))
        with tarfile.open(tar) as members:
            self.imported.append((members.getmembers(), changes))
        self.hold(tag, dict(re.findall(r"(labctl\.\w+)=(\S+)", changes[-1])))

    def build_image(
        self, context: Path, dockerfile: str, tag: str, arguments: dict[str, str]
    ) -> Iterator[str]:
        self.calls.append(("build", tag))
        found = {path.relative_to(context).as_posix() for path in context.rglob("*.*")}
        assert (context / dockerfile).is_file()
        self.contexts.append((found, arguments))
        yield "Step 1/1 : FROM ${BASE}"
        self.hold(tag, {labels.IMAGE: arguments["RECIPE"], labels.HOW: "built"})

    def tag_image(self, reference: str, tag: str) -> None:
        self.images[tag] = self.images[reference]

    def remove_image(self, reference: str) -> None:
        if reference == self.refuses_removal:
            raise EngineError("a container uses it")
        self.calls.append(("remove", reference))
        self.images.pop(reference, None)

    def describe(self) -> EngineInfo:
        return EngineInfo("fake", "1", "1.41", "6", "Debian", self.architecture, 2, 2**30)

    def did(self, what: str) -> list[str]:
        return [reference for call, reference in self.calls if call == what]


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
