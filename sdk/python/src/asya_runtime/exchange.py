"""A request and how it is answered. Each protocol has a subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

from .context import Context
from .errors import BAD_REQUEST, ErrorObject, NotJsonError, ProtocolError, error_object
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
            raise ProtocolError(
                "expected an array of payloads;"
                " ASYA_BATCH_SIZE of the sidecar and of the runtime must agree"
            )
        return value, self._contexts(len(value))

    def succeed(self, value: Any, _context: Context) -> Outcome:
        """:raises NotJsonError: if the value is not JSON"""
        return Outcome(encode(_unambiguous(value)))

    def fail(self, failure: ErrorObject) -> Outcome:
        return Outcome(encode_failure(failure), failure)

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


def _unambiguous(value: Any) -> Any:
    """A result is always a payload: an object that looks like an error object is wrapped."""
    return [value] if isinstance(value, dict) and "error" in value and "message" in value else value


def encode_failure(failure: ErrorObject) -> bytes:
    """Returns the JSON text of an error object. Details that are not JSON are left out."""
    try:
        return encode(failure)
    except NotJsonError as error:  # only `details` can be the cause
        problem = str(error).replace("the result", "the value", 1)
        return encode({**failure, "details": {"details_omitted": problem}})
