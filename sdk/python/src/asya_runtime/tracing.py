"""Spans of the calls, if the package opentelemetry-api is installed."""
from __future__ import annotations

from .exchange import Exchange


class Span:
    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def fail(self, error: BaseException) -> None:
        pass


class Tracing:
    """Creates no spans."""

    def span(self, _exchange: Exchange, _name: str) -> Span:
        return _NO_SPAN


_NO_SPAN = Span()


def open_tracing() -> Tracing:
    return Tracing()
