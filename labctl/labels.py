"""The labels and names under which an engine knows what belongs to which lab."""

import hashlib
import json
from typing import Any

LAB = "labctl.lab"
"""The lab's name; every resource of a lab has it."""
ROLE = "labctl.role"
"""What the resource is within the lab: `minio`, `uploader`, `minio-data1`, ..."""
SPEC = "labctl.spec"
"""Hash of what was asked for, on the holder of files and steps; another hash is drift."""
VERSION = "labctl.version"
"""The labctl that made the resource."""
EVIDENCE = "labctl.evidence"
"""On the holder: the folder into which `down` collects."""
OWNER = "labctl.owner"
"""On the holder: who took the lab, as JSON (host, pid, started, user)."""
PARTS = "labctl.parts"
"""On the holder: the names that its owner set out to make, space separated."""
LAB_FILE = "labctl.lab-file"
"""On the holder: the lab as JSON, without its secrets, so that further steps can be played."""
STEP = "labctl.step"
"""On a container: the number of the step that it plays."""
PLAYED = "labctl.played"
"""On a container that is never started: the number of a step that is played without one, or 0
where it says that the bucket was made."""
WRITER = "labctl.writer"
"""On an uploader: its number, its seed, and the largest stamp that it gives an object."""
SIZE = "labctl.size"
"""On a drive: its size in bytes, so that what all labs take can be added up."""
IMAGE_ID = "labctl.image-id"
"""On a container: the id of the image that its tag stood for."""
IMAGE = "labctl.image"
"""On an image that labctl built: the recipe's hash."""
HOW = "labctl.how"
"""On an image that labctl built: `built`."""
RELEASE = "labctl.release"
"""On an image that labctl built: the release of what it holds."""

HOLDER = "holder"
NETWORK = "net"
FILES = "files"
OBSERVER = "observer"
UPLOADER = "uploader"
BUCKET = "bucket"


def resource_name(lab: str, role: str) -> str:
    """The engine-wide name of a lab's resource."""
    return f"labctl-{lab}-{role}"


def spec_hash(spec: Any) -> str:
    """Sixteen hex digits over anything that JSON can write; equal specs give equal digits."""
    text = json.dumps(spec, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
