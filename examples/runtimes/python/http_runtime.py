#!/usr/bin/env python3
"""A runtime for the protocol `http`: each `POST /` has a payload as its body, and the response has
the result.

    ASYA_SOCKET_DIR=/tmp/asya python3 http_runtime.py ACTOR.py

ACTOR.py defines a function `handle(payload, headers)`. The sidecar forwards the returned value; for
a list, it forwards one envelope for each item. After None or an empty list, it sends the envelope
to happy-end unchanged. An exception becomes an error response. An exception with `retryable = True`
requests another attempt, and one with `retry_after` (in seconds) requests a delay that counts no
attempt.

Each connection has its own thread, so up to ASYA_CONCURRENCY requests run at once. Needs Python 3.9
or newer, and no packages. Any web framework that listens on a Unix socket works too (uvicorn --uds,
gunicorn --bind unix:…).
"""
from __future__ import annotations

import contextlib
import json
import os
import runpy
import signal
import sys
import traceback
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, Callable
from urllib.parse import unquote


class Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def handler_for(handle: Callable[[Any, Any], Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections open, which the sidecar reuses

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["content-length"]))
            # The trace context of this call. Its child spans belong to the trace of the journey.
            print(unquote(self.headers["asya-envelope-id"]), "traceparent", self.headers.get("traceparent"), flush=True)
            try:
                result = handle(json.loads(payload), self.headers)
                self.answer(204 if result is None else 200, encode(result))
            except Exception as error:
                self.refuse(error)

        def refuse(self, error: Exception) -> None:
            delay = getattr(error, "retry_after", None)
            if delay is None:
                self.answer(500, encode(describe(error)))
            else:
                self.answer(429, encode(describe(error)), {"retry-after": str(delay)})

        def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass  # the sidecar logs each envelope

    return Handler


def describe(error: Exception) -> dict[str, Any]:
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {
        "error": "processing_error",
        "message": str(error),
        "type": kinds[0],
        "mro": kinds[1:],
        "traceback": traceback.format_exc(),
        "retryable": getattr(error, "retryable", False),
    }


def encode(value: Any) -> bytes:
    # NaN and infinity are not valid JSON, so the sidecar would reject the reply.
    return json.dumps(value, allow_nan=False).encode()


def main(actor: str) -> None:
    handle = runpy.run_path(actor)["handle"]
    path = os.path.join(os.environ.get("ASYA_SOCKET_DIR", "/var/run/asya"), "asya-runtime.sock")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # a killed runtime leaves its socket behind
    with Server(path, handler_for(handle)) as server:
        os.chmod(path, 0o660)
        print(f"listening on {path}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    # PID 1 of a container ignores SIGTERM unless it has a handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1])
