"""One connection of a sidecar."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .exchange import Exchange
from .wire import Response, Wire

READ_BYTES = 256 * 1024


class Engine(Protocol):
    """Answers exchanges."""

    def start(self, exchange: Exchange, connection: Connection) -> None:
        """Has the exchange answered: by `respond` on the event loop, or by `serve_on_thread`."""
        ...


class Waiter(Protocol):
    """The thread that serves a connection."""

    def wait_for(self, sock: socket.socket) -> bool:
        """Waits until the socket is readable; returns False if the thread is needed elsewhere."""
        ...


class Connection:
    """Reads requests, has them answered one after the other, and writes the responses.

    All methods but `continue_on_thread` are called on the event loop.
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
        self._closes_after_write = False
        self._is_closed = False

    def start(self) -> None:
        self._sock.setblocking(False)
        self._resume_reading()

    @property
    def has_call(self) -> bool:
        """Whether a call runs, or its response is being sent."""
        return self._is_calling or self._unsent is not None

    def finish(self) -> None:
        """Closes the connection: at once if it is idle, otherwise after its response."""
        self._wire.stop()
        if not self.has_call and self._wire.can_end:
            self.close()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._pause_reading()
        self._loop.remove_writer(self._sock)
        self._sock.close()
        self._on_close(self)

    def close_in_child(self) -> None:
        """Closes the socket in a forked process, without a change of the loop that both share."""
        self._sock.close()

    def respond(self, data: bytes, *, is_last: bool) -> None:
        """Sends the response of the running call."""
        self._is_calling = False
        if not self._is_closed:
            self._write(data, is_last=is_last)
            self._advance()

    def lend(self) -> None:
        """Leaves the socket to a thread during a call, and after it until the thread is needed for
        another connection. A thread that reads the next request itself saves two changes of
        threads a call, which is most of the time of a short one (bench/calls.py: 0.6 to 1.1)."""
        self._pause_reading()

    def continue_on_thread(self, data: bytes, is_last: bool, thread: Waiter) -> Exchange | None:
        """Sends a response and reads the next request. Returns None when the socket is given back
        to the event loop."""
        while True:
            sent = _send(self._sock, data)
            if sent < len(data) or is_last:
                self._give_back(data[sent:], is_last)
                return None
            found = self._wire.next()
            while found is None:
                if not thread.wait_for(self._sock):
                    self._give_back(b"", False)
                    return None
                received = _receive(self._sock)
                if received == b"":
                    self._give_back(b"", True)
                    return None
                self._wire.feed(received)
                found = self._wire.next()
            if isinstance(found, Exchange):
                return found
            data, is_last = found.data, found.is_last

    def _give_back(self, unsent: bytes, is_last: bool) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: the runtime was stopped
            self._loop.call_soon_threadsafe(partial(self.respond, unsent, is_last=is_last))

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
        while not (self._is_closed or self.has_call):
            found = self._wire.next()
            if found is None:
                if self._wire.can_end:
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
        self._engine.start(exchange, self)

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


def _send(sock: socket.socket, data: bytes) -> int:
    """Returns the number of bytes that were sent without waiting; 0 if the connection is lost."""
    try:
        return sock.send(data)
    except OSError:
        return 0


def _receive(sock: socket.socket) -> bytes:
    """Returns what has arrived; no bytes at the end of the connection, or if it is lost."""
    try:
        return sock.recv(READ_BYTES)
    except OSError:
        return b""
