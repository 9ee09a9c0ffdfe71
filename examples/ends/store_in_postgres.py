"""An end that stores each result in a table of PostgreSQL.

    pip install 'psycopg[binary]'
    ASYA_SOCKET_DIR=/tmp/asya PGHOST=localhost PGDATABASE=asya PGUSER=asya PGPASSWORD=secret \\
      python3 examples/runtimes/python/http_runtime.py examples/ends/store_in_postgres.py

The sidecar acknowledges an envelope after its row is committed, and repeats the call after an
error. A duplicate has the same key and changes nothing. Needs Python 3.9 or newer and psycopg 3.
"""
from __future__ import annotations

import json
import threading
from typing import Any, Mapping
from urllib.parse import unquote

import psycopg

TABLE = """CREATE TABLE IF NOT EXISTS results (
  key text PRIMARY KEY,
  envelope_id text NOT NULL,
  journey_id text NOT NULL,
  payload json NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
)"""

# `json` keeps the payload as it is; `jsonb` would reject U+0000 in a string.
INSERT = """INSERT INTO results (key, envelope_id, journey_id, payload)
VALUES (%s, %s, %s, %s) ON CONFLICT (key) DO NOTHING"""

# The runtime has one thread for each connection of the sidecar.
thread = threading.local()


def handle(payload: Any, headers: Mapping[str, str]) -> None:
    row = (
        result_key(headers),
        unquote(headers["asya-envelope-id"]),
        unquote(headers["asya-journey-id"]),
        json.dumps(payload, allow_nan=False),
    )
    connection().execute(INSERT, row)


def result_key(headers: Mapping[str, str]) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = headers["asya-idempotency-key"]  # <id>.<hops>.<digest of the payload>
    return key.rpartition(".")[0] or key  # a very long key is sent as its checksum


def connection() -> psycopg.Connection:
    """Returns the connection of this thread, or a new one after it was lost."""
    found = getattr(thread, "connection", None)
    if found is None or found.closed:
        found = thread.connection = psycopg.connect(autocommit=True)  # PGHOST, PGDATABASE, …
    return found


with psycopg.connect(autocommit=True) as setup:
    setup.execute(TABLE)
