"""How a server is told to send its audit records to the lab's observer."""

from labctl import labels
from labctl.app.place import PATH, PORT

ENABLE = "MINIO_AUDIT_WEBHOOK_ENABLE_lab"
"""The server's variable for whether it sends them."""
ENDPOINT = "MINIO_AUDIT_WEBHOOK_ENDPOINT_lab"
"""The server's variable for where it sends them."""
BATCH = "MINIO_AUDIT_WEBHOOK_BATCH_SIZE_lab"
"""The server's variable for how many it sends together."""
URL = f"http://{labels.OBSERVER}:{PORT}{PATH}"

ENVIRONMENT = {
    ENABLE: "on",
    ENDPOINT: URL,
    # One by one, records cost uploads an eighth of their speed, and a burst's come late. A batch
    # that is not full waits for up to two seconds: `drain` fills it.
    BATCH: "100",
    "MINIO_AUDIT_WEBHOOK_RETRY_INTERVAL_lab": "100ms",
}
"""A server's variables."""
