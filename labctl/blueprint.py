"""Pure: a lab and the images to run -> the resources that it is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labctl import audit_webhook, labels
from labctl.app.place import PORT
from labctl.labfile.lab import Lab
from labctl.players import (
    drive_mounts,
    has_files,
    mark,
    needs_bucket_first,
    uploader,
)
from labctl.resources import (
    Container,
    HealthCheck,
    Network,
    Port,
    Resource,
    Volume,
    never_started,
    with_spec,
)
from labctl.setting import (
    API_PORT,
    CONSOLE_PORT,
    MIB,
    MINIO,
    Setting,
    volume_role,
)

_SERVER_ROOM = 512 * MIB
"""What MinIO and the mc of its health check need beside its drives, whose pages count against its
limit. With half of it a busy machine's MinIO was killed, once in some hundred runs."""
_PLAYED_LATER = {"bucket", "client", "files", "seed", "steps"}
"""What a lab file says of steps, for which `up` may not have made anything yet."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Every resource of a lab, and what is done between making and starting them."""

    holder: Container
    network: Network
    drives: tuple[Volume, ...]
    files: Volume | None
    server: Container
    observer: Container
    client: Container | None
    """What plays the file's first step, where that is an upload."""
    bucket: Container | None
    """Says, where nothing else does, that the bucket was made, and its quota read back."""
    folders: Mapping[str, Path]
    bucket_first: bool
    """Whether labctl makes the bucket before the client starts."""

    def resources(self) -> tuple[Resource, ...]:
        """All, in the order in which they are named to people."""
        files = (self.files,) if self.files else ()
        last = tuple(each for each in (self.client, self.bucket) if each)
        containers = (self.holder, self.server, self.observer, *last)
        return (self.network, *self.drives, *files, *containers)


def blueprint(lab: Lab, setting: Setting, *, settled: bool = True) -> Blueprint:
    """The resources of `lab`. `settled`: whether they are all that its owner sets out to make."""
    draw = _Draughtsman(lab, setting)
    first = lab.numbered()[1][1].upload
    client = uploader(lab, setting, 1, first) if first else None
    network, drives, files = draw.network(), draw.drives(), draw.files()
    server, observer = draw.server(), draw.observer()
    stores = (*drives, files) if files else drives
    unmarked = client is not None and lab.bucket.quota is None
    bucket = None if unmarked else draw.bucket()
    last = tuple(each for each in (client, bucket) if each)
    parts: tuple[Resource, ...] = (network, *stores, server, observer, *last)
    return Blueprint(
        holder=draw.holder(tuple(part.name for part in parts) if settled else ()),
        network=network,
        drives=drives,
        files=files,
        server=server,
        observer=observer,
        client=client,
        bucket=bucket,
        folders=setting.folders,
        bucket_first=needs_bucket_first(lab),
    )


def server_memory(drives: int) -> int:
    """The memory limit of a MinIO with so many bytes of drives."""
    return drives + _SERVER_ROOM


@dataclass(frozen=True, slots=True)
class _Draughtsman:
    lab: Lab
    setting: Setting

    def holder(self, parts: tuple[str, ...]) -> Container:
        own = {
            labels.OWNER: self.setting.owner,
            labels.EVIDENCE: self.setting.evidence,
            labels.PARTS: " ".join(parts),
            labels.LAB_FILE: lab_label(self.lab),
            labels.SPEC: labels.spec_hash(self.lab.model_dump(mode="json", include=_PLAYED_LATER)),
        }
        marks = self.setting.marks(labels.HOLDER) | own
        return never_started(self.setting.name(labels.HOLDER), marks, self.setting.app.tag)

    def bucket(self) -> Container:
        return mark(self.setting, 0, labels.BUCKET)

    def network(self) -> Network:
        network = Network(self.setting.name(labels.NETWORK), self.setting.marks(labels.NETWORK))
        return with_spec(network)

    def drives(self) -> tuple[Volume, ...]:
        return tuple(
            with_spec(self._drive(drive, size))
            for drive, size in self.lab.minio.drive_sizes().items()
        )

    def _drive(self, drive: str, size: int) -> Volume:
        role = volume_role(drive)
        marks = self.setting.marks(role) | {labels.SIZE: str(size)}
        return Volume(self.setting.name(role), marks, size, self.lab.minio.inodes)

    def files(self) -> Volume | None:
        if not has_files(self.lab):
            return None
        return with_spec(Volume(self.setting.name(labels.FILES), self.setting.marks(labels.FILES)))

    def server(self) -> Container:
        minio = self.lab.minio
        paths = "/data1" if minio.drives == 1 else f"/data{{1...{minio.drives}}}"
        listen = ("--address", f":{API_PORT}", "--console-address", f":{CONSOLE_PORT}")
        return with_spec(
            Container(
                name=self.setting.name(MINIO),
                labels=self.setting.image_marks(MINIO, self.setting.server),
                image=self.setting.server.tag,
                command=("minio", "server", *listen, paths),
                env=self._server_environment(),
                mounts=drive_mounts(self.setting, self._drive_names(), root="/"),
                network=self.setting.name(labels.NETWORK),
                aliases=(MINIO,),
                ports=(Port(API_PORT, minio.ports.api), Port(CONSOLE_PORT, minio.ports.console)),
                health=HealthCheck(("mc", "ready", "local")),
                memory=server_memory(sum(minio.drive_sizes().values())),
                pids=4096,
            )
        )

    def _server_environment(self) -> dict[str, str]:
        minio = self.lab.minio
        given = audit_webhook.ENVIRONMENT | {
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

    def observer(self) -> Container:
        watched = (f"{drive}=/drives/{drive.split('/')[1]}" for drive in self._drive_names())
        return with_spec(
            Container(
                name=self.setting.name(labels.OBSERVER),
                labels=self.setting.image_marks(labels.OBSERVER, self.setting.app),
                image=self.setting.app.tag,
                command=("python3", "-m", "labctl.app", "observer", str(PORT), *watched),
                mounts=drive_mounts(self.setting, self._drive_names(), read_only=True),
                network=self.setting.name(labels.NETWORK),
                aliases=(labels.OBSERVER,),
                memory=128 * MIB,
                pids=32,
            )
        )

    def _drive_names(self) -> tuple[str, ...]:
        return tuple(self.lab.minio.drive_sizes())


def lab_label(lab: Lab) -> str:
    """A lab as JSON for a label: without what may hold a secret. `read_lab_label` reads it."""
    login = (lab.minio.access_key, lab.minio.secret_key)
    told = any(key in word for key in login for word in lab.client.command)
    secret = {
        "minio": {"access_key", "secret_key", "env"},
        "client": {"command"} if told else set[str](),
    }
    document = lab.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude=secret)
    return json.dumps(document, separators=(",", ":"))


def read_lab_label(text: str, access_key: str, secret_key: str) -> Lab:
    """The lab of `lab_label`, with its login. Raises ValueError where the text is none."""
    document = json.loads(text)
    keys = {"access_key": access_key, "secret_key": secret_key}
    return Lab.model_validate(document | {"minio": document.get("minio", {}) | keys})
