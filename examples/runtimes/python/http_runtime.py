#!/usr/bin/env python3
"""A runtime for the protocol `http`: a payload comes as the body of `POST /`, and what becomes of it goes back.

    ASYA_SOCKET_DIR=/tmp/asya python3 http_runtime.py ACTOR.py

ACTOR.py has a function `handle(payload, headers)`. What it returns goes on: a list as one envelope each, None as
nothing. An exception is an error; one with `retryable = True` asks for another attempt, and one with `retry_after`
(in seconds) for the same attempt, later.

A thread for each connection, so as many requests at once as the sidecar has slots. Python 3.9 or newer, no packages.
Any web framework that listens on a Unix socket will do as well (uvicorn --uds, gunicorn --bind unix:…).
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
        protocol_version = "HTTP/1.1"  # the sidecar keeps its connections

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["content-length"]))
            # The trace context of this very call: a span that is its child joins the journey's trace.
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
            pass  # the sidecar has a line for each envelope

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
    # NaN and infinity are no JSON; the sidecar would refuse the reply.
    return json.dumps(value, allow_nan=False).encode()


def main(actor: str) -> None:
    handle = runpy.run_path(actor)["handle"]
    path = os.path.join(os.environ.get("ASYA_SOCKET_DIR", "/var/run/asya"), "asya-runtime.sock")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # left by a runtime that was killed
    with Server(path, handler_for(handle)) as server:
        os.chmod(path, 0o660)
        print(f"listening on {path}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    # A process with PID 1, as in a container, ignores SIGTERM unless it handles it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1])
