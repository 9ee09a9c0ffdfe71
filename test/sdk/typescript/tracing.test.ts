import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Retry } from '../../../sdk/typescript/src/index.ts';
import { serveActor } from '../../kit/runtimes/typescriptKit.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;

const sdk = startRecordedSdk();
after(() => sdk.close());

for (const protocol of ['http', 'envelope'] as const) {
  test(`with ${protocol}, a call runs in a span of the trace that it received`, async (t) => {
    const { ask } = await serveActor(
      t,
      async () => {
        trace.getTracer('actor').startSpan('load the model').end();
        return 1;
      },
      protocol,
    );
    await ask({ context: { traceparent: TRACEPARENT }, attempt: 2 });
    const [inner, call] = sdk.takeSpans();
    assert.equal(call?.name, 'handle infer');
    assert.equal(call.kind, SpanKind.SERVER);
    assert.equal(call.spanContext().traceId, TRACE_ID);
    assert.equal(call.parentSpanContext?.spanId, PARENT_ID);
    assert.equal(call.attributes['asya.envelope.id'], 'env-1');
    assert.equal(call.attributes['asya.actor'], undefined);
    assert.equal(inner?.parentSpanContext?.spanId, call.spanContext().spanId);
  });
}

test('the span of a failed call has the exception and the status of an error', async (t) => {
  const { ask } = await serveActor(t, () => {
    throw new TypeError('not today');
  });
  await ask({ context: { traceparent: TRACEPARENT } });
  const [call] = sdk.takeSpans();
  assert.equal(call?.status.code, SpanStatusCode.ERROR);
  assert.equal(call.events[0]?.attributes?.['exception.message'], 'not today');
});

test('the span of a batch with another number of results has the error', async (t) => {
  const { ask } = await serveActor(t, { handleBatch: () => [] });
  await ask({ context: { traceparent: TRACEPARENT } });
  const [call] = sdk.takeSpans();
  assert.equal(call?.status.code, SpanStatusCode.ERROR);
  assert.equal(call.events[0]?.attributes?.['exception.type'], 'BatchResultError');
});

test('the span of a deferral has no error', async (t) => {
  const { ask } = await serveActor(t, () => {
    throw new Retry({ after: 1 });
  });
  await ask({ context: { traceparent: TRACEPARENT } });
  const [call] = sdk.takeSpans();
  assert.deepEqual([call?.status.code, call?.events], [SpanStatusCode.UNSET, []]);
});

test('a call without a trace context has no span', async (t) => {
  const { ask } = await serveActor(t, () => 1, 'payload');
  await ask({ context: { traceparent: TRACEPARENT } });
  assert.deepEqual(sdk.takeSpans(), []);
});
