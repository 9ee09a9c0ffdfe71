#!/usr/bin/env python3
"""A runtime for error-end that appends each envelope to a file, one on each line.

    ASYA_SOCKET_DIR=/tmp/asya python3 archive_runtime.py FILE

It implements the protocol `envelope`, and replies after the line is on disk. The sidecar
acknowledges a message after the reply, so a message leaves error-end's queue only when the file
contains it. A message that is delivered twice is in the file twice. Needs Python 3.9 or newer, and
no packages.
"""
from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import sys
from typing import BinaryIO

LENGTH = struct.Struct(">I")
NOTHING_TO_SEND = b"[]"


async def main(file: BinaryIO) -> None:
    path = os.path.join(os.environ.get("ASYA_SOCKET_DIR", "/var/run/asya"), "asya-runtime.sock")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # a killed runtime leaves its socket behind

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                (size,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                append(file, await reader.readexactly(size))
                writer.write(LENGTH.pack(len(NOTHING_TO_SEND)) + NOTHING_TO_SEND)
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


def append(file: BinaryIO, envelope: bytes) -> None:
    # JSON allows a line break only between tokens, where a space is equivalent.
    file.write(envelope.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
    file.flush()
    os.fsync(file.fileno())


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt), open(sys.argv[1], "ab") as file:
        asyncio.run(main(file))
