"""An end that stores each result in a table of PostgreSQL.

    pip install ./sdk/python 'psycopg[binary]'
    ASYA_SOCKET_DIR=/tmp/asya PGHOST=localhost PGDATABASE=asya PGUSER=asya PGPASSWORD=secret \\
      python3 examples/ends/store_in_postgres.py

The sidecar acknowledges an envelope after its row is committed, and repeats the call after an
error. A duplicate has the same key and changes nothing. Needs psycopg 3.
"""
from __future__ import annotations

import threading
from urllib.parse import quote

import psycopg
from asya_runtime import Context, serve

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

# The runtime has ASYA_CONCURRENCY threads.
thread = threading.local()


def handle(payload: object, context: Context) -> None:
    row = (result_key(context), context.id, context.journey, context.body.decode())
    connection().execute(INSERT, row)


def result_key(context: Context) -> str:
    """Returns `<id>.<hops>`, percent-encoded: duplicates of a result have the same key."""
    key = context.idempotency_key  # <id>.<hops>.<digest of the payload>
    return quote(key.rpartition(".")[0] or key, safe="!'()*")  # a very long key is sent as its checksum


def connection() -> psycopg.Connection:
    """Returns the connection of this thread, or a new one after it was lost."""
    found = getattr(thread, "connection", None)
    if found is None or found.closed:
        found = thread.connection = psycopg.connect(autocommit=True)  # PGHOST, PGDATABASE, …
    return found


def create_table() -> None:
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(TABLE)


if __name__ == "__main__":
    serve(handle, setup=create_table)
