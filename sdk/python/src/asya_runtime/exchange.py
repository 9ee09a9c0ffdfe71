"""A request of one of the three protocols, and how it is answered."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from .context import Context, parse_deadline
from .errors import BAD_REQUEST, ErrorObject, NotJsonError, ProtocolError, error_object
from .framing import encode_frame
from .http import Head, encode_response
from .json_text import decode, encode


class Outcome(NamedTuple):
    """The reply to one payload, or to a batch that failed as a whole."""

    #: JSON.
    body: bytes
    #: The error object of `body`; None if the call succeeded.
    failure: ErrorObject | None = None


class Exchange(ABC):
    """One request. `open` is called once, before any other method."""

    def __init__(self, body: bytes, received_at: float, *, is_batch: bool) -> None:
        self.body = body
        #: On the clock of time.monotonic().
        self.received_at = received_at
        #: Whether the request is an array of payloads, and the response one of replies.
        self.is_batch = is_batch

    def open(self) -> tuple[list[Any], list[Context]]:
        """Returns the payloads and a context for each.

        :raises ProtocolError: if the request is invalid
        """
        value = decode(self.body)
        if not self.is_batch:
            return [value], self._contexts(1)
        if not isinstance(value, list):
            raise ProtocolError("a batch must be an array of payloads")
        return value, self._contexts(len(value))

    def succeed(self, value: Any, _context: Context) -> Outcome:
        """:raises NotJsonError: if the value is not JSON"""
        return Outcome(encode(_unambiguous(value)))

    def fail(self, failure: ErrorObject) -> Outcome:
        return Outcome(_encode_failure(failure), failure)

    def refuse(self, error: ProtocolError) -> bytes:
        """Returns the response to a request that is invalid."""
        return self.respond_whole(self.fail(error_object(BAD_REQUEST, str(error))))

    def respond(self, outcomes: list[Outcome]) -> bytes:
        """Returns the response of one outcome for each payload."""
        if not self.is_batch:
            return self.respond_whole(outcomes[0])
        return self._respond_batch(b"[" + b",".join(it.body for it in outcomes) + b"]")

    @property
    def trace_headers(self) -> Mapping[str, str]:
        """`traceparent`, `tracestate` and `baggage`, if the protocol carries them."""
        return {}

    @property
    def keeps_open(self) -> bool:
        """Whether the connection stays open after the response."""
        return True

    @abstractmethod
    def respond_whole(self, outcome: Outcome) -> bytes:
        """Returns the response of an outcome of the whole call."""

    @abstractmethod
    def _respond_batch(self, body: bytes) -> bytes: ...

    @abstractmethod
    def _contexts(self, count: int) -> list[Context]: ...


class PayloadExchange(Exchange):
    """The protocol `payload`: a frame with the payload, or with an array of payloads."""

    def respond_whole(self, outcome: Outcome) -> bytes:
        return encode_frame(outcome.body)

    def _respond_batch(self, body: bytes) -> bytes:
        return encode_frame(body)

    def _contexts(self, count: int) -> list[Context]:
        if not self.is_batch:
            return [Context(body=self.body)]
        return [Context() for _ in range(count)]


class EnvelopeExchange(Exchange):
    """The protocol `envelope`: a frame with the envelope, whose route the reply advances."""

    def __init__(self, body: bytes, received_at: float) -> None:
        super().__init__(body, received_at, is_batch=False)
        self._envelope: dict[str, Any] = {}

    def open(self) -> tuple[list[Any], list[Context]]:
        envelope = decode(self.body)
        if not isinstance(envelope, dict) or "payload" not in envelope:
            raise ProtocolError("the request is not an envelope with a payload; is ASYA_RUNTIME_PROTOCOL=envelope?")
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
        return Outcome(b"[" + _encode_failure(failure) + b"]", failure)

    @property
    def trace_headers(self) -> Mapping[str, str]:
        headers = self._envelope.get("headers", {})
        return {name: value for name, value in headers.items() if isinstance(value, str)}

    def respond_whole(self, outcome: Outcome) -> bytes:
        return encode_frame(outcome.body)

    def _respond_batch(self, body: bytes) -> bytes:
        return encode_frame(body)

    def _contexts(self, count: int) -> list[Context]:
        id, headers, route = self._envelope.get("id"), self._envelope["headers"], self._envelope["route"]
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


class HttpExchange(Exchange):
    """The protocol `http`: a POST with the payload as its body. `asya-batch` marks a batch."""

    def __init__(self, head: Head, body: bytes, received_at: float, is_stopping: Callable[[], bool]) -> None:
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
        """Returns a value for each payload; None for all if the header is absent or of another length."""
        value = self._headers.get(name)
        if value is None:
            return [None] * count
        values = [value] if not self.is_batch else value.split(",")
        if len(values) != count:
            return [None] * count
        return [unquote(it.strip(" \t")) for it in values]


def _unambiguous(value: Any) -> Any:
    """A result is always a payload: an object that looks like an error object is wrapped."""
    return [value] if isinstance(value, dict) and "error" in value and "message" in value else value


def _encode_failure(failure: ErrorObject) -> bytes:
    try:
        return encode(failure)
    except NotJsonError as error:  # only `details` can be the cause
        problem = str(error).replace("the result", "the value", 1)
        return encode({**failure, "details": {"details_omitted": problem}})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None
