"""Labs, settings and engines' worlds for unit tests."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from labctl import labels
from labctl.blueprint import Blueprint, blueprint
from labctl.labfile.lab import Lab
from labctl.plan import CopyFiles, Create, Plan, PrepareBucket, Remove, Start, plan_up
from labctl.resources import (
    Container,
    Health,
    Network,
    Observed,
    Resource,
    SeenContainer,
    SeenNetwork,
    SeenVolume,
    State,
    Volume,
)
from labctl.setting import RunImage, Setting

SERVER = RunImage("labctl/minio:x", "sha256:01")
APP = RunImage("labctl/app:x", "sha256:02")


def lab(**fields: Any) -> Lab:
    """A small lab; `fields` as in a lab file."""
    return Lab.model_validate({"files": {"some": {"count": 3, "size": "1MiB"}}} | fields)


def setting(**fields: Any) -> Setting:
    """A setting for lab `t`."""
    given = Setting(lab="t", server=SERVER, app=APP, owner="{}", evidence="/evidence/t")
    return replace(given, **fields)


def drawn(*, folders: dict[str, Path] | None = None, **fields: Any) -> Blueprint:
    """The blueprint of a small lab."""
    return blueprint(lab(**fields), setting(folders=folders or {}))


def bucket_of(wanted: Blueprint, quota: int | None = None) -> PrepareBucket:
    """The bucket operation of a lab."""
    return PrepareBucket(wanted.server.name, "files", quota, versioning=False)


def plan(wanted: Blueprint, observed: Observed, quota: int | None = None) -> Plan:
    """The plan of an `up`."""
    return plan_up(wanted, observed, bucket=bucket_of(wanted, quota))


def carry_out(steps: Iterable[Any], before: Observed) -> Observed:
    """What an engine holds after operations, if everything went well."""
    seen = {found.id: found for found in before.everything()}
    for operation in steps:
        match operation.action:
            case Create(resource):
                seen[f"id-{resource.name}"] = as_seen(resource)
            case Remove(gone):
                del seen[gone.id]
            case Start(name):
                seen[f"id-{name}"] = replace(
                    seen[f"id-{name}"], state=State.RUNNING, health=Health.HEALTHY
                )
            case CopyFiles(name):
                assert f"id-{name}" in seen
    return Observed(
        tuple(found for found in seen.values() if isinstance(found, SeenContainer)),
        tuple(found for found in seen.values() if isinstance(found, SeenNetwork)),
        tuple(found for found in seen.values() if isinstance(found, SeenVolume)),
    )


def as_seen(resource: Resource) -> Any:
    """A resource as an engine lists it right after it was made."""
    name = resource.name
    match resource:
        case Volume():
            return SeenVolume(f"id-{name}", name, resource.labels)
        case Network():
            return SeenNetwork(f"id-{name}", name, resource.labels)
        case Container():
            return SeenContainer(f"id-{name}", name, resource.labels, State.CREATED, resource.image)


def holder_label(observed: Observed, key: str) -> str:
    """A label of the lab's holder."""
    holder = observed.by_role(labels.HOLDER)
    assert holder is not None
    return holder.labels[key]
