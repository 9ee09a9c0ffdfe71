"""Serves a function from a program."""
from __future__ import annotations

import os

from .errors import SetupError
from .handler import Handler, HandlerFunction
from .loading import Loaded
from .log import Log
from .server import run
from .settings import read_settings


def serve(
    handle: HandlerFunction,
    *,
    protocol: str | None = None,
    listen: str | None = None,
    setup: HandlerFunction | None = None,
) -> None:
    """Serves a function until SIGTERM or SIGINT. Reads the variables that README.md lists.

    :param handle: `handle(payload)` or `handle(payload, context)`; `async def` as well
    :param protocol: "envelope" selects the protocol `envelope`
    :param listen: `HOST:PORT` for `http` over TCP, instead of the Unix socket
    :param setup: runs before the runtime is ready; `async def` as well
    :raises SystemExit: after one line on standard error, if the runtime cannot start
    """
    try:
        settings = read_settings(os.environ, protocol=protocol, listen=listen)
        handler = Handler(handle)
        run(lambda: Loaded(handler, setup), settings, Log())
    except SetupError as error:
        raise SystemExit(f"asya_runtime: {error}") from None
