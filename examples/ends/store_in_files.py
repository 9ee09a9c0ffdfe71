"""An end that writes each result to a file of its own: `<id>.<hops>.json` in RESULTS_DIR.

    ASYA_SOCKET_DIR=/tmp/asya RESULTS_DIR=/tmp/results \\
      python3 examples/runtimes/python/http_runtime.py examples/ends/store_in_files.py

The sidecar acknowledges an envelope after its file is on the disk. A duplicate replaces the file by
the same result. Needs Python 3.9 or newer, and no packages.
"""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Mapping

FOLDER = Path(os.environ.get("RESULTS_DIR", "results"))
FOLDER.mkdir(parents=True, exist_ok=True)
MAX_NAME_BYTES = 255


def handle(payload: Any, headers: Mapping[str, str]) -> None:
    write(FOLDER / file_name(result_key(headers)), json.dumps(payload, allow_nan=False).encode())


def result_key(headers: Mapping[str, str]) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = headers["asya-idempotency-key"]  # <id>.<hops>.<digest of the payload>
    return key.rpartition(".")[0] or key  # a very long key is sent as its checksum


def file_name(key: str) -> str:
    name = f"{key}.json"
    if len(name) <= MAX_NAME_BYTES and not name.startswith("."):
        return name
    return f"sha256-{hashlib.sha256(key.encode()).hexdigest()}.json"


def write(path: Path, content: bytes) -> None:
    """Writes a file completely or not at all, and waits for the disk."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
