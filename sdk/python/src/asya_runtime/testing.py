"""Calls a handler in a test, over the real protocol in memory."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from http.client import HTTPResponse
from typing import Any, TypedDict
from urllib.parse import quote

from .handler import Handler, HandlerFunction
from .json_text import encode
from .log import Log
from .server import Server
from .settings import Settings


@dataclass(frozen=True)
class Reply:
    """What the sidecar understands of a reply."""

    #: The payloads of the next envelopes; none after an error, or if the route ends here.
    payloads: list[Any]
    #: The error object of a call that failed.
    error: dict[str, Any] | None = None
    #: The seconds after which the same payload is delivered again, after `Retry(after=…)`.
    retry_after: float | None = None


class CallContext(TypedDict, total=False):
    """What a batch carries of the context of each payload."""

    id: str
    attempt: int
    idempotency_key: str


def call(
    handle: HandlerFunction,
    payload: Any,
    *,
    id: str = "test",
    journey: str | None = None,
    actor: str = "test",
    attempt: int = 1,
    deadline: datetime | None = None,
    idempotency_key: str | None = None,
    time_left: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Calls a handler as the sidecar does with the protocol `http`.

    The other arguments are what the handler finds in its context. It may be called inside a running
    event loop: an asynchronous handler runs on a loop of its own.
    """
    fields = {
        "asya-envelope-id": quote(id, safe=""),
        "asya-journey-id": quote(journey or id, safe=""),
        "asya-actor": actor,
        "asya-attempt": str(attempt),
        "asya-idempotency-key": quote(idempotency_key or f"{id}.0", safe=""),
        **_times(deadline, time_left),
        **(headers or {}),
    }
    status, body = _post(handle, payload, fields)
    return _read(None if status == 204 else json.loads(body))


def call_batch(
    handle: HandlerFunction,
    payloads: Sequence[Any],
    contexts: Sequence[CallContext] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> list[Reply]:
    """Calls a handler with a batch, as the sidecar does with ASYA_BATCH_SIZE over 1.

    :returns: a reply for each payload; the error of the whole call is the reply of each
    """
    given = [CallContext() for _ in payloads] if contexts is None else contexts
    if len(given) != len(payloads):
        raise ValueError(f"there are {len(given)} contexts for {len(payloads)} payloads")
    fields = {
        "asya-batch": str(len(payloads)),
        "asya-envelope-id": ",".join(quote(it.get("id", "test"), safe="") for it in given),
        "asya-attempt": ",".join(str(it.get("attempt", 1)) for it in given),
        "asya-idempotency-key": ",".join(
            quote(it.get("idempotency_key", "test.0"), safe="") for it in given
        ),
        **(headers or {}),
    }
    status, body = _post(handle, list(payloads), fields)
    replies = json.loads(body)
    return (
        [_read(reply) for reply in replies] if status == 200 else [_read(replies) for _ in payloads]
    )


def _times(deadline: datetime | None, time_left: float | None) -> dict[str, str]:
    times: dict[str, str] = {}
    if deadline is not None:
        times["asya-deadline"] = (
            deadline.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
        )
    if time_left is not None:
        times["asya-timeout-ms"] = str(round(time_left * 1000))
    return times


def _post(handle: HandlerFunction, payload: Any, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Sends a request to a server on a thread of its own; returns the status and the body."""
    handler = Handler(handle)
    body = encode(payload)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST / HTTP/1.1", *lines, f"content-length: {len(body)}", "connection: close"]
    client, served = socket.socketpair()
    server = threading.Thread(target=lambda: asyncio.run(_serve(handler, served)), name="asya-test")
    server.start()
    with client:
        client.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        with HTTPResponse(client) as response:
            response.begin()
            answer = response.status, response.read()
    server.join()
    return answer


async def _serve(handler: Handler, served: socket.socket) -> None:
    server = Server(handler, Settings(), Log(io.StringIO()), asyncio.get_running_loop())
    server.adopt(served)
    await server.drained()
    await server.stop(0)


_ERROR_KEYS = frozenset(
    ("error", "message", "type", "mro", "details", "traceback", "retryable", "retry_after_ms")
)


def _read(value: Any) -> Reply:
    """Reads a reply as the sidecar does."""
    if isinstance(value, dict) and {"error", "message"} <= value.keys() <= _ERROR_KEYS:
        after_ms = value.get("retry_after_ms")
        return Reply([], value, None if after_ms is None else after_ms / 1000)
    if isinstance(value, list):
        return Reply(value)
    return Reply([] if value is None else [value])
