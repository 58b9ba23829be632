"""What a lab file's models take and that cannot be meant."""

from dataclasses import dataclass

from labctl.labfile.step import KeyPath


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What is wrong with the value at a path of the lab file, or with its key where `key` is set; a
    warning does not keep the lab from being made."""

    path: KeyPath
    message: str
    warning: bool = False
    key: bool = False
