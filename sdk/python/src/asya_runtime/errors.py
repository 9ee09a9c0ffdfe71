"""The exceptions of a handler, and the error objects that describe them to the sidecar."""

from __future__ import annotations

import math
import os
import traceback
from datetime import timedelta
from types import TracebackType
from typing import Any

#: The error code of an exception that is not a `Reject`.
PROCESSING_ERROR = "processing_error"

#: The error code of a request that breaks the protocol.
BAD_REQUEST = "bad_request"

#: The error code of a request that arrives when the runtime stops.
STOPPING = "stopping"

MAX_MESSAGE_CHARACTERS = 16 * 1024
MAX_TRACEBACK_CHARACTERS = 30 * 1024

ErrorObject = dict[str, Any]


class Retry(Exception):
    """Asks for the same call again.

    `Retry()` is another attempt with backoff, up to ASYA_RETRY_MAX_ATTEMPTS of the sidecar.
    `Retry(after=5)` is a deferral: the same attempt again after 5 seconds (or a `timedelta`).
    """

    def __init__(self, message: str = "", *, after: float | timedelta | None = None) -> None:
        if not isinstance(message, str):
            raise TypeError(
                f"the message of Retry must be a str; a delay is Retry(after={message!r})"
            )
        self.after = None if after is None else _seconds(after)
        self.message = message or "the actor asks for another attempt"
        super().__init__(self.message)


class Reject(Exception):
    """Fails the call with an error code of the actor, without another attempt.

    `details` is any JSON value. The error envelope has it as `runtime_details`.
    """

    def __init__(self, code: str, message: str = "", details: Any = None) -> None:
        if not isinstance(code, str) or code == "":
            raise TypeError("the code of Reject must be a str that is not empty")
        self.code = code
        self.message = message or code
        self.details = details
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.code, self.message, self.details))


class NotJsonError(TypeError):
    """A result that JSON cannot express. The text names the place and the type."""


class BatchResultError(TypeError):
    """A batch function has returned no list, or a list of another length."""


class ProtocolError(Exception):
    """A request that breaks the protocol. The text names the rule."""


class SetupError(Exception):
    """The runtime cannot start. The text is one line for the operator."""


def error_object(code: str, message: str) -> ErrorObject:
    return {"error": code, "message": message}


def describe(error: BaseException) -> ErrorObject:
    """Returns the error object of an exception (docs/runtime-protocols.md)."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if isinstance(error, Reject):
        kinds.insert(0, error.code)  # the sidecar's logs and commands name an error by its type
    described = {
        **error_object(_code(error), message_of(error)),
        "type": kinds[0],
        "mro": kinds[1:],
    }
    if not isinstance(error, (Retry, Reject, NotJsonError, BatchResultError)) or _is_chained(error):
        described["traceback"] = traceback_of(error)
    if isinstance(error, Reject) and error.details is not None:
        described["details"] = error.details
    after = _retry_after(error)
    if after is not None:
        described["retry_after_ms"] = math.ceil(after * 1000)
    elif isinstance(error, Retry) or _attribute(error, "retryable") is True:
        described["retryable"] = True
    return described


def message_of(error: BaseException) -> str:
    """Returns the text of an exception, also of one whose `__str__` fails."""
    try:
        text = str(error)
    except BaseException:
        return f"an exception of class {type(error).__name__}, whose __str__ failed"
    return _cut(text, MAX_MESSAGE_CHARACTERS)


def traceback_of(error: BaseException) -> str:
    """Returns the traceback of an exception and of its causes, without the frames of the kit."""
    try:
        formatted = traceback.TracebackException(
            type(error), error, error.__traceback__, compact=True
        )
        for part in _parts(formatted):
            part.stack = traceback.StackSummary.from_list(
                frame for frame in part.stack if not _is_own(frame.filename)
            )
        return _cut("".join(formatted.format()), MAX_TRACEBACK_CHARACTERS)
    except Exception as problem:  # an exception may have any attribute
        return (
            f"{type(error).__name__} (its traceback cannot be formatted: {type(problem).__name__})"
        )


def location_of(error: BaseException) -> str | None:
    """Returns `file:line` of the innermost frame outside of the kit."""
    found: str | None = None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        filename = step.tb_frame.f_code.co_filename
        if not _is_own(filename) and not filename.startswith("<frozen "):
            found = f"{filename}:{step.tb_lineno}"
        step = step.tb_next
    return found


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, Reject) else PROCESSING_ERROR


def _is_chained(error: BaseException) -> bool:
    return error.__cause__ is not None or (
        error.__context__ is not None and not error.__suppress_context__
    )


def _retry_after(error: BaseException) -> float | None:
    after = error.after if isinstance(error, Retry) else _attribute(error, "retry_after")
    try:
        return None if after is None or isinstance(after, bool) else _seconds(after)
    except (TypeError, ValueError):
        return None


def _attribute(error: BaseException, name: str) -> Any:
    try:
        return getattr(error, name, None)
    except Exception:  # a property may raise
        return None


def _seconds(after: float | timedelta) -> float:
    seconds = after.total_seconds() if isinstance(after, timedelta) else after
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"a delay must be a number of seconds, not a {type(after).__name__}")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"a delay must be a finite number of seconds of at least 0, not {seconds}")
    return seconds


def _parts(formatted: traceback.TracebackException) -> list[traceback.TracebackException]:
    """Returns the exception, its causes and the members of its groups."""
    found: list[traceback.TracebackException] = []
    waiting: list[traceback.TracebackException | None] = [formatted]
    while waiting:
        part = waiting.pop()
        if part is None:
            continue
        found.append(part)
        waiting += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or [])]
    return found


_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def _is_own(filename: str) -> bool:
    return filename.startswith(_FOLDER)


def _cut(text: str, limit: int) -> str:
    """Cuts the middle of a long text: the end of a traceback is its most useful part."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]}\n… {len(text) - limit} characters …\n{text[-(limit // 2) :]}"
