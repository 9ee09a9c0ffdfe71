"""The part of HTTP/1.1 (RFC 9112) that a runtime needs: requests with a body, and responses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from .chunked_body import ChunkedBody
from .http_error import MAX_HEAD_BYTES, HttpError, too_large

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Head:
    method: str
    #: By the name in lower case. The values of equal names are joined by commas.
    headers: dict[str, str]
    #: Whether the connection stays open after the response.
    keeps_alive: bool
    #: The length of the body; None if it is chunked.
    length: int | None
    expects_continue: bool


@dataclass(frozen=True)
class HttpRequest:
    head: Head
    body: bytes


class RequestReader:
    """Reads the requests of one connection from its buffer."""

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._head: Head | None = None
        self._chunks: ChunkedBody | None = None
        self._scanned_bytes = 0
        self._owes_continue = False

    def read(self, buffer: bytearray) -> HttpRequest | None:
        """Takes a request from the start of the buffer; returns None if it is incomplete.

        :raises HttpError: if the request is invalid
        """
        if self._head is None:
            self._head = self._read_head(buffer)
            if self._head is None:
                return None
            self._start_body(self._head)
        body = self._read_body(self._head, buffer)
        if body is None:
            return None
        request = HttpRequest(self._head, body)
        self._head = self._chunks = None
        self._owes_continue = False
        return request

    def take_continue(self) -> bool:
        """Whether the client waits for `100 Continue`. True once for each such request."""
        owed, self._owes_continue = self._owes_continue, False
        return owed

    @property
    def is_between_requests(self) -> bool:
        return self._head is None

    def _read_head(self, buffer: bytearray) -> Head | None:
        skip = _LINE_ENDS.match(buffer)
        if skip is not None and skip.end() > 0:  # RFC 9112, section 2.2
            del buffer[: skip.end()]
        found = _HEAD_END.search(buffer, self._scanned_bytes)
        size = len(buffer) if found is None else found.end()
        if size > MAX_HEAD_BYTES:
            raise HttpError(431, f"the head of the request is over {MAX_HEAD_BYTES} bytes")
        if found is None:
            self._scanned_bytes = max(0, len(buffer) - 3)
            return None
        text = bytes(buffer[: found.start()]).decode("latin-1")
        del buffer[:size]
        self._scanned_bytes = 0
        return parse_head(text)

    def _start_body(self, head: Head) -> None:
        if head.length is None:
            self._chunks = ChunkedBody(self._max_body_bytes)
        elif head.length > self._max_body_bytes:
            raise too_large(self._max_body_bytes)
        self._owes_continue = head.expects_continue

    def _read_body(self, head: Head, buffer: bytearray) -> bytes | None:
        if self._chunks is not None:
            return self._chunks.read(buffer)
        size = head.length or 0
        if len(buffer) < size:
            return None
        with memoryview(buffer) as view:
            body = bytes(view[:size])
        del buffer[:size]
        return body


def parse_head(text: str) -> Head:
    """:raises HttpError: if the text is not the head of a request"""
    first, *lines = [line[:-1] if line.endswith("\r") else line for line in text.split("\n")]
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        raise HttpError(400, f"{first[:64]!r} is not a request line of HTTP/1.1")
    method, major, minor = found.groups()
    if major != "1":
        raise HttpError(505, f"HTTP/{major} is not supported; use HTTP/1.1")
    headers = _parse_headers(lines)
    options = {option.strip().lower() for option in headers.get("connection", "").split(",")}
    expect = headers.get("expect", "").lower()
    if expect not in ("", "100-continue"):
        raise HttpError(417, f"the expectation {expect[:64]!r} is not supported")
    return Head(
        method=method,
        headers=headers,
        keeps_alive="close" not in options and (minor != "0" or "keep-alive" in options),
        length=_length_of(headers),
        expects_continue=expect != "" and minor != "0",
    )


def encode_response(
    status: int,
    body: bytes,
    *,
    keeps_alive: bool,
    headers: dict[str, str] | None = None,
    has_body: bool = True,
) -> bytes:
    """Returns the bytes of a response.

    :param has_body: False for the response to HEAD, whose body is only described
    """
    lines = [f"HTTP/1.1 {status} {_reason(status)}"]
    if status != 204:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines.append("connection: keep-alive" if keeps_alive else "connection: close")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + body if has_body and status != 204 else head


_LINE_ENDS = re.compile(rb"[\r\n]*")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) [^ \x00-\x1f\x7f]+ HTTP/([0-9])\.([0-9])")
_HEADER = re.compile(rf"({_TOKEN}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_DIGITS = re.compile(r"[0-9]{1,15}")


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise HttpError(400, f"{line[:64]!r} is not a header line")
        name, value = found[1].lower(), found[2].rstrip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _length_of(headers: dict[str, str]) -> int | None:
    coding = headers.get("transfer-encoding")
    lengths = {part.strip() for part in headers.get("content-length", "").split(",")} - {""}
    if coding is not None:
        if "content-length" in headers:
            raise HttpError(400, "the request has both a content-length and a transfer-encoding")
        if coding.lower() != "chunked":
            raise HttpError(501, f"the transfer-encoding {coding[:64]!r} is not supported")
        return None
    if "content-length" not in headers:
        return 0
    if len(lengths) != 1:
        raise HttpError(400, "the request has no valid content-length")
    (length,) = lengths
    if _DIGITS.fullmatch(length) is None:
        raise HttpError(400, f"{length[:64]!r} is not a content-length")
    return int(length)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
