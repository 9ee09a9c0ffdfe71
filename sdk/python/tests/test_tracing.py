"""Spans of OpenTelemetry, if its packages are installed."""

from __future__ import annotations

import asyncio
import importlib.util
import unittest
from typing import Any

from asya_runtime import Retry, batch, call, call_batch
from asya_runtime.tracing import NoTracing, open_tracing

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
HAS_SDK = importlib.util.find_spec("opentelemetry") is not None and (
    importlib.util.find_spec("opentelemetry.sdk") is not None
)


class WithoutOpenTelemetry(unittest.TestCase):
    @unittest.skipIf(HAS_SDK, "opentelemetry-sdk is installed")
    def test_there_are_no_spans(self) -> None:
        self.assertIsInstance(open_tracing(), NoTracing)


@unittest.skipUnless(HAS_SDK, "needs the package opentelemetry-sdk")
class WithOpenTelemetry(unittest.TestCase):
    exporter: Any

    @classmethod
    def setUpClass(cls) -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        cls.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(cls.exporter))
        trace.set_tracer_provider(provider)

    def setUp(self) -> None:
        self.exporter.clear()

    def test_a_call_has_a_span_below_the_call_of_the_sidecar(self) -> None:
        from opentelemetry import trace

        def handle(_payload: Any) -> None:
            with trace.get_tracer("actor").start_as_current_span("inner"):
                pass

        async def handle_async(payload: Any) -> None:
            await asyncio.sleep(0)
            handle(payload)

        for function in (handle, handle_async):
            with self.subTest(function=function.__name__):
                self.exporter.clear()
                call(function, None, id="env-1", actor="infer", attempt=2, headers=HEADERS)
                inner, outer = self.exporter.get_finished_spans()
                self.assertEqual([inner.name, outer.name], ["inner", "handle infer"])
                self.assertEqual(format(outer.context.trace_id, "032x"), TRACE_ID)
                self.assertEqual(format(outer.parent.span_id, "016x"), "b7ad6b7169203331")
                self.assertEqual(inner.parent.span_id, outer.context.span_id)
                self.assertEqual(outer.attributes["asya.envelope.id"], "env-1")
                self.assertEqual(outer.attributes["asya.attempt"], 2)
                self.assertNotIn("asya.actor", outer.attributes)  # it marks a hop

    def test_a_failure_is_the_status_of_the_span(self) -> None:
        def handle(payload: Any) -> None:
            raise payload_error(payload)

        def payload_error(payload: Any) -> Exception:
            return Retry(after=5) if payload == "later" else ValueError("not today")

        call(handle, "fail", headers=HEADERS)
        call(handle, "later", headers=HEADERS)
        failed, deferred = self.exporter.get_finished_spans()
        self.assertEqual([failed.status.is_ok, failed.status.description], [False, "not today"])
        (event,) = failed.events
        self.assertEqual(event.attributes["exception.type"], "ValueError")
        self.assertTrue(deferred.status.is_ok)

    def test_a_result_that_is_not_json_is_a_failure(self) -> None:
        call(lambda _payload: float("nan"), None, headers=HEADERS)
        (span,) = self.exporter.get_finished_spans()
        self.assertFalse(span.status.is_ok)

    def test_a_batch_with_another_number_of_results_is_a_failure(self) -> None:
        call_batch(batch(lambda _payloads: []), [1, 2], headers=HEADERS)
        (span,) = self.exporter.get_finished_spans()
        self.assertFalse(span.status.is_ok)
        (event,) = span.events
        self.assertEqual(event.attributes["exception.type"], "BatchResultError")

    def test_a_batch_has_one_span(self) -> None:
        call_batch(batch(lambda payloads: payloads), [1, 2], headers=HEADERS)
        (span,) = self.exporter.get_finished_spans()
        self.assertEqual(span.attributes["asya.batch.size"], 2)

    def test_a_call_without_trace_context_has_no_span(self) -> None:
        call(lambda _payload: None, None)
        self.assertEqual(self.exporter.get_finished_spans(), ())


if __name__ == "__main__":
    unittest.main()
