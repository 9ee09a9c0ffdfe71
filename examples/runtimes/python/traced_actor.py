"""An actor for http_runtime.py that creates a span below the sidecar's call, in the trace of the
journey.

    opentelemetry-instrument python3 http_runtime.py traced_actor.py

Needs the package opentelemetry-api. The command opentelemetry-instrument (package
opentelemetry-distro) starts the SDK and reads the variables OTEL_*. Without an SDK, the spans are
no-ops.
"""
from __future__ import annotations

from typing import Any, Mapping

from opentelemetry import propagate, trace

tracer = trace.get_tracer("traced-actor")


def handle(payload: Any, headers: Mapping[str, str]) -> Any:
    # The trace context of this call.
    with tracer.start_as_current_span("load the model", context=propagate.extract(headers)):
        return payload  # your code; its spans become children of this one
