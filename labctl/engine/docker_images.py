"""The images of a Docker engine."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import docker.auth
import docker.errors
import requests

from labctl import labels
from labctl.engine.base import SeenImage
from labctl.engine.docker_connect import Client
from labctl.engine.docker_convert import seen_image, split_tag
from labctl.engine.docker_errors import translated
from labctl.engine.tarstream import tar_folder
from labctl.errors import EngineError, NoImage

PULL_IDLE = 60
IMPORT_IDLE = 600
BUILD_IDLE = 1800
_TAIL = 15


class DockerImages:
    """An ImageStore. The limits above are seconds without a sign of life from the engine."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find_image(self, reference: str) -> SeenImage | None:
        """The image of that tag or id, or None."""
        try:
            with translated(f"look for image {reference}"):
                found = self._client.inspect_image(reference)  # type: ignore[no-untyped-call]
                return seen_image(found)
        except NoImage:
            return None

    def list_images(self) -> tuple[SeenImage, ...]:
        """The images that carry labctl's label."""
        with translated("list images"):
            listed = self._client.images(filters={"label": labels.IMAGE})
        found = (self.find_image(image["Id"]) for image in listed)
        return tuple(image for image in found if image is not None)

    def pull_image(self, reference: str) -> Iterator[str]:
        """Pull; yields lines of progress. Raises EngineError where it cannot be had."""
        what = f"pull {reference}"
        repository, tag = split_tag(reference)
        try:
            with translated(what), self._begin_pull(repository, tag) as response:
                yield from read_progress(_documents(response), what)
        except NoImage as error:
            raise EngineError(error.message) from error

    def _begin_pull(self, repository: str, tag: str) -> requests.Response:
        registry, _ = docker.auth.resolve_repository_name(repository)
        login = docker.auth.get_config_header(self._client, registry)
        return checked(
            self._client.post(
                self._client.address_of("/images/create"),
                params={"fromImage": repository, "tag": tag},
                headers={"X-Registry-Auth": login} if login else {},
                stream=True,
                timeout=PULL_IDLE,
            )
        )

    def import_image(self, tar: Path, tag: str, changes: tuple[str, ...]) -> None:
        """Make an image of one layer from a root file system; `changes` are Dockerfile lines."""
        what = f"import {tag}"
        repository, short = split_tag(tag)
        with translated(what), tar.open("rb") as content:
            response = self._client.post(
                self._client.address_of("/images/create"),
                params={"fromSrc": "-", "repo": repository, "tag": short, "changes": list(changes)},
                headers={"Content-Type": "application/x-tar"},
                data=content,
                stream=True,
                timeout=IMPORT_IDLE,
            )
            with checked(response):
                deque(read_progress(_documents(response), what), maxlen=0)

    def build_image(
        self, context: Path, dockerfile: str, tag: str, arguments: dict[str, str]
    ) -> Iterator[str]:
        """Build with the classic builder; yields the build's output. Raises EngineError."""
        what = f"build {tag}"
        with translated(what):
            output = self._client.build(
                fileobj=tar_folder(context),  # type: ignore[arg-type]
                custom_context=True,
                dockerfile=dockerfile,
                tag=tag,
                buildargs=dict(arguments),
                rm=True,
                forcerm=True,
                decode=True,
                timeout=BUILD_IDLE,
            )
            yield from read_progress(output, what)

    def tag_image(self, reference: str, tag: str) -> None:
        """Give an image a further tag."""
        repository, short = split_tag(tag)
        with translated(f"tag {reference} as {tag}"):
            self._client.tag(reference, repository, short)

    def remove_image(self, reference: str) -> None:
        """Remove a tag, and the image with its last one; no error where there is none."""
        try:
            with translated(f"remove image {reference}"):
                self._client.remove_image(reference)
        except NoImage:
            return


def checked(response: requests.Response) -> requests.Response:
    """`response`, unless it is a refusal. Raises the SDK's errors."""
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        with response:
            docker.errors.create_api_error_from_http_exception(error)
    return response


def _documents(response: requests.Response) -> Iterator[dict[str, Any]]:
    for line in response.iter_lines():
        if line.strip():
            yield json.loads(line)


def read_progress(documents: Iterable[dict[str, Any]], what: str) -> Iterator[str]:
    """Lines for people out of a stream of progress. Raises EngineError where it tells of one."""
    last: deque[str] = deque(maxlen=_TAIL)
    for document in documents:
        if "error" in document:
            tail = "".join(f"\n  {line}" for line in last)
            raise EngineError(f"{what}: {document['error'].strip()}{tail}")
        for line in _text(document).splitlines():
            last.append(line)
            yield line


def _text(document: dict[str, Any]) -> str:
    if "stream" in document:
        return str(document["stream"]).rstrip("\n")
    parts = (document.get("id"), document.get("status"), document.get("progress"))
    return " ".join(str(part) for part in parts if part)
