#!/usr/bin/env python3
"""A runtime for the protocol `payload`: each request frame holds a payload, each reply frame its
result.

    ASYA_SOCKET_DIR=/tmp/asya python3 payload_runtime.py ACTOR.py

ACTOR.py defines a function `handle(payload)`. The sidecar forwards the returned value; for a list,
it forwards one envelope for each item. After None or an empty list, it sends the envelope to
happy-end unchanged. An exception becomes an error reply; an exception with `retryable = True`
requests another attempt.

Requests of all connections are handled one after the other, in one thread. Needs Python 3.9 or
newer, and no packages.
"""
from __future__ import annotations

import asyncio
import contextlib
import json
import os
import runpy
import signal
import struct
import sys
import traceback
from typing import Any, Callable

LENGTH = struct.Struct(">I")


async def main(actor: str) -> None:
    handle = runpy.run_path(actor)["handle"]
    path = os.path.join(os.environ.get("ASYA_SOCKET_DIR", "/var/run/asya"), "asya-runtime.sock")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # a killed runtime leaves its socket behind

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The sidecar reuses the connection for its next request, and closes it when it is idle.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                (size,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                reply = answer(handle, await reader.readexactly(size))
                writer.write(LENGTH.pack(len(reply)) + reply)
                await writer.drain()
        writer.close()

    # PID 1 of a container ignores SIGTERM unless it has a handler. A running call is completed.
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = await asyncio.start_unix_server(serve, path)
    os.chmod(path, 0o660)
    print(f"listening on {path}", flush=True)
    await stopped.wait()
    server.close()


def answer(handle: Callable[[Any], Any], payload: bytes) -> bytes:
    try:
        return encode(handle(json.loads(payload)))
    except Exception as error:
        return encode(describe(error))


def describe(error: Exception) -> dict[str, Any]:
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {
        "error": "processing_error",
        "message": str(error),
        "type": kinds[0],
        "mro": kinds[1:],
        "traceback": traceback.format_exc(),
        "retryable": getattr(error, "retryable", False),
    }


def encode(value: Any) -> bytes:
    # NaN and infinity are not valid JSON, so the sidecar would reject the reply.
    return json.dumps(value, allow_nan=False).encode()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
