"""The protocol `http`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from .context import Context, parse_deadline
from .errors import BAD_REQUEST, ProtocolError
from .exchange import Exchange, Outcome
from .http import Head, encode_response


class HttpExchange(Exchange):
    """A POST with the payload as its body. `asya-batch` marks a batch."""

    def __init__(
        self, head: Head, body: bytes, received_at: float, is_stopping: Callable[[], bool]
    ) -> None:
        super().__init__(body, received_at, is_batch="asya-batch" in head.headers)
        self._headers = head.headers
        self._keeps_open = head.keeps_alive
        self._is_stopping = is_stopping

    def open(self) -> tuple[list[Any], list[Context]]:
        coding = self._headers.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise ProtocolError(f"the content-encoding {coding[:64]!r} is not supported")
        return super().open()

    @property
    def trace_headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def keeps_open(self) -> bool:
        return self._keeps_open

    def respond_whole(self, outcome: Outcome) -> bytes:
        failure = outcome.failure
        if failure is None:
            return self._encode(204 if outcome.body == b"null" else 200, outcome.body)
        after_ms = failure.get("retry_after_ms")
        if after_ms is not None:
            return self._encode(503, outcome.body, {"retry-after": str(-(-int(after_ms) // 1000))})
        return self._encode(400 if failure["error"] == BAD_REQUEST else 500, outcome.body)

    def _respond_batch(self, body: bytes) -> bytes:
        return self._encode(200, body)

    def _encode(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
        self._keeps_open = self._keeps_open and not self._is_stopping()
        return encode_response(status, body, keeps_alive=self._keeps_open, headers=headers)

    def _contexts(self, count: int) -> list[Context]:
        ids = self._list("asya-envelope-id", count)
        attempts = self._list("asya-attempt", count)
        keys = self._list("asya-idempotency-key", count)
        journey = self._headers.get("asya-journey-id")
        timeout_ms = _number(self._headers.get("asya-timeout-ms"))
        return [
            Context(
                id=ids[index],
                journey=None if journey is None else unquote(journey),
                actor=self._headers.get("asya-actor"),
                attempt=_number(attempts[index]),
                deadline=parse_deadline(self._headers.get("asya-deadline")),
                idempotency_key=keys[index],
                headers=self._headers,
                body=None if self.is_batch else self.body,
                timeout=None if timeout_ms is None else timeout_ms / 1000,
                received_at=self.received_at,
            )
            for index in range(count)
        ]

    def _list(self, name: str, count: int) -> list[str | None]:
        """Returns a value for each payload. All are None without the header, and if its list is
        of another length."""
        value = self._headers.get(name)
        if value is None:
            return [None] * count
        values = [value] if not self.is_batch else value.split(",")
        if len(values) != count:
            return [None] * count
        return [unquote(it.strip(" \t")) for it in values]


def _number(text: str | None) -> int | None:
    return (
        int(text)
        if text is not None and text.isascii() and text.isdigit() and len(text) < 16
        else None
    )
