"""A runtime in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 20


class RuntimeProcess:
    """Runs `python -m asya_runtime` with an actor. The test stops it."""

    def __init__(
        self,
        test: unittest.TestCase,
        actor: str,
        *arguments: str,
        folder: Path | None = None,
        module: str = "asya_runtime",
        **variables: str,
    ) -> None:
        self.folder = folder or temporary_folder(test)
        self.socket_path = self.folder / "asya-runtime.sock"
        self.ready_path = self.folder / "runtime-ready"
        (self.folder / "actor.py").write_text(actor)
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *(arguments or ("actor:handle",))],
            cwd=self.folder,
            env={
                **os.environ,
                "ASYA_SOCKET_DIR": str(self.folder),
                "PYTHONPATH": source_path(),
                **variables,
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        test.addCleanup(self._clean_up)

    def line(self) -> str:
        """Returns the next line of standard error; an empty text at its end."""
        assert self.process.stderr is not None
        return self.process.stderr.readline().rstrip("\n")

    def entry(self) -> dict[str, Any]:
        """Returns the next entry of the log."""
        line = self.line()
        try:
            found = json.loads(line)
        except json.JSONDecodeError:
            raise AssertionError(f"not an entry of the log: {line}") from None
        assert isinstance(found, dict)
        return found

    def listening(self) -> RuntimeProcess:
        entry = self.entry()
        assert entry["msg"] == "runtime listening", entry
        return self

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(os.fspath(self.socket_path))
        return connection

    def ended(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)

    def _clean_up(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


def temporary_folder(test: unittest.TestCase) -> Path:
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return Path(folder.name)


def source_path() -> str:
    return str(Path(__file__).resolve().parents[1] / "src")


def send_frame(connection: socket.socket, payload: Any) -> None:
    body = json.dumps(payload).encode()
    connection.sendall(struct.pack(">I", len(body)) + body)


def receive_frame(connection: socket.socket) -> Any:
    (size,) = struct.unpack(">I", _receive(connection, 4))
    return json.loads(_receive(connection, size))


def exchange(connection: socket.socket, payload: Any) -> Any:
    send_frame(connection, payload)
    return receive_frame(connection)


def receive_response(connection: socket.socket) -> tuple[int, bytes]:
    with http.client.HTTPResponse(connection) as response:
        response.begin()
        return response.status, response.read()


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise ConnectionError(f"the connection ended after {len(data)} of {size} bytes")
        data += piece
    return data
