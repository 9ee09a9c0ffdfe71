"""The body of a request without a length."""

from __future__ import annotations

import re

from .http_error import MAX_HEAD_BYTES, HttpError, too_large

MAX_CHUNK_LINE_BYTES = 4 * 1024
_CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")


class ChunkedBody:
    """A body in chunks (RFC 9112, section 7.1). Extensions and trailers are skipped."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._content = bytearray()
        #: The bytes of the current chunk that have not been read; None between chunks.
        self._left: int | None = None
        self._is_last = False
        self._trailer_bytes = 0

    def read(self, buffer: bytearray) -> bytes | None:
        """Takes chunks from the start of the buffer; returns the body when it is complete."""
        while True:
            if self._left:
                taken = min(self._left, len(buffer))
                self._content += buffer[:taken]
                del buffer[:taken]
                self._left -= taken
                if self._left:
                    return None
            line = self._take_line(buffer)
            if line is None:
                return None
            if self._on_line(line):
                return bytes(self._content)

    def _on_line(self, line: str) -> bool:
        """Returns whether the line ends the body."""
        if self._is_last:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > MAX_HEAD_BYTES:
                raise HttpError(431, f"the trailers are over {MAX_HEAD_BYTES} bytes")
            return line == ""
        if self._left == 0:
            if line != "":
                raise HttpError(400, "a chunk is longer than its size")
            self._left = None
            return False
        self._left = self._read_size(line)
        self._is_last = self._left == 0
        return False

    def _read_size(self, line: str) -> int:
        found = _CHUNK_SIZE.fullmatch(line)
        if found is None:
            raise HttpError(400, f"{line[:64]!r} is not a chunk size")
        size = int(found[1], 16)
        if len(self._content) + size > self._max_bytes:
            raise too_large(self._max_bytes)
        return size

    def _take_line(self, buffer: bytearray) -> str | None:
        end = buffer.find(b"\n", 0, MAX_CHUNK_LINE_BYTES)
        if end < 0:
            if len(buffer) >= MAX_CHUNK_LINE_BYTES:
                raise HttpError(400, "a line between chunks is too long")
            return None
        line = buffer[:end].decode("latin-1")
        del buffer[: end + 1]
        return line[:-1] if line.endswith("\r") else line
