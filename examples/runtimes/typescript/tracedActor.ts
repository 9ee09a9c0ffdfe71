/**
 * An actor for httpRuntime.ts whose span is below the sidecar's call in the journey's trace.
 *
 *     node --import REGISTER httpRuntime.ts tracedActor.ts
 *
 * Needs @opentelemetry/api, and REGISTER is what starts your SDK. Without one the spans are no-ops.
 */
import { context, propagation, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('traced-actor');

export function handle(
  payload: unknown,
  headers: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // The context of this very call, and not the one that happens to be active.
  const parent = propagation.extract(context.active(), headers);
  return tracer.startActiveSpan('load the model', {}, parent, async (span) => {
    try {
      return payload; // your work; spans begun in it are below this one
    } finally {
      span.end();
    }
  });
}
