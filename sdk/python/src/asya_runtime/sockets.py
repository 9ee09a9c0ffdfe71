"""The Unix socket of a runtime, and the file that reports its readiness."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path

from .errors import SetupError

SOCKET_NAME = "asya-runtime.sock"
READY_NAME = "runtime-ready"
#: Owner and group: the sidecar has another user, or another group only.
SOCKET_MODE = 0o660
BACKLOG = 1024
#: macOS limits the path to 104 bytes (Linux: 108), its final zero included.
MAX_PATH_BYTES = 103


class SocketFolder:
    """The directory that sidecar and runtime share."""

    def __init__(self, folder: Path) -> None:
        self.socket_path = folder / SOCKET_NAME
        self._folder = folder
        self._ready_path = folder / READY_NAME
        self._socket_id: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Creates the directory and removes the files of a killed runtime.

        :raises SetupError: if the directory cannot be used, or a runtime listens in it
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"cannot create the socket directory {self._folder}: {error.strerror}"
                " (ASYA_SOCKET_DIR)"
            ) from None
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise SetupError(
                f"the socket directory {self._folder} is not writable (ASYA_SOCKET_DIR)"
            )
        if len(os.fsencode(self.socket_path)) > MAX_PATH_BYTES:
            raise SetupError(
                f"the path {self.socket_path} is longer than {MAX_PATH_BYTES} bytes"
                " (ASYA_SOCKET_DIR)"
            )
        self._remove_stale_socket()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._ready_path)

    def listen(self) -> socket.socket:
        """:raises SetupError: if the socket cannot be bound"""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(os.fspath(self.socket_path))
            # Connections are refused until the mode is set.
            os.chmod(self.socket_path, SOCKET_MODE)
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            raise SetupError(f"cannot listen on {self.socket_path}: {error.strerror}") from None
        listener.setblocking(False)
        self._socket_id = _file_id(self.socket_path)
        return listener

    def report_ready(self) -> None:
        self._ready_path.write_text("ready\n")

    def remove(self) -> None:
        """Removes both files, unless another runtime has replaced the socket."""
        if self._socket_id is None or _file_id(self.socket_path) != self._socket_id:
            return
        for path in (self._ready_path, self.socket_path):
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _remove_stale_socket(self) -> None:
        path = self.socket_path
        try:
            if not stat.S_ISSOCK(os.lstat(path).st_mode):
                raise SetupError(f"{path} exists and is not a socket")
        except FileNotFoundError:
            return
        if _has_listener(path):
            raise SetupError(f"another runtime listens on {path}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def listen_on_tcp(host: str, port: int) -> socket.socket:
    """:raises SetupError: if the address cannot be used"""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
        )
    except OSError as error:
        raise SetupError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


def _has_listener(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        # A full backlog (EAGAIN) has a listener too.
        return probe.connect_ex(os.fspath(path)) in (0, errno.EAGAIN, errno.EINPROGRESS)


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
