"""Runs calls: asynchronous functions on the event loop, others on threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

from .caller import Call, Caller
from .connection import Connection
from .exchange import Exchange, Outcome
from .workers import Worker, Workers


class LoopEngine:
    """Runs each call as a task of the event loop."""

    def __init__(self, caller: Caller, loop: asyncio.AbstractEventLoop) -> None:
        self._caller = caller
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, exchange: Exchange, connection: Connection) -> None:
        task = self._loop.create_task(self._answer(exchange, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, exchange: Exchange, connection: Connection) -> None:
        data = await self._caller.answer_async(exchange)
        connection.respond(data, is_last=not exchange.keeps_open)

    def recall(self) -> None:
        pass

    def close(self) -> None:
        pass


class ThreadEngine:
    """Runs calls on a fixed number of threads."""

    def __init__(self, caller: Caller, loop: asyncio.AbstractEventLoop, threads: int) -> None:
        self._caller = caller
        self._loop = loop
        self._workers = Workers(threads)

    def start(self, exchange: Exchange, connection: Connection) -> None:
        connection.lend()
        self._workers.submit(partial(self._serve, exchange, connection))

    def recall(self) -> None:
        """Returns the connections without a call to the event loop."""
        self._workers.recall()

    def close(self) -> None:
        self._workers.close()

    def _serve(self, exchange: Exchange, connection: Connection, worker: Worker) -> None:
        found: Exchange | None = exchange
        while found is not None:
            data = self._caller.answer(found, self._run)
            found = connection.continue_on_thread(data, not found.keeps_open, worker)

    def _run(self, calls: list[Call]) -> list[list[Outcome]]:
        """Makes the calls of a batch, on other threads as well if there are any."""
        if len(calls) == 1 or self._workers.count == 1:
            return [self._caller.run(call, self._loop) for call in calls]
        shared = _SharedCalls(calls, lambda call: self._caller.run(call, self._loop))
        for _ in range(min(len(calls), self._workers.count) - 1):
            self._workers.submit(lambda _worker: shared.work())
        shared.work()
        return shared.wait()


class _SharedCalls:
    """Calls that several threads take one after the other."""

    def __init__(self, calls: list[Call], run: Callable[[Call], list[Outcome]]) -> None:
        self._run = run
        self._waiting = list(enumerate(calls))[::-1]
        self._outcomes: list[list[Outcome]] = [[] for _ in calls]
        self._unfinished = len(calls)
        self._changed = threading.Condition()

    def work(self) -> None:
        while True:
            try:
                index, call = self._waiting.pop()
            except IndexError:
                return
            outcomes = self._run(call)
            with self._changed:
                self._outcomes[index] = outcomes
                self._unfinished -= 1
                self._changed.notify_all()

    def wait(self) -> list[list[Outcome]]:
        with self._changed:
            self._changed.wait_for(lambda: self._unfinished == 0)
        return self._outcomes
