"""Calls the handler for an exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from .context import Context
from .errors import BatchResultError, ProtocolError, Reject, Retry, describe, location_of
from .exchange import Exchange, Outcome
from .handler import Handler, collect, collect_async, needs_loop
from .log import Log
from .tracing import Tracing


#: The ids in a line of the log. The others are only counted.
MAX_LOGGED_IDS = 16


class Call(NamedTuple):
    """One call of the handler: a payload with its context, or lists of both."""

    exchange: Exchange
    payload: Any
    context: Any
    contexts: list[Context]


class CallFailed(Exception):
    """A whole batch failed."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Caller:
    """Calls one handler. An exception of the handler is an outcome, whatever its class."""

    def __init__(self, handler: Handler, tracing: Tracing, log: Log) -> None:
        self.handler = handler
        self._tracing = tracing
        self._log = log

    def plan(self, exchange: Exchange) -> list[Call]:
        """Returns the calls of a request: one for each payload, or one for all.

        :raises ProtocolError: if the request is invalid
        """
        payloads, contexts = exchange.open()
        if self.handler.is_batch:
            return [Call(exchange, payloads, contexts, contexts)] if payloads else []
        return [
            Call(exchange, payload, context, [context])
            for payload, context in zip(payloads, contexts, strict=True)
        ]

    def answer(self, exchange: Exchange, run: Callable[[list[Call]], list[list[Outcome]]]) -> bytes:
        """Returns the response to a request. `run` makes the calls."""
        try:
            calls = self.plan(exchange)
        except ProtocolError as error:
            return self.refuse(exchange, error)
        try:
            return exchange.respond([it for outcomes in run(calls) for it in outcomes])
        except CallFailed as failed:
            return exchange.respond_whole(failed.outcome)
        except Exception as error:
            return self._fail_whole(exchange, error)

    async def answer_async(self, exchange: Exchange) -> bytes:
        try:
            calls = self.plan(exchange)
        except ProtocolError as error:
            return self.refuse(exchange, error)
        try:
            if len(calls) == 1:
                return exchange.respond(await self.run_async(calls[0]))
            groups = await asyncio.gather(*(self.run_async(call) for call in calls))
            return exchange.respond([it for outcomes in groups for it in outcomes])
        except CallFailed as failed:
            return exchange.respond_whole(failed.outcome)
        except Exception as error:
            return self._fail_whole(exchange, error)

    def run(self, call: Call, loop: asyncio.AbstractEventLoop) -> list[Outcome]:
        """Makes a call on this thread. `loop` runs what the function does not finish itself."""
        with self._tracing.span(call.exchange.trace_headers, call.contexts) as span:
            try:
                result = self.handler.call(call.payload, call.context)
                if needs_loop(result):
                    result = asyncio.run_coroutine_threadsafe(collect_async(result), loop).result()
                return self._outcomes(call, collect(result))
            except CallFailed:
                raise
            except BaseException as error:
                span.fail(error)
                return self._failed(call, error)

    async def run_async(self, call: Call) -> list[Outcome]:
        """Makes a call on the event loop."""
        with self._tracing.span(call.exchange.trace_headers, call.contexts) as span:
            try:
                result = await collect_async(self.handler.call(call.payload, call.context))
                return self._outcomes(call, result)
            except CallFailed:
                raise
            except BaseException as error:
                span.fail(error)
                return self._failed(call, error)

    def refuse(self, exchange: Exchange, error: ProtocolError) -> bytes:
        self._log.write("warn", "bad request", err=str(error))
        return exchange.refuse(error)

    def _fail_whole(self, exchange: Exchange, error: Exception) -> bytes:
        """Answers a call that the kit itself failed to process, for example without memory."""
        failure = describe(error)
        self._log.write(
            "error", "runtime failed", err=failure["message"], traceback=failure.get("traceback")
        )
        return exchange.respond_whole(exchange.fail(failure))

    def _outcomes(self, call: Call, result: Any) -> list[Outcome]:
        if not self.handler.is_batch:
            return [call.exchange.succeed(result, call.context)]
        is_list = isinstance(result, (list, tuple))
        if not is_list or len(result) != len(call.contexts):
            returned = f"{len(result)} results" if is_list else "no list"
            raise BatchResultError(
                f"the batch function returned {returned} for {len(call.contexts)} payloads"
            )
        return [
            self._item(call, context, value)
            for context, value in zip(call.contexts, result, strict=True)
        ]

    def _item(self, call: Call, context: Context, value: Any) -> Outcome:
        """An exception among the results of a batch fails its item only."""
        if isinstance(value, type) and issubclass(value, BaseException):
            value = value()
        if isinstance(value, BaseException):
            return self._failure(call, value, [context])
        try:
            return call.exchange.succeed(collect(value), context)
        except Exception as error:
            return self._failure(call, error, [context])

    def _failed(self, call: Call, error: BaseException) -> list[Outcome]:
        outcome = self._failure(call, error, call.contexts)
        if call.exchange.is_batch and self.handler.is_batch:
            raise CallFailed(outcome)
        return [outcome]

    def _failure(self, call: Call, error: BaseException, contexts: list[Context]) -> Outcome:
        outcome = call.exchange.fail(describe(error))
        failure = outcome.failure or {}
        if "retry_after_ms" in failure:
            return outcome  # a deferral is not a failure
        ids = [context.id for context in contexts if context.id is not None]
        self._log.write(
            "warn" if isinstance(error, (Retry, Reject)) or "retryable" in failure else "error",
            "call failed",
            envelope_id=ids[0] if len(ids) == 1 else None,
            envelope_ids=ids[:MAX_LOGGED_IDS] if len(ids) > 1 else None,
            batch_size=len(contexts) if len(contexts) > 1 else None,
            attempt=contexts[0].attempt if len(contexts) == 1 else None,
            error=failure.get("error"),
            type=failure.get("type"),
            err=failure.get("message"),
            at=location_of(error),
        )
        return outcome
