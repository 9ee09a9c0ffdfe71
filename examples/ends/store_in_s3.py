"""An end that stores each result as an object of S3, or of a compatible store.

    pip install boto3
    ASYA_SOCKET_DIR=/tmp/asya RESULTS_BUCKET=asya-results \\
      python3 examples/runtimes/python/http_runtime.py examples/ends/store_in_s3.py

Credentials and region are read from AWS_*, and AWS_ENDPOINT_URL selects another store. The sidecar
acknowledges an envelope after its object is stored, and repeats the call after an error. A
duplicate has the same key and replaces the object by the same result. Needs Python 3.9 or newer
and boto3.
"""
from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Mapping

import boto3

BUCKET = os.environ["RESULTS_BUCKET"]
PREFIX = os.environ.get("RESULTS_PREFIX", "results/")
MAX_KEY_BYTES = 1024
store = boto3.client("s3")


def handle(payload: Any, headers: Mapping[str, str]) -> None:
    store.put_object(
        Bucket=BUCKET,
        Key=object_key(result_key(headers)),
        Body=json.dumps(payload, allow_nan=False).encode(),
        ContentType="application/json",
    )


def result_key(headers: Mapping[str, str]) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = headers["asya-idempotency-key"]  # <id>.<hops>.<digest of the payload>
    return key.rpartition(".")[0] or key  # a very long key is sent as its checksum


def object_key(key: str) -> str:
    name = f"{PREFIX}{key}.json"
    if len(name) <= MAX_KEY_BYTES:
        return name
    return f"{PREFIX}sha256-{hashlib.sha256(key.encode()).hexdigest()}.json"
