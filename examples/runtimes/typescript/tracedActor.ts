/**
 * An actor that creates a span of its own. The kit runs each call in a span that joins the trace of
 * the journey, and the spans of the actor become its children.
 *
 *     node --import REGISTER tracedActor.ts
 *
 * Needs the packages @asya/runtime and @opentelemetry/api. REGISTER is the module that starts your
 * SDK. Without an SDK, the spans are no-ops.
 */
import { serve } from '@asya/runtime';
import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('traced-actor');

await serve(async (payload) => {
  const span = tracer.startSpan('load the model');
  await loadModel();
  span.end();
  return payload;
});

async function loadModel(): Promise<void> {
  // your code
}
