"""The requests of one connection. Its first four bytes decide between frames and HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .envelope_exchange import EnvelopeExchange
from .errors import BAD_REQUEST, STOPPING, ProtocolError, error_object
from .exchange import Exchange
from .framing import HEADER_BYTES, encode_frame, read_frame
from .http import CONTINUE, HttpRequest, RequestReader, encode_response
from .http_error import HttpError
from .http_exchange import HttpExchange
from .json_text import encode
from .payload_exchange import PayloadExchange

#: As a length it is below the first bytes of any method of HTTP, which are letters.
MAX_BODY_BYTES = 256 * 1024 * 1024


def _ignore(_message: str) -> None:
    pass


@dataclass(frozen=True)
class WireOptions:
    #: Whether a frame holds an envelope instead of a payload.
    is_envelope: bool = False
    #: Whether a frame holds an array of payloads.
    has_batch_frames: bool = False
    #: Whether only HTTP is accepted, as over TCP.
    is_http_only: bool = False
    max_body_bytes: int = MAX_BODY_BYTES
    #: Receives the text of the error when a frame is too large. May be called on any thread.
    on_bad_frame: Callable[[str], None] = _ignore


@dataclass(frozen=True)
class Response:
    """Bytes to send at once, without a call."""

    data: bytes
    #: Whether the connection closes after the response.
    is_last: bool = False


class Wire:
    """Turns the bytes of one connection into exchanges. It does no I/O."""

    def __init__(self, options: WireOptions) -> None:
        self._options = options
        self._buffer = bytearray()
        self._http: RequestReader | None = (
            RequestReader(options.max_body_bytes) if options.is_http_only else None
        )
        self._is_framed = False
        self._is_stopping = False

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Exchange | Response | None:
        """Returns the next request, a response that needs no call, or None if bytes are missing."""
        if not self._is_framed and self._http is None and not self._detect():
            return None
        return self._next_frame() if self._http is None else self._next_http(self._http)

    def stop(self) -> None:
        """Makes the next response end the connection."""
        self._is_stopping = True

    @property
    def can_end(self) -> bool:
        """Whether a stopping runtime may close the connection now.

        The client of a Unix socket learns that its request was not read. Over TCP it cannot know,
        so that it must receive a response, or close the connection itself.
        """
        return self._is_stopping and self.is_idle and not self._options.is_http_only

    @property
    def is_idle(self) -> bool:
        """Whether no part of a request has arrived."""
        return not self._buffer and (self._http is None or self._http.is_between_requests)

    def _detect(self) -> bool:
        if len(self._buffer) < HEADER_BYTES:
            return False
        # A method of HTTP has upper-case letters; blank lines may precede it.
        if _A <= self._buffer[0] <= _Z or self._buffer.startswith(b"\r\n"):
            self._http = RequestReader(self._options.max_body_bytes)
        else:
            self._is_framed = True
        return True

    def _next_frame(self) -> Exchange | Response | None:
        try:
            body = read_frame(self._buffer, self._options.max_body_bytes)
        except ProtocolError as error:
            self._options.on_bad_frame(str(error))
            refusal = encode(error_object(BAD_REQUEST, str(error)))
            return Response(
                encode_frame(b"[" + refusal + b"]" if self._options.is_envelope else refusal),
                is_last=True,
            )
        if body is None:
            return None
        if self._options.is_envelope:
            return EnvelopeExchange(body, time.monotonic())
        return PayloadExchange(body, time.monotonic(), is_batch=self._options.has_batch_frames)

    def _next_http(self, reader: RequestReader) -> Exchange | Response | None:
        try:
            request = reader.read(self._buffer)
        except HttpError as error:
            return Response(_refuse(error.status, error.message, False), is_last=True)
        if request is None:
            return Response(CONTINUE) if reader.take_continue() else None
        return self._on_request(request)

    def _on_request(self, request: HttpRequest) -> Exchange | Response:
        head = request.head
        keeps_open = head.keeps_alive and not self._is_stopping
        if self._is_stopping and self._options.is_http_only:
            return Response(_refuse(503, "the runtime is stopping", False, STOPPING), is_last=True)
        if head.method == "POST":
            return HttpExchange(head, request.body, time.monotonic(), lambda: self._is_stopping)
        if head.method in ("GET", "HEAD"):
            data = encode_response(
                200, _HEALTH, keeps_alive=keeps_open, has_body=head.method == "GET"
            )
        else:
            data = _refuse(
                405, f"the method {head.method[:64]} is not allowed; use POST", keeps_open
            )
        return Response(data, is_last=not keeps_open)


def _refuse(status: int, message: str, keeps_open: bool, code: str = BAD_REQUEST) -> bytes:
    headers = {"allow": "GET, HEAD, POST"} if status == 405 else None
    body = encode(error_object(code, message))
    return encode_response(status, body, keeps_alive=keeps_open, headers=headers)


_A, _Z = b"AZ"
_HEALTH = b'{"status":"ready"}'
