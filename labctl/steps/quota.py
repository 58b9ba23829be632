"""`quota`: the bucket's hard quota is set, or taken away."""

import time

from labctl.events import QuotaSet
from labctl.labfile.verbs import Quota
from labctl.quota import ServerMc, confirm_quota, set_quota
from labctl.steps.scene import Scene


def play(quota: Quota, scene: Scene) -> None:
    """Set it with mc inside MinIO's container and read it back. Raises LabFailed."""
    stage = scene.stage
    bucket = stage.lab.bucket.name
    scene.mark()
    server = ServerMc(stage.engine, stage.server)
    server.log_in()
    set_quota(server, bucket, quota.size)
    confirm_quota(server, bucket, quota.size)
    stage.tell(QuotaSet(time.time(), bucket, quota.size))
