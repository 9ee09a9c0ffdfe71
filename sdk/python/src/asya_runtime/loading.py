"""Finds the function that ASYA_HANDLER or the command line names."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType
from typing import Any

from .errors import SetupError, location_of, message_of
from .handler import BATCH_NAME, Handler, HandlerFunction

DEFAULT_NAME = "handle"


class Loaded:
    def __init__(self, handler: Handler, setup: HandlerFunction | None) -> None:
        self.handler = handler
        #: The function `setup()` of the module, which runs before the runtime is ready.
        self.setup = setup


def load(name: str, *, prefers_batch: bool = False) -> Loaded:
    """Imports `module:function`, `module.function`, `module:Class.method` or `module`.

    A class is instantiated without arguments.

    :param prefers_batch: whether `handle_batch` precedes `handle` if no function is named
    :raises SetupError: with one line, if there is no such function
    """
    if name.endswith(".py") and ":" not in name:
        example = name.removesuffix(".py").replace("/", ".").lstrip(".")
        raise SetupError(
            f'"{name}" is a file; name a module and a function, such as {example}:{DEFAULT_NAME}'
        )
    module_name, colon, attributes = name.partition(":")
    if colon:
        module = _import(module_name, name)
        path = attributes.split(".")
    else:
        module, path = _split(name)
    function = _find(module, path or [_default_of(module, prefers_batch)], name)
    return Loaded(Handler(function, name), _setup_of(module))


def _split(name: str) -> tuple[ModuleType, list[str]]:
    """Imports the longest part of a dotted name that is a module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            return _import(".".join(parts[:length]), name), parts[length:]
        except _NoSuchModule:
            continue
    raise _NoSuchModule(
        f'no module "{_module_of(parts)}" for the handler "{name}"; is its folder in PYTHONPATH?'
    )


def _module_of(parts: list[str]) -> str:
    return ".".join(parts[:-1]) or parts[0]


class _NoSuchModule(SetupError):
    pass


def _import(module: str, name: str) -> ModuleType:
    if not all(part.isidentifier() for part in module.split(".")):
        raise SetupError(
            f'"{name}" is not a valid handler; expected module:function or module.function'
        )
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise _NoSuchModule(
                f'no module "{module}" for the handler "{name}"; is its folder in PYTHONPATH?'
            ) from None
        raise _import_failed(module, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(module, error) from error


def _import_failed(module: str, error: BaseException) -> SetupError:
    place = location_of(error)
    where = "" if place is None or isinstance(error, SyntaxError) else f" ({place})"
    return SetupError(f"cannot import {module}: {type(error).__name__}: {message_of(error)}{where}")


def _default_of(module: ModuleType, prefers_batch: bool) -> str:
    names = (BATCH_NAME, DEFAULT_NAME) if prefers_batch else (DEFAULT_NAME, BATCH_NAME)
    return next((name for name in names if hasattr(module, name)), DEFAULT_NAME)


def _find(module: ModuleType, path: list[str], name: str) -> HandlerFunction:
    found: Any = module
    for depth, part in enumerate(path):
        if inspect.isclass(found):
            found = _instantiate(found)
        if not hasattr(found, part):
            owner = (
                f"module {module.__name__}"
                if depth == 0
                else ".".join([module.__name__, *path[:depth]])
            )
            raise SetupError(f'no function "{part}" in {owner} for the handler "{name}"')
        found = getattr(found, part)
    if inspect.isclass(found):
        raise SetupError(f'"{name}" is a class; name its method, such as {name}.{DEFAULT_NAME}')
    if not callable(found):
        raise SetupError(f'"{name}" is not callable: it is of type {type(found).__name__}')
    function: HandlerFunction = found
    return function


def _instantiate(kind: type[Any]) -> Any:
    try:
        return kind()
    except Exception as error:
        raise SetupError(
            f"cannot create {kind.__name__}() without arguments:"
            f" {type(error).__name__}: {message_of(error)}"
        ) from error


def _setup_of(module: ModuleType) -> HandlerFunction | None:
    """Ignores a `setup` that the module has imported."""
    setup = getattr(module, "setup", None)
    return setup if inspect.isfunction(setup) and setup.__module__ == module.__name__ else None
