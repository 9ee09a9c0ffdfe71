"""One connection of a sidecar."""
from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from .exchange import Exchange
from .wire import Response, Wire

READ_BYTES = 256 * 1024


class Engine(Protocol):
    """Answers exchanges."""

    def start(self, exchange: Exchange, respond: Callable[[bytes], None]) -> None:
        """Calls `respond` once, on the event loop."""


class Connection:
    """Reads requests, has them answered one after the other, and writes the responses.

    All methods are called on the event loop.
    """

    def __init__(
        self,
        sock: socket.socket,
        wire: Wire,
        engine: Engine,
        loop: asyncio.AbstractEventLoop,
        on_close: Callable[[Connection], None],
    ) -> None:
        self._sock = sock
        self._wire = wire
        self._engine = engine
        self._loop = loop
        self._on_close = on_close
        self._unsent: memoryview | None = None
        self._is_calling = False
        self._is_reading = False
        self._has_ended = False
        self._closes_after_write = False
        self._is_closed = False

    def start(self) -> None:
        self._sock.setblocking(False)
        self._resume_reading()

    def finish(self) -> None:
        """Closes the connection: at once if it is idle, otherwise after its response."""
        self._wire.is_closing = True
        if self._is_calling or self._unsent is not None or not self._wire.is_idle:
            return
        self.close()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._pause_reading()
        self._loop.remove_writer(self._sock)
        self._sock.close()
        self._on_close(self)

    def _on_readable(self) -> None:
        if self._is_calling:  # a further request, or the end: both wait
            self._pause_reading()
            return
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        if data:
            self._wire.feed(data)
            self._advance()
        else:
            self.close()

    def _advance(self) -> None:
        """Handles the requests that have arrived, until one needs a call or a write must wait."""
        while not (self._is_calling or self._is_closed or self._unsent is not None):
            found = self._wire.next()
            if found is None:
                if self._wire.is_closing and self._wire.is_idle:
                    self.close()
                else:
                    self._resume_reading()
                return
            if isinstance(found, Response):
                self._write(found.data, is_last=found.is_last)
            else:
                self._start_call(found)

    def _start_call(self, exchange: Exchange) -> None:
        self._is_calling = True

        def respond(data: bytes) -> None:
            self._is_calling = False
            if not self._is_closed:
                self._write(data, is_last=not exchange.keeps_open)
                self._advance()

        self._engine.start(exchange, respond)

    def _write(self, data: bytes, *, is_last: bool) -> None:
        self._closes_after_write = is_last
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:  # the sidecar has closed the connection
            self.close()
            return
        if sent < len(data):
            self._unsent = memoryview(data)[sent:]
            self._loop.add_writer(self._sock, self._on_writable)
        else:
            self._on_written()

    def _on_writable(self) -> None:
        assert self._unsent is not None
        try:
            sent = self._sock.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._unsent = None
            self._loop.remove_writer(self._sock)
            self._on_written()
            self._advance()

    def _on_written(self) -> None:
        if self._closes_after_write:
            self.close()

    def _resume_reading(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            self._loop.add_reader(self._sock, self._on_readable)

    def _pause_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._sock)
