"""What every resource of a lab shares: names, labels, images, the way to the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from labctl import __version__, labels

if TYPE_CHECKING:
    from labctl.labfile.lab import Lab

MIB = 2**20
MINIO = "minio"
API_PORT = 9000
CONSOLE_PORT = 9001
REGION = "us-east-1"
FILES_ROOT = "/files"
DRIVES_ROOT = "/drives"


@dataclass(frozen=True, slots=True)
class RunImage:
    """An image to run: the tag, and the id that it stood for."""

    tag: str
    id: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What a lab is made with, beside its file."""

    lab: str
    server: RunImage
    app: RunImage
    owner: str
    evidence: str
    client: RunImage | None = None
    folders: Mapping[str, Path] = field(default_factory=dict)

    def name(self, role: str) -> str:
        """The engine-wide name of a resource of the lab."""
        return labels.resource_name(self.lab, role)

    def marks(self, role: str, **more: str) -> dict[str, str]:
        """The labels of a resource of the lab."""
        return {
            labels.LAB: self.lab,
            labels.ROLE: role,
            labels.VERSION: __version__,
        } | more

    def image_marks(self, role: str, image: RunImage) -> dict[str, str]:
        """The labels of a container of the lab."""
        return self.marks(role) | {labels.IMAGE_ID: image.id}


def client_environment(lab: "Lab") -> dict[str, str]:
    """Where the server is, and the keys to it, under the names that S3 clients share."""
    return {
        "AWS_ENDPOINT_URL": f"http://{MINIO}:{API_PORT}",
        "AWS_ACCESS_KEY_ID": lab.minio.access_key,
        "AWS_SECRET_ACCESS_KEY": lab.minio.secret_key,
        "AWS_REGION": REGION,
        "S3_BUCKET": lab.bucket.name,
    }


def volume_role(drive: str) -> str:
    """The role of a drive's volume: `minio-data1` of `minio/data1`."""
    return drive.replace("/", "-")


def drive_path(drive: str, root: str = DRIVES_ROOT) -> str:
    """Where a drive is mounted: `/drives/data1` of `minio/data1`, in MinIO itself `/data1`."""
    return f"{root.rstrip('/')}/{drive.split('/')[1]}"
