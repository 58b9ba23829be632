"""Audit records as MinIO sends them, for tests."""

import json
from typing import Any

SECRETS = ("AKID", "5f0c", "claimed", "amz-hidden")
"""Words that stand in a record of MinIO's and must not come out of the observer."""


def minio_record(**changes: Any) -> dict[str, Any]:
    """A put of a part, with all that MinIO tells of it."""
    api = {
        "name": "PutObjectPart", "bucket": "files", "object": "a b/ü", "status": "OK",
        "statusCode": 200, "rx": 5242880, "tx": 0, "txHeaders": 405,
        "timeToFirstByte": "1084195ns", "timeToFirstByteInNS": "1084195",
        "timeToResponse": "1500000000ns", "timeToResponseInNS": "1500000000",
    }  # fmt: skip
    record = {
        "version": "1",
        "deploymentid": "ef455e3c-5c5f-4a28-b8fd-1738929a7404",
        "time": "2026-01-31T12:00:00.123456789Z",
        "event": "",
        "trigger": "incoming",
        "api": api,
        "remotehost": "172.18.0.1",
        "requestID": "18EA764BF881B044",
        "userAgent": "MinIO (Linux; x86_64) minio-py/7.2.20",
        "requestPath": "/files/a b/ü",
        "requestHost": "minio:9000",
        "requestClaims": {"sub": "claimed"},
        "requestQuery": {"partNumber": "2", "uploadId": "U1", "X-Amz-Signature": "5f0c"},
        "requestHeader": {"Authorization": "AWS4-HMAC-SHA256 Credential=AKID, Signature=5f0c"},
        "responseHeader": {"X-Amz-Id-2": "amz-hidden"},
        "accessKey": "AKID",
    }
    return record | changes


def minio_text(**changes: Any) -> bytes:
    """The same as MinIO sends it."""
    return json.dumps(minio_record(**changes)).encode() + b"\n"
