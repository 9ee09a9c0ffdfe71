"""Frames: four bytes with the length (unsigned, big-endian), followed by as many bytes of JSON."""

from __future__ import annotations

import struct

from .errors import ProtocolError

_LENGTH = struct.Struct(">I")
HEADER_BYTES = _LENGTH.size


def encode_frame(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


def read_frame(buffer: bytearray, max_bytes: int) -> bytes | None:
    """Takes a frame from the start of the buffer and returns its body; None if it is incomplete.

    :raises ProtocolError: if the length is over `max_bytes`
    """
    if len(buffer) < HEADER_BYTES:
        return None
    (size,) = _LENGTH.unpack_from(buffer)
    if size > max_bytes:
        raise ProtocolError(f"the frame has {size} bytes, over the limit of {max_bytes}")
    end = HEADER_BYTES + size
    if len(buffer) < end:
        return None
    with memoryview(buffer) as view:
        body = bytes(view[HEADER_BYTES:end])
    del buffer[:end]
    return body
