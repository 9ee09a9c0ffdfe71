"""The protocol `envelope`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .context import Context, parse_deadline
from .errors import ErrorObject, ProtocolError
from .exchange import Exchange, Outcome, encode_failure
from .framing import encode_frame
from .json_text import decode, encode


class EnvelopeExchange(Exchange):
    """A frame with the envelope, whose route the reply advances."""

    def __init__(self, body: bytes, received_at: float) -> None:
        super().__init__(body, received_at, is_batch=False)
        self._envelope: dict[str, Any] = {}

    def open(self) -> tuple[list[Any], list[Context]]:
        envelope = decode(self.body)
        if not isinstance(envelope, dict) or "payload" not in envelope:
            raise ProtocolError(
                "the request is not an envelope with a payload; is ASYA_RUNTIME_PROTOCOL=envelope?"
            )
        route = envelope.get("route")
        if not isinstance(route, dict) or not isinstance(route.get("current"), int):
            raise ProtocolError("the envelope has no route with an integer `current`")
        if not isinstance(envelope.get("headers"), dict):
            envelope["headers"] = {}
        self._envelope = envelope
        return [envelope["payload"]], self._contexts(1)

    def succeed(self, value: Any, context: Context) -> Outcome:
        payloads = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        route = dict(context.route or {})
        route["current"] += 1
        rest = {"route": route, "headers": context.headers}
        return Outcome(encode([{"payload": payload, **rest} for payload in payloads]))

    def fail(self, failure: ErrorObject) -> Outcome:
        return Outcome(b"[" + encode_failure(failure) + b"]", failure)

    @property
    def trace_headers(self) -> Mapping[str, str]:
        headers = self._envelope.get("headers", {})
        return {name: value for name, value in headers.items() if isinstance(value, str)}

    def respond_whole(self, outcome: Outcome) -> bytes:
        return encode_frame(outcome.body)

    def _respond_batch(self, body: bytes) -> bytes:
        return encode_frame(body)

    def _contexts(self, count: int) -> list[Context]:
        id, headers, route = (
            self._envelope.get("id"),
            self._envelope["headers"],
            self._envelope["route"],
        )
        actors = route.get("actors")
        has_actor = isinstance(actors, list) and 0 <= route["current"] < len(actors)
        return [
            Context(
                id=_text(id),
                journey=_text(headers.get("x-asya-journey-id")) or _text(id),
                actor=_text(actors[route["current"]]) if has_actor else None,
                deadline=parse_deadline(headers.get("x-asya-deadline")),
                headers=headers,
                route=route,
                body=self.body,
                received_at=self.received_at,
            )
        ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
