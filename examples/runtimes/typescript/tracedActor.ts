/**
 * An actor for httpRuntime.ts that creates a span below the sidecar's call, in the trace of the
 * journey.
 *
 *     node --import REGISTER httpRuntime.ts tracedActor.ts
 *
 * Needs the package @opentelemetry/api. REGISTER is the module that starts your SDK. Without an
 * SDK, the spans are no-ops.
 */
import { context, propagation, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('traced-actor');

export function handle(
  payload: unknown,
  headers: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // The trace context of this call, instead of the active one.
  const parent = propagation.extract(context.active(), headers);
  return tracer.startActiveSpan('load the model', {}, parent, async (span) => {
    try {
      return payload; // your code; its spans become children of this one
    } finally {
      span.end();
    }
  });
}
