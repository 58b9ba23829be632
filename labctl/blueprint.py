"""Pure: a lab and the images to run -> the resources that it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labctl import __version__, labels
from labctl.app.task import Group, UploadTask
from labctl.labfile.lab import Folder, Lab, Upload
from labctl.resources import (
    Container,
    HealthCheck,
    Mount,
    Network,
    Port,
    Resource,
    Volume,
    with_spec,
)

MIB = 2**20
API_PORT = 9000
CONSOLE_PORT = 9001
MINIO = "minio"
FILES_ROOT = "/files"
REGION = "us-east-1"
_PATIENCE = 600.0
"""How long the uploader waits for the server, in seconds; `up` itself gives up long before."""
_SERVER_ROOM = 256 * MIB
"""What MinIO needs beside its drives, whose pages count against its limit."""


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


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Every resource of a lab, and what is done between making and starting them."""

    holder: Container
    network: Network
    drives: tuple[Volume, ...]
    files: Volume | None
    server: Container
    observer: Container
    client: Container
    folders: Mapping[str, Path]
    bucket_first: bool
    """Whether labctl makes the bucket before the client starts."""

    def resources(self) -> tuple[Resource, ...]:
        """All, in the order in which they are named to people."""
        files = (self.files,) if self.files else ()
        containers = (self.holder, self.server, self.observer, self.client)
        return (self.network, *self.drives, *files, *containers)


def blueprint(
    lab: Lab, setting: Setting, upload: Upload | None = None, number: int = 1
) -> Blueprint:
    """The resources of `lab`; its client plays `upload`, the file's `number`-th step."""
    draw = _Draughtsman(lab, setting)
    client = draw.client(upload or first_upload(lab), number)
    network, drives, files = draw.network(), draw.drives(), draw.files()
    server, observer = draw.server(), draw.observer()
    stores = (*drives, files) if files else drives
    parts: tuple[Resource, ...] = (network, *stores, server, observer, client)
    return Blueprint(
        holder=draw.holder(tuple(part.name for part in parts)),
        network=network,
        drives=drives,
        files=files,
        server=server,
        observer=observer,
        client=client,
        folders=setting.folders,
        bucket_first=needs_bucket_first(lab),
    )


def first_upload(lab: Lab) -> Upload:
    """The lab's first step, or an upload of everything where it has none."""
    return lab.steps[0].upload if lab.steps else Upload()


def needs_bucket_first(lab: Lab) -> bool:
    """Whether labctl makes the bucket: a quota or versions are set before the first put, and a
    client of the user's own may count on a bucket. labctl's own client makes a plain one itself,
    so that its container may start together with the server's."""
    return bool(lab.client.image or lab.bucket.quota or lab.bucket.versioning)


def upload_task(lab: Lab, upload: Upload, number: int = 1) -> UploadTask:
    """What the uploader's container is told. Each step has a seed of its own, so that an object
    says which step wrote it."""
    client, retry = lab.client, lab.client.retry
    on_error = upload.on_error or client.on_error
    return UploadTask(
        bucket=lab.bucket.name,
        groups=tuple(_group(lab, name) for name in upload.groups or tuple(lab.files)),
        part_size=client.part_size,
        parallel=upload.parallel or client.parallel,
        pace=client.pace if upload.pace is None else upload.pace,
        on_error=on_error,
        attempts=retry.attempts if on_error == "retry" else 1,
        wait=retry.wait,
        max_wait=retry.max_wait,
        give_up=retry.give_up,
        timeout=client.timeout,
        seed=lab.seed + number - 1,
        make_bucket=not needs_bucket_first(lab),
        ready_timeout=_PATIENCE,
    )


def _group(lab: Lab, name: str) -> Group:
    files = lab.files[name]
    if isinstance(files, Folder):
        return Group(name, folder=f"{FILES_ROOT}/{name}")
    return Group(name, files.count, files.size)


@dataclass(frozen=True, slots=True)
class _Draughtsman:
    lab: Lab
    setting: Setting

    def name(self, role: str) -> str:
        return labels.resource_name(self.setting.lab, role)

    def marks(self, role: str, **more: str) -> dict[str, str]:
        return {
            labels.LAB: self.setting.lab,
            labels.ROLE: role,
            labels.VERSION: __version__,
        } | more

    def image_marks(self, role: str, image: RunImage) -> dict[str, str]:
        return self.marks(role) | {labels.IMAGE_ID: image.id}

    def holder(self, parts: tuple[str, ...]) -> Container:
        own = {
            labels.OWNER: self.setting.owner,
            labels.EVIDENCE: self.setting.evidence,
            labels.PARTS: " ".join(parts),
        }
        return Container(
            name=self.name(labels.HOLDER),
            labels=self.marks(labels.HOLDER) | own,
            image=self.setting.app.tag,
            command=("true",),
            memory=16 * MIB,
            pids=8,
        )

    def network(self) -> Network:
        network = Network(self.name(labels.NETWORK), self.marks(labels.NETWORK))
        return with_spec(network)

    def drives(self) -> tuple[Volume, ...]:
        return tuple(
            with_spec(self._drive(drive, size))
            for drive, size in self.lab.minio.drive_sizes().items()
        )

    def _drive(self, drive: str, size: int) -> Volume:
        role = drive.replace("/", "-")
        marks = self.marks(role) | {labels.SIZE: str(size)}
        return Volume(self.name(role), marks, size, self.lab.minio.inodes)

    def files(self) -> Volume | None:
        if not any(isinstance(group, Folder) for group in self.lab.files.values()):
            return None
        return with_spec(Volume(self.name(labels.FILES), self.marks(labels.FILES)))

    def server(self) -> Container:
        minio = self.lab.minio
        paths = "/data1" if minio.drives == 1 else f"/data{{1...{minio.drives}}}"
        listen = ("--address", f":{API_PORT}", "--console-address", f":{CONSOLE_PORT}")
        return with_spec(
            Container(
                name=self.name(MINIO),
                labels=self.image_marks(MINIO, self.setting.server),
                image=self.setting.server.tag,
                command=("minio", "server", *listen, paths),
                env=self._server_environment(),
                mounts=self._mounts("/"),
                network=self.name(labels.NETWORK),
                aliases=(MINIO,),
                ports=(Port(API_PORT, minio.ports.api), Port(CONSOLE_PORT, minio.ports.console)),
                health=HealthCheck(("mc", "ready", "local")),
                memory=sum(minio.drive_sizes().values()) + _SERVER_ROOM,
                pids=4096,
            )
        )

    def _server_environment(self) -> dict[str, str]:
        minio = self.lab.minio
        given = {
            "MINIO_ROOT_USER": minio.access_key,
            "MINIO_ROOT_PASSWORD": minio.secret_key,
            "MINIO_UPDATE": "off",
            "MC_CONFIG_DIR": "/tmp/.mc",  # noqa: S108 - a path inside the container
        }
        if minio.parity is not None:
            given["MINIO_STORAGE_CLASS_STANDARD"] = f"EC:{minio.parity}"
        if minio.scanner == "fast":
            given["MINIO_SCANNER_SPEED"] = "fastest"
        return given | dict(minio.env)

    def _mounts(self, root: str, *, read_only: bool = False) -> tuple[Mount, ...]:
        return tuple(
            Mount(self.name(drive.replace("/", "-")), root + drive.split("/")[1], read_only)
            for drive in self.lab.minio.drive_sizes()
        )

    def observer(self) -> Container:
        watched = (f"{drive}=/drives/{drive.split('/')[1]}" for drive in self._drive_names())
        return with_spec(
            Container(
                name=self.name(labels.OBSERVER),
                labels=self.image_marks(labels.OBSERVER, self.setting.app),
                image=self.setting.app.tag,
                command=("python3", "-m", "labctl.app.observer", *watched),
                mounts=self._mounts("/drives/", read_only=True),
                network=self.name(labels.NETWORK),
                aliases=(labels.OBSERVER,),
                memory=64 * MIB,
                pids=32,
            )
        )

    def _drive_names(self) -> tuple[str, ...]:
        return tuple(self.lab.minio.drive_sizes())

    def client(self, upload: Upload, number: int) -> Container:
        role = labels.UPLOADER if number == 1 else f"{labels.UPLOADER}-{number}"
        image = self.setting.client or self.setting.app
        task = upload_task(self.lab, upload, number)
        own = self.lab.client
        files = (Mount(self.name(labels.FILES), FILES_ROOT),) if self.files() else ()
        return with_spec(
            Container(
                name=self.name(role),
                labels=self.image_marks(role, image),
                image=image.tag,
                command=own.command if own.image else _uploader_command(task),
                env=self._client_environment(),
                mounts=files,
                network=self.name(labels.NETWORK),
                aliases=(role,),
                user=own.user if own.image else "1000:1000",
                read_only=not (own.image and own.writable),
                memory=_client_memory(task),
                pids=512,
            )
        )

    def _client_environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://{MINIO}:{API_PORT}",
            "AWS_ACCESS_KEY_ID": self.lab.minio.access_key,
            "AWS_SECRET_ACCESS_KEY": self.lab.minio.secret_key,
            "AWS_REGION": REGION,
            "S3_BUCKET": self.lab.bucket.name,
        }


def _uploader_command(task: UploadTask) -> tuple[str, ...]:
    return ("python3", "-m", "labctl.app.uploader", *task.to_arguments())


def _client_memory(task: UploadTask) -> int:
    """Room for the interpreter, and for three copies of every part that is under way."""
    return 256 * MIB + 3 * task.parallel * task.part_size
