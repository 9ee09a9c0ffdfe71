"""Spans of the calls, if the package opentelemetry-api is installed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from .context import Context
from .errors import describe

if TYPE_CHECKING:
    from opentelemetry import trace as api


class Span(Protocol):
    def fail(self, error: BaseException) -> None:
        """Records an exception that ended the call."""


class SpanScope(Protocol):
    """The time of a span, in a `with` statement."""

    def __enter__(self) -> Span: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None: ...


class Tracing(Protocol):
    def span(self, headers: Mapping[str, str], contexts: list[Context]) -> SpanScope:
        """Returns the span of a call, which is the current one inside.

        :param headers: with the trace context of the call
        :param contexts: of the payloads of the call
        """
        ...


class NoSpan:
    """Records nothing, as span and as context manager."""

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def fail(self, error: BaseException) -> None:
        pass


class NoTracing:
    """Creates no spans."""

    def __init__(self) -> None:
        self._span = NoSpan()

    def span(self, headers: Mapping[str, str], contexts: list[Context]) -> NoSpan:
        return self._span


def open_tracing() -> Tracing:
    """Returns spans of OpenTelemetry if its API can be imported."""
    try:
        from opentelemetry import trace
    except ImportError:
        return NoTracing()
    return OpenTelemetry(trace.get_tracer("asya_runtime"))


class OpenTelemetry:
    """Creates a span below the call of the sidecar. A call without trace context has no span."""

    def __init__(self, tracer: api.Tracer) -> None:
        self._tracer = tracer

    @contextlib.contextmanager
    def span(self, headers: Mapping[str, str], contexts: list[Context]) -> Iterator[Span]:
        from opentelemetry import propagate, trace

        parent = propagate.extract(headers)
        if not trace.get_current_span(parent).get_span_context().is_valid:
            yield NoSpan()
            return
        with self._tracer.start_as_current_span(
            _name_of(contexts[0]),
            context=parent,
            kind=trace.SpanKind.SERVER,
            attributes=_attributes_of(contexts),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _ActiveSpan(span)


class _ActiveSpan:
    def __init__(self, span: api.Span) -> None:
        self._span = span

    def fail(self, error: BaseException) -> None:
        from opentelemetry.trace import StatusCode

        described = describe(error)
        if "retry_after_ms" in described:
            return  # a deferral is not a failure
        attributes = {
            "exception.type": described["type"],
            "exception.message": described["message"],
        }
        if "traceback" in described:
            attributes["exception.stacktrace"] = described["traceback"]
        self._span.add_event("exception", attributes)
        self._span.set_status(StatusCode.ERROR, described["message"])


def _name_of(context: Context) -> str:
    return "handle" if context.actor is None else f"handle {context.actor}"


def _attributes_of(contexts: list[Context]) -> dict[str, str | int]:
    """Without `asya.actor`, which marks the span of a hop."""
    first, *others = contexts
    if others:
        return {"asya.batch.size": len(contexts)}
    found = {
        "asya.envelope.id": first.id,
        "asya.journey.id": first.journey,
        "asya.attempt": first.attempt,
    }
    return {name: value for name, value in found.items() if value is not None}
