"""The life of a runtime: start, calls, stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from .caller import Caller
from .connection import Connection, Engine
from .engine import LoopEngine, ThreadEngine
from .errors import SetupError, message_of, traceback_of
from .handler import Handler, HandlerFunction
from .loading import Loaded
from .log import Log
from .settings import Settings
from .signals import stop_on_signals
from .sockets import SocketFolder, listen_on_tcp
from .tracing import open_tracing
from .wire import Wire, WireOptions

#: The exit code after a wrong argument or setting, and after an exception of the actor's code.
USAGE_ERROR = 2
ACTOR_ERROR = 1

#: How long no connection is accepted after the limit of open files was reached.
ACCEPT_PAUSE_SECONDS = 1
#: How long a stop waits for the rest of a request.
REQUEST_PATIENCE_SECONDS = 1
#: How long an idle connection over TCP stays open after a stop. The sidecar closes it after 4 s.
TCP_PATIENCE_SECONDS = 5


def run_or_exit(load: Callable[[], Loaded], settings: Callable[[], Settings]) -> None:
    """Serves a handler. If the runtime cannot start, the reason is one line on standard error; the
    traceback of an exception in the code of the actor precedes it.

    :raises SystemExit: if the runtime cannot start
    """
    try:
        run(load, settings(), Log())
    except SetupError as error:
        if error.__cause__ is not None:
            sys.stderr.write(traceback_of(error.__cause__))
        sys.stderr.write(f"asya_runtime: {error}\n")
        raise SystemExit(USAGE_ERROR if error.__cause__ is None else ACTOR_ERROR) from None
    except KeyboardInterrupt:  # while the handler was loaded
        raise SystemExit(128 + signal.SIGINT) from None


def run(load: Callable[[], Loaded], settings: Settings, log: Log) -> None:
    """Serves a handler until SIGTERM or SIGINT.

    The files of a killed runtime are removed first, and the handler is loaded before the socket
    exists, so that no call waits for a model.

    :raises SetupError: if the runtime cannot start
    """
    folder = SocketFolder(settings.socket_dir) if settings.listen is None else None
    if folder is not None:
        folder.prepare()
    if threading.current_thread() is threading.main_thread():
        # As PID 1, a process without a handler ignores the signal. No file exists yet.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asyncio.run(_serve(load(), settings, folder, log))


async def _serve(loaded: Loaded, settings: Settings, folder: SocketFolder | None, log: Log) -> None:
    await _set_up(loaded.setup)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    stop_on_signals(
        lambda: loop.call_soon_threadsafe(stopping.set), settings.shutdown_seconds, log
    )
    listener = folder.listen() if folder is not None else listen_on_tcp(*_address(settings))
    server = Server(loaded.handler, settings, log, loop)
    server.accept_from(listener)
    os.register_at_fork(after_in_child=server.close_in_child)
    try:
        if folder is not None:
            folder.report_ready()
        _log_start(log, loaded.handler, settings, listener)
        await stopping.wait()
    finally:
        if folder is not None:
            folder.remove()
        unfinished = await server.stop(settings.shutdown_seconds)
    if unfinished > 0:
        log.write("error", "runtime stopped before its calls had ended", calls=unfinished)
        os._exit(1)  # these calls may never end


def _log_start(log: Log, handler: Handler, settings: Settings, listener: socket.socket) -> None:
    is_tcp = settings.listen is not None
    log.write(
        "info",
        "runtime listening",
        handler=handler.name,
        address=_format_address(listener),
        protocol="envelope"
        if settings.is_envelope and not is_tcp
        else "http"
        if is_tcp
        else "http, payload",
        threads=None if handler.is_async else settings.concurrency,
    )


class Server:
    """Accepts connections and has their calls made."""

    def __init__(
        self, handler: Handler, settings: Settings, log: Log, loop: asyncio.AbstractEventLoop
    ) -> None:
        caller = Caller(handler, open_tracing(), log)
        self._log = log
        self._loop = loop
        self._engine: LoopEngine | ThreadEngine = (
            LoopEngine(caller, loop)
            if handler.is_async
            else ThreadEngine(caller, loop, settings.concurrency)
        )
        self._wire_options = WireOptions(
            is_envelope=settings.is_envelope,
            has_batch_frames=settings.has_batch_frames(handler.is_batch),
            is_http_only=settings.listen is not None,
            on_bad_frame=lambda message: log.write("warn", "bad request", err=message),
        )
        self._connections: set[Connection] = set()
        self._listener: socket.socket | None = None
        self._all_closed = asyncio.Event()

    def accept_from(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._loop.add_reader(listener, self._accept, listener)

    def adopt(self, sock: socket.socket) -> None:
        """Serves a connected socket."""
        engine: Engine = self._engine
        connection = Connection(sock, Wire(self._wire_options), engine, self._loop, self._on_close)
        self._connections.add(connection)
        connection.start()

    async def drained(self) -> None:
        """Waits until no connection is open."""
        if self._connections:
            self._all_closed.clear()
            await self._all_closed.wait()

    async def stop(self, patience_seconds: float) -> int:
        """Accepts no further call and waits for the running ones.

        :returns: the number of calls that had not ended in time
        """
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._accept_waiting(self._listener)
            self._listener.close()
            self._listener = None
        for connection in list(self._connections):
            connection.finish()
        self._engine.recall()
        patience = (
            TCP_PATIENCE_SECONDS if self._wire_options.is_http_only else REQUEST_PATIENCE_SECONDS
        )
        self._loop.call_later(patience, self._close_without_call)
        try:
            await asyncio.wait_for(self.drained(), patience_seconds)
        except asyncio.TimeoutError:
            self._close_without_call()
        if self._connections:
            return len(self._connections)
        self._engine.close()
        return 0

    def close_in_child(self) -> None:
        """Closes the sockets in a process that the actor has forked. Otherwise the sidecar would
        not notice the end of the runtime while the other process lives."""
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            connection.close_in_child()

    def _close_without_call(self) -> None:
        for connection in list(self._connections):
            if not connection.has_call:
                connection.close()

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._log.write("error", "no connection accepted", err=error.strerror)
                self._loop.remove_reader(listener)
                self._loop.call_later(ACCEPT_PAUSE_SECONDS, self._resume_accepting)
            return
        self.adopt(sock)

    def _accept_waiting(self, listener: socket.socket) -> None:
        """Accepts the connections whose requests would be lost with the listener."""
        with contextlib.suppress(OSError):
            while True:
                self.adopt(listener.accept()[0])

    def _resume_accepting(self) -> None:
        if self._listener is not None:
            self._loop.add_reader(self._listener, self._accept, self._listener)

    def _on_close(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_closed.set()


async def _set_up(setup: HandlerFunction | None) -> None:
    if setup is None:
        return
    try:
        result = setup()
        if inspect.isawaitable(result):
            await result
    except (Exception, SystemExit) as error:
        raise SetupError(f"setup() failed: {type(error).__name__}: {message_of(error)}") from error


def _format_address(listener: socket.socket) -> str:
    """The path of a Unix socket, or the URL over TCP."""
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    host, port, *_ = name
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _address(settings: Settings) -> tuple[str, int]:
    if settings.listen is None:
        raise SetupError("there is no address to listen on")
    return settings.listen
