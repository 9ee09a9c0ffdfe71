"""What a handler knows about its call."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timezone
from typing import Any


class Context:
    """The call that a handler works on: its second parameter. What the protocol does not carry is
    None (see the table in README.md)."""

    __slots__ = (
        "id",
        "journey",
        "actor",
        "attempt",
        "deadline",
        "idempotency_key",
        "headers",
        "route",
        "body",
        "_ends_at",
    )

    def __init__(
        self,
        *,
        id: str | None = None,
        journey: str | None = None,
        actor: str | None = None,
        attempt: int | None = None,
        deadline: datetime | None = None,
        idempotency_key: str | None = None,
        headers: MutableMapping[str, Any] | None = None,
        route: MutableMapping[str, Any] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
        received_at: float | None = None,
    ) -> None:
        #: The id of the envelope.
        self.id = id
        #: The id of the journey: that of its first envelope.
        self.journey = journey
        #: The name of the actor.
        self.actor = actor
        #: The number of this attempt, counted from 1.
        self.attempt = attempt
        #: The deadline of the envelope, in UTC.
        self.deadline = deadline
        #: The same for all deliveries and attempts of a hop.
        self.idempotency_key = idempotency_key
        #: `http`: the headers of the request, with names in lower case.
        #: `envelope`: the headers of the envelope, which may be changed.
        self.headers = headers
        #: `envelope`: the route, whose actors after the current one may be changed.
        self.route = route
        #: The bytes of the request: the payload, or with `envelope` the envelope. None in a batch.
        self.body = body
        self._ends_at = _end_of(received_at, timeout, deadline)

    @property
    def time_left(self) -> float | None:
        """The time until the sidecar stops waiting for the reply, in seconds; at least 0."""
        return None if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether the time of the call has passed. The sidecar then drops its reply."""
        return self._ends_at is not None and time.monotonic() >= self._ends_at

    def __repr__(self) -> str:
        return f"Context(id={self.id!r}, attempt={self.attempt!r}, time_left={self.time_left!r})"


def parse_deadline(text: object) -> datetime | None:
    """Parses a date as RFC 3339 writes it. Returns None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        # Before Python 3.11, fromisoformat knows neither "Z" nor any number of digits.
        found = datetime.fromisoformat(_with_microseconds(text.upper().replace("Z", "+00:00")))
    except ValueError:
        return None
    return found.astimezone(timezone.utc) if found.tzinfo is not None else None


def _with_microseconds(text: str) -> str:
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"


def _end_of(
    received_at: float | None, timeout: float | None, deadline: datetime | None
) -> float | None:
    now = time.monotonic()
    if timeout is not None:
        return (now if received_at is None else received_at) + timeout
    return None if deadline is None else now + deadline.timestamp() - time.time()


Headers = Mapping[str, str]
