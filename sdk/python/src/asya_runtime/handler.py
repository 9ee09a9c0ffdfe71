"""A function that handles calls, and how it wants to be called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .context import Context
from .errors import SetupError

#: A function `handle(payload)` or `handle(payload, context)`, or the same with lists for a batch.
HandlerFunction = Callable[..., Any]

F = TypeVar("F", bound=HandlerFunction)

BATCH_NAME = "handle_batch"
_BATCH_MARK = "__asya_batch__"


def batch(function: F) -> F:
    """Marks a function that gets a list of payloads and returns as many results, like one that is
    named `handle_batch`."""
    setattr(function, _BATCH_MARK, True)
    return function


class Handler:
    """A checked function. `call` passes the context if the function takes it."""

    def __init__(self, function: HandlerFunction, name: str | None = None) -> None:
        if not callable(function):
            raise SetupError(
                f"{name or repr(function)} is not callable: it is a {type(function).__name__}"
            )
        own_name = getattr(function, "__name__", type(function).__name__)
        self.name = name or own_name
        self.is_batch = own_name == BATCH_NAME or getattr(function, _BATCH_MARK, False) is True
        #: Whether it runs on the event loop. A function that only returns an awaitable does not.
        self.is_async = _is_async(function)
        self.call = _bind(function, self.name)


def collect(result: Any) -> Any:
    """Returns the items of a generator, or of another iterator, as a list."""
    return (
        list(result)
        if type(result) not in _PLAIN_TYPES and isinstance(result, Iterator)
        else result
    )


async def collect_async(result: Any) -> Any:
    """Awaits a result, or collects the items of an asynchronous generator."""
    if inspect.isawaitable(result):
        result = await result
    if needs_loop(result):
        return [item async for item in result]
    return collect(result)


def needs_loop(result: Any) -> bool:
    """Whether a result is an awaitable or an asynchronous iterator."""
    return type(result) not in _PLAIN_TYPES and (
        inspect.isawaitable(result) or hasattr(result, "__aiter__")
    )


#: Most results. They need no further look.
_PLAIN_TYPES = frozenset((dict, list, tuple, str, int, float, bool, type(None)))


def _is_async(function: HandlerFunction) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    called = function if inspect.isroutine(function) else type(function).__call__
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)


def _bind(function: HandlerFunction, name: str) -> Callable[[Any, Any], Any]:
    """Returns a function of the payload and the context."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function in C without a signature
        return lambda payload, _context: function(payload)
    kinds = inspect.Parameter
    positional = [
        it for it in parameters if it.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
    ]
    takes_any = any(it.kind is kinds.VAR_POSITIONAL for it in parameters)
    required = [it for it in positional if it.default is kinds.empty]
    keywords = [it for it in parameters if it.kind is kinds.KEYWORD_ONLY]
    unknown = [it.name for it in keywords if it.default is kinds.empty and not _is_context(it)]
    if len(required) > 2 or not (positional or takes_any) or unknown:
        raise SetupError(
            f"{name} must take a payload, or a payload and a context;"
            f" it is {name.rpartition(':')[2]}{inspect.signature(function)}"
        )
    if len(required) == 2 or (len(positional) > 1 and _is_context(positional[1])):
        return lambda payload, context: function(payload, context)
    for it in keywords:
        if _is_context(it):
            return functools.partial(_call_with_keyword, function, it.name)
    return lambda payload, _context: function(payload)


def _call_with_keyword(function: HandlerFunction, name: str, payload: Any, context: Any) -> Any:
    return function(payload, **{name: context})


def _is_context(parameter: inspect.Parameter) -> bool:
    """An optional second parameter is the context only if its name or its type is that of one."""
    annotation = parameter.annotation
    return (
        parameter.name in ("context", "contexts", "ctx")
        or annotation is Context
        or (
            isinstance(annotation, str) and annotation.rpartition(".")[2].split(" ")[0] == "Context"
        )
    )
