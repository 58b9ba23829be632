"""The verbs of steps, a module each: what stands under them in a lab file."""

from labctl.labfile.verbs.ballast import Ballast
from labctl.labfile.verbs.delete import Delete
from labctl.labfile.verbs.grow import Grow
from labctl.labfile.verbs.probe import Probe
from labctl.labfile.verbs.quota import Quota
from labctl.labfile.verbs.upload import Upload
from labctl.labfile.verbs.verify import Verify
from labctl.labfile.verbs.wait import Wait

__all__ = ["Ballast", "Delete", "Grow", "Probe", "Quota", "Upload", "Verb", "Verify", "Wait"]

Verb = Upload | Verify | Probe | Delete | Ballast | Grow | Quota | Wait
