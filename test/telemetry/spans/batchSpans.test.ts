import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Call, CallReply, Reply } from '../../../src/runtime/runtime.ts';
import { createSampler } from '../../../telemetry/sdk/sampler.ts';
import { createBatchedHops } from '../../kit/telemetry/batchedHops.ts';
import { openMeter } from '../../kit/telemetry/meter.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { drawing, drawSpans } from '../../kit/telemetry/spanTree.ts';

/** Samples only traces whose producer has sampled them. */
const sampler = createSampler({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
const sdk = startRecordedSdk({ ...(sampler && { sampler }) });
after(() => sdk.close());

async function setup(t: TestContext, answer: (call: Call) => CallReply) {
  const actor = 'infer';
  const { telemetry } = await openMeter(t, { actor });
  sdk.takeSpans();
  return createBatchedHops(t, { actor, telemetry }, answer);
}

/** An envelope in a trace of its own. */
function envelope(id: number, flags: '00' | '01' = '01', headers: object = {}): object {
  const traceparent = `00-${String(id).repeat(32)}-${String(id).repeat(16)}-${flags}`;
  return { id: `env-${id}`, headers: { traceparent, ...headers } };
}

const ANSWER: Reply = { kind: 'answered', items: [], sizeBytes: 2 };
const answerAll = ({ requests }: Call): CallReply => ({
  kind: 'answered',
  replies: requests.map(() => ANSWER),
  sizeBytes: 20,
});
const crashBatches = (call: Call): CallReply =>
  call.requests.length === 1
    ? answerAll(call)
    : { kind: 'failed', fault: { code: 'runtime_crashed', message: 'gone' }, retryable: false };

const SHOWN = ['asya.batch.size', 'asya.call.alone', 'asya.runtime.reply.size', 'error.type'];

function batchOf(spans: readonly ReadableSpan[]): ReadableSpan {
  return spans.find(({ name }) => name === 'call batch') ?? assert.fail('no span of the batch');
}

test('the hops of a batch link to the span of their call, which links to them', async (t) => {
  const hops = await setup(t, answerAll);
  await hops.run([envelope(1), envelope(2), envelope(3)]);
  const spans = sdk.takeSpans();
  const ofHop = `
    process infer · consumer
      call infer · client · size=3 · size=2 · link -> call batch`;
  const links = Array.from({ length: 3 }, () => 'link -> call infer').join(' · ');
  assert.equal(
    drawSpans(spans, SHOWN),
    drawing(`${ofHop}${ofHop}${ofHop}
    call batch · client · size=3 · size=20 · ${links}`),
  );
  const batch = batchOf(spans);
  assert.equal(batch.parentSpanContext, undefined);
  assert.deepEqual(batch.attributes, {
    'network.transport': 'unix',
    'server.address': '/run/asya-runtime.sock',
    'asya.runtime.protocol': 'payload',
    'asya.actor': 'infer',
    'asya.batch.size': 3,
    'asya.runtime.request.size': 3 * '{"n":1}'.length,
    'asya.runtime.reply.size': 20,
  });
});

test('the runtime receives the context of the batch, without the baggage of a hop', async (t) => {
  const hops = await setup(t, answerAll);
  await hops.run([envelope(1, '01', { baggage: 'tenant=1' }), envelope(2)]);
  const { traceId, spanId } = batchOf(sdk.takeSpans()).spanContext();
  assert.deepEqual(
    hops.calls.map(({ context }) => context),
    [{ traceparent: `00-${traceId}-${spanId}-01` }],
  );
});

test('the calls of a batch begin before and end after its span', async (t) => {
  const hops = await setup(t, answerAll);
  await hops.run([envelope(1), envelope(2)]);
  const spans = sdk.takeSpans();
  const batch = batchOf(spans);
  const calls = spans.filter(({ name }) => name === 'call infer');
  assert.equal(calls.length, 2);
  for (const { startTime, endTime } of calls) {
    assert.ok(nanoseconds(startTime) <= nanoseconds(batch.startTime));
    assert.ok(nanoseconds(endTime) >= nanoseconds(batch.endTime));
  }
});

function nanoseconds([seconds, rest]: ReadableSpan['startTime']): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}

test('a hop whose batch failed has a second call, alone and in its own trace', async (t) => {
  const hops = await setup(t, crashBatches);
  await hops.run([envelope(1), envelope(2)]);
  const spans = sdk.takeSpans();
  const ofHop = `
    process infer · consumer
      call infer · client · size=2 · type=runtime_crashed · link -> call batch · error: gone
      call infer · client · alone=true · size=2`;
  assert.equal(
    drawSpans(spans, SHOWN),
    drawing(`${ofHop}${ofHop}
    call batch · client · size=2 · type=runtime_crashed · link -> call infer · link -> call infer · error: gone`),
  );
  const alone = spans.filter(({ attributes }) => attributes['asya.call.alone'] === true);
  assert.deepEqual(
    hops.calls.slice(1).map(({ context }) => context['traceparent']),
    alone.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
  );
});

test('a call of one envelope is in the trace of its hop', async (t) => {
  const hops = await setup(t, answerAll);
  await hops.run([envelope(1)]);
  const spans = sdk.takeSpans();
  const expected = `
    process infer · consumer
      call infer · client · size=2`;
  assert.equal(drawSpans(spans, SHOWN), drawing(expected));
  const call = spans.find(({ name }) => name === 'call infer')?.spanContext();
  assert.equal(hops.calls[0]?.context['traceparent'], `00-${'1'.repeat(32)}-${call?.spanId}-01`);
});

test('a batch is sampled if one of its hops is', async (t) => {
  const hops = await setup(t, answerAll);
  await hops.run([envelope(1, '00'), envelope(2), envelope(3, '00')]);
  const expected = `
    process infer · consumer
      call infer · client · size=3 · size=2 · link -> call batch
    call batch · client · size=3 · size=20 · link -> call infer`;
  assert.equal(drawSpans(sdk.takeSpans(), SHOWN), drawing(expected));
});
