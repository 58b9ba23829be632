"""Pure: the containers that play steps."""

from collections.abc import Iterable
from dataclasses import replace

from labctl import labels
from labctl.app.task import (
    DeleteTask,
    Group,
    HandTask,
    ProbeTask,
    Task,
    UploadTask,
    VerifyTask,
    WaitTask,
    Writer,
)
from labctl.labfile.lab import Folder, Lab
from labctl.labfile.verbs import Delete, Probe, Upload
from labctl.resources import Container, Mount, never_started, with_spec
from labctl.setting import (
    DRIVES_ROOT,
    FILES_ROOT,
    MIB,
    Setting,
    client_environment,
    drive_path,
    volume_role,
)

_PATIENCE = 600.0
"""How long a program waits for the server, in seconds; `up` itself gives up long before."""
_ROOM = 256 * MIB
"""What an interpreter with minio-py takes, with room to spare."""
_HAND_ROOM = 64 * MIB
Ranges = dict[str, tuple[tuple[int, int], ...]]
"""Numbers of objects within each group, as pairs of first and last."""


def role_of(lab: Lab, number: int, verb: str) -> str:
    """The role of the container that plays a step: the file's first upload is the `uploader`."""
    if verb == "upload":
        first = next((n for n, (_, step) in lab.numbered().items() if step.upload), None)
        return labels.UPLOADER if number == first else f"{labels.UPLOADER}-{number}"
    return f"{verb}-{number}"


def needs_bucket_first(lab: Lab) -> bool:
    """Whether labctl makes the bucket: a quota or versions are set before the first put, a client
    of the user's own may count on a bucket, and so do steps that play before an upload. labctl's
    own client makes a plain one itself, so that it may start together with the server."""
    first = next(iter(lab.numbered().values()))[1]
    settings = lab.client.image or lab.bucket.quota or lab.bucket.versioning
    return bool(settings) or first.upload is None


def uploader(
    lab: Lab,
    setting: Setting,
    number: int,
    upload: Upload,
    *,
    only: Ranges | None = None,
    writers: tuple[Writer, ...] = (),
) -> Container:
    """The client that plays an upload; `only` restricts the objects of its groups, `writers` may
    have sent the parts that it completes."""
    own = lab.client
    image = setting.client or setting.app
    task = upload_task(lab, upload, number, only=only, writers=writers)
    files = (Mount(setting.name(labels.FILES), FILES_ROOT),) if has_files(lab) else ()
    role = role_of(lab, number, "upload")
    marks = setting.image_marks(role, image)
    return with_spec(
        Container(
            name=setting.name(role),
            labels=marks | {labels.STEP: str(number), labels.WRITER: _writer(task)},
            image=image.tag,
            command=own.command if own.image else _command("uploader", task),
            env=client_environment(lab),
            mounts=files,
            network=setting.name(labels.NETWORK),
            aliases=(role,) if own.image else (),
            shares=None if own.image else setting.name(labels.OBSERVER),
            user=own.user if own.image else "1000:1000",
            read_only=not (own.image and own.writable),
            memory=_ROOM + 3 * task.parallel * task.part_size,
            pids=512,
        )
    )


def program(
    lab: Lab, setting: Setting, number: int, role: str, task: Task, mounts: tuple[Mount, ...] = ()
) -> Container:
    """A container of the app image that does `task` against the server."""
    return Container(
        name=setting.name(role),
        labels=setting.image_marks(role, setting.app) | {labels.STEP: str(number)},
        image=setting.app.tag,
        command=_command(_PROGRAMS[type(task)], task),
        env=client_environment(lab),
        mounts=mounts,
        network=setting.name(labels.NETWORK),
        shares=setting.name(labels.OBSERVER),
        memory=_ROOM + 2 * _largest_body(task),
        pids=64,
    )


def hand(setting: Setting, number: int, role: str, task: HandTask, memory: int) -> Container:
    """A helper that works on drives. `memory` is what it may write, whose pages are its own; one
    that grows a drive is the only container of a lab with a capability."""
    grows = task.what == "grow"
    return Container(
        name=setting.name(role),
        labels=setting.image_marks(role, setting.app) | {labels.STEP: str(number)},
        image=setting.app.tag,
        command=_command("hand", task),
        mounts=drive_mounts(setting, task.drives),
        user="0:0" if grows else "1000:1000",
        capabilities=("SYS_ADMIN",) if grows else (),
        memory=_HAND_ROOM + memory,
        pids=32,
    )


def mark(setting: Setting, number: int, role: str) -> Container:
    """Says that a step is played, or was."""
    marks = setting.marks(role) | {labels.PLAYED: str(number)}
    return never_started(setting.name(role), marks, setting.app.tag)


def upload_task(
    lab: Lab,
    upload: Upload,
    number: int = 1,
    *,
    only: Ranges | None = None,
    writers: tuple[Writer, ...] = (),
) -> UploadTask:
    """What the uploader's container is told. Each step has a seed of its own, so that an object
    says which step wrote it."""
    client, retry = lab.client, lab.client.retry
    on_error = upload.on_error or client.on_error
    return UploadTask(
        bucket=lab.bucket.name,
        groups=groups_of(lab, upload.groups, only),
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
        step=number,
        overwrite=upload.overwrite or 1,
        resend=upload.resend,
        parts=upload.parts,
        writers=writers,
    )


def verify_task(
    lab: Lab, groups: tuple[Group, ...], writers: tuple[Writer, ...], *, listed: bool
) -> VerifyTask:
    """Read back `groups`, written by `writers`; with `listed` also what LIST alone names."""
    drives = {drive: drive_path(drive) for drive in lab.minio.drive_sizes()}
    return VerifyTask(
        lab.bucket.name, groups, writers, drives, listed, lab.client.timeout, _PATIENCE
    )


def delete_task(lab: Lab, delete: Delete) -> DeleteTask:
    """Delete what a step names."""
    groups = groups_of(lab, (delete.group,)) if delete.group else ()
    return DeleteTask(
        lab.bucket.name, groups, delete.count, delete.versions, lab.client.timeout, _PATIENCE
    )


def probe_task(lab: Lab, probe: Probe, existing: str | None) -> ProbeTask:
    """Try every call, reads on `existing`."""
    return ProbeTask(
        lab.bucket.name,
        existing,
        probe.small,
        probe.large,
        lab.client.part_size,
        lab.client.timeout,
        _PATIENCE,
    )


def wait_task(lab: Lab, until: str, size: int, every: float, within: float) -> WaitTask:
    """Put objects of `size` bytes until what is waited for comes."""
    return WaitTask(lab.bucket.name, until, size, every, within, lab.client.timeout, _PATIENCE)


def groups_of(lab: Lab, names: Iterable[str], only: Ranges | None = None) -> tuple[Group, ...]:
    """The groups of those names, all where there are none; restricted to `only`, where given."""
    groups = tuple(_group(lab, name) for name in tuple(names) or tuple(lab.files))
    if only is None:
        return groups
    return tuple(replace(group, only=only[group.name]) for group in groups if group.name in only)


def has_files(lab: Lab) -> bool:
    """Whether files of the user's own are sent."""
    return any(isinstance(group, Folder) for group in lab.files.values())


def drive_mounts(
    setting: Setting, drives: Iterable[str], *, read_only: bool = False, root: str = DRIVES_ROOT
) -> tuple[Mount, ...]:
    """The drives' volumes, as another container than MinIO's mounts them."""
    return tuple(
        Mount(setting.name(volume_role(drive)), drive_path(drive, root), read_only)
        for drive in drives
    )


def read_writer(text: str) -> Writer:
    """What a container's label says of the upload that it plays."""
    upload, seed, stamps = map(int, text.split(":"))
    return Writer(upload, seed, stamps)


def _writer(task: UploadTask) -> str:
    return f"{task.step}:{task.seed}:{task.overwrite * task.attempts}"


def _group(lab: Lab, name: str) -> Group:
    files = lab.files[name]
    if isinstance(files, Folder):
        return Group(name, folder=f"{FILES_ROOT}/{name}")
    return Group(name, files.count, files.size)


_PROGRAMS: dict[type[Task], str] = {
    VerifyTask: "verifier",
    DeleteTask: "deleter",
    ProbeTask: "prober",
    WaitTask: "waiter",
}


def _largest_body(task: Task) -> int:
    """Bytes of the largest body that a program holds to sign it."""
    match task:
        case WaitTask(size=size) | ProbeTask(large=size):
            return size
    return 0


def _command(name: str, task: Task) -> tuple[str, ...]:
    return ("python3", "-m", "labctl.app", name, *task.to_arguments())
