"""JSON as the sidecar accepts it: UTF-8, without NaN and Infinity."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from typing import Any, NoReturn

from .errors import NotJsonError, ProtocolError


def decode(data: bytes) -> Any:
    """Parses JSON. Integers keep all their digits; the last of equal keys wins.

    :raises ProtocolError: if the bytes are not JSON
    """
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProtocolError(
            f"the request is not UTF-8: {error.reason} at byte {error.start}"
        ) from None
    except json.JSONDecodeError as error:
        raise ProtocolError(f"the request of {len(data)} bytes is not JSON: {error}") from None
    except RecursionError:
        raise ProtocolError("the request is nested too deeply for Python's json") from None
    except ValueError as error:  # the limit of digits of an integer
        raise ProtocolError(f"the request cannot be read: {error}") from None


def encode(value: Any) -> bytes:
    """Returns the JSON text of a value. A lone surrogate stays an escape sequence.

    :raises NotJsonError: if JSON cannot express the value
    """
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        return _ASCII_ENCODER.encode(value).encode("ascii")
    except RecursionError:
        raise NotJsonError("the result is nested too deeply for Python's json") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise NotJsonError(_problem_of(value) or f"the result is not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))

_MAX_VISITED = 1_000_000
_MAX_PATH_CHARACTERS = 1_000


def _problem_of(value: Any) -> str | None:
    """Finds the first part of a value that is not JSON. Runs only after a failure."""
    waiting: list[tuple[str, Any]] = [("", value)]
    for _ in range(_MAX_VISITED):
        if not waiting:
            return None
        path, part = waiting.pop()
        if len(path) > _MAX_PATH_CHARACTERS:
            continue  # the value may contain itself
        if isinstance(part, dict):
            for key in part:
                if not isinstance(key, (str, int, float, bool, type(None))):
                    return (
                        f"the result{path} has a key of type {_type_name(key)};"
                        " keys of JSON are strings"
                    )
            waiting += reversed([(f"{path}[{key!r}]", item) for key, item in part.items()])
        elif isinstance(part, (list, tuple)):
            waiting += reversed([(f"{path}[{index}]", item) for index, item in enumerate(part)])
        elif isinstance(part, float):
            if not math.isfinite(part):
                return (
                    f"the result{path} is {_number_name(part)}, which JSON does not have; use None"
                )
        elif not isinstance(part, (str, int, bool, type(None))):
            return (
                f"the result{path} is of type {_type_name(part)},"
                f" which JSON does not have{_hint(part)}"
            )
    return None


def _number_name(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _type_name(part: Any) -> str:
    kind = type(part)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _hint(part: Any) -> str:
    if isinstance(part, (bytes, bytearray, memoryview)):
        return "; encode it, for example with base64"
    if isinstance(part, (set, frozenset)):
        return "; use sorted() or list()"
    if isinstance(part, enum.Enum):
        return "; use its value"
    if dataclasses.is_dataclass(part):
        return "; use dataclasses.asdict()"
    for method in ("isoformat", "model_dump", "tolist", "_asdict"):
        if hasattr(part, method):
            return f"; use .{method}()"
    return ""
