"""An actor that creates a span of its own, in the trace of the journey.

    pip install ./sdk/python opentelemetry-distro opentelemetry-exporter-otlp
    opentelemetry-instrument python3 -m asya_runtime traced_actor:handle

The kit creates a span `handle` below the call of the sidecar, if the package opentelemetry-api is
installed; the spans of the actor become its children. The command opentelemetry-instrument starts
the SDK and reads the variables OTEL_*. Without an SDK, the spans are no-ops.
"""
from opentelemetry import trace

tracer = trace.get_tracer("traced-actor")


def handle(payload):
    with tracer.start_as_current_span("load the model"):
        return payload  # your code; its spans become children of this one
