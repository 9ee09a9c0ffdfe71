"""Requests that break the rules of HTTP, or a limit."""

from __future__ import annotations

#: The largest head of a request, and the largest trailers.
MAX_HEAD_BYTES = 64 * 1024


class HttpError(Exception):
    """A request that is answered with an error status, after which the connection closes."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def too_large(max_bytes: int) -> HttpError:
    return HttpError(413, f"the body of the request is over {max_bytes} bytes")
