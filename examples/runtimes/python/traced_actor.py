"""An actor for http_runtime.py whose span is below the sidecar's call in the journey's trace.

    opentelemetry-instrument python3 http_runtime.py traced_actor.py

Needs opentelemetry-api; opentelemetry-instrument (of opentelemetry-distro) starts the SDK, as OTEL_* say. Without an SDK
the spans are no-ops.
"""
from __future__ import annotations

from typing import Any, Mapping

from opentelemetry import propagate, trace

tracer = trace.get_tracer("traced-actor")


def handle(payload: Any, headers: Mapping[str, str]) -> Any:
    # The context of this very call.
    with tracer.start_as_current_span("load the model", context=propagate.extract(headers)):
        return payload  # your work; spans begun in it are below this one
