"""An end that stores each result as an object of S3, or of a compatible store.

    pip install ./sdk/python boto3
    ASYA_SOCKET_DIR=/tmp/asya RESULTS_BUCKET=asya-results python3 examples/ends/store_in_s3.py

Credentials and region are read from AWS_*, and AWS_ENDPOINT_URL selects another store. The sidecar
acknowledges an envelope after its object is stored, and repeats the call after an error. A
duplicate has the same key and replaces the object by the same result.
"""
from __future__ import annotations

import hashlib
import os
from urllib.parse import quote

import boto3
from asya_runtime import Context, serve

BUCKET = os.environ["RESULTS_BUCKET"]
PREFIX = os.environ.get("RESULTS_PREFIX", "results/")
MAX_KEY_BYTES = 1024
store = boto3.client("s3")


def handle(payload: object, context: Context) -> None:
    store.put_object(
        Bucket=BUCKET,
        Key=object_key(result_key(context)),
        Body=context.body,
        ContentType="application/json",
    )


def result_key(context: Context) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = context.idempotency_key  # <id>.<hops>.<digest of the payload>
    return quote(key.rpartition(".")[0] or key, safe="!'()*")  # a very long key is sent as its checksum


def object_key(key: str) -> str:
    name = f"{PREFIX}{key}.json"
    if len(name) <= MAX_KEY_BYTES:
        return name
    return f"{PREFIX}sha256-{hashlib.sha256(key.encode()).hexdigest()}.json"


if __name__ == "__main__":
    serve(handle)
