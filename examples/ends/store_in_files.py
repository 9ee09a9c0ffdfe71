"""An end that writes each result to a file of its own: `<id>.<hops>.json` in RESULTS_DIR.

    pip install ./sdk/python
    ASYA_SOCKET_DIR=/tmp/asya RESULTS_DIR=/tmp/results python3 examples/ends/store_in_files.py

The sidecar acknowledges an envelope after its file is on the disk. A duplicate replaces the file by
the same result.
"""
from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from asya_runtime import Context, serve

FOLDER = Path(os.environ.get("RESULTS_DIR", "results"))
MAX_NAME_BYTES = 255


def handle(payload: object, context: Context) -> None:
    write(FOLDER / file_name(result_key(context)), context.body)


def result_key(context: Context) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = context.idempotency_key  # <id>.<hops>.<digest of the payload>
    return quote(key.rpartition(".")[0] or key, safe="!'()*")  # a very long key is sent as its checksum


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


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    serve(handle)
