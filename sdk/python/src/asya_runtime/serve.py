"""Serves a function from a program."""

from __future__ import annotations

import os

from .handler import Handler, HandlerFunction
from .loading import Loaded
from .server import run_or_exit
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
    run_or_exit(
        lambda: Loaded(Handler(handle), setup),
        lambda: read_settings(os.environ, protocol=protocol, listen=listen),
    )
