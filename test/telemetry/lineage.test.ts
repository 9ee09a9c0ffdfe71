import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { context, propagation, trace } from '@opentelemetry/api';
import type { Headers } from '../../src/transport/transport.ts';
import { createArrivals } from '../../telemetry/adopted.ts';
import { traceHops } from '../../telemetry/router.ts';
import { hopOf } from '../helpers/hops.ts';
import { startRecordedSdk } from '../helpers/recordedSdk.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const MINUTE_MS = 60_000;
const T = { traceId: '11111111111111111111111111111111', spanId: '1111111111111111', traceFlags: 1 };
const E = { traceId: '22222222222222222222222222222222', spanId: '2222222222222222', traceFlags: 1 };
const header = ({ traceId, spanId }: typeof T): string => `00-${traceId}-${spanId}-01`;

/** Runs one hop through the layer, on a transport whose library opens spans or on one that has none. */
async function run(headers: Headers, envelope: object, { instrumented = false } = {}) {
  const arrivals = createArrivals(instrumented);
  const tracer = trace.getTracer('test');
  const options = { tracer, actor: 'infer', system: 'test', maxGapMs: MINUTE_MS, arrivals };
  const hop = hopOf({ headers, envelope: { headers: envelope } });
  const work = traceHops(options)(async () => ({ name: 'forward', dispatched: 1 }));
  if (instrumented) {
    const parent = propagation.extract(context.active(), headers);
    const span = tracer.startSpan('asya-infer process', {}, parent);
    context.with(trace.setSpan(parent, span), () => arrivals.note(hop.delivery));
  }
  await work(hop);
  const spans = sdk.takeSpans();
  const process = spans.find(({ name }) => name === 'process infer');
  assert.ok(process !== undefined);
  return {
    process,
    others: spans.filter((span) => span !== process),
    trace: process.spanContext().traceId,
    parent: process.parentSpanContext?.spanId,
    links: process.links.map(({ context, attributes }) => [context.spanId, attributes?.['asya.link']]),
    sentOn: hop.context,
  };
}

for (const instrumented of [false, true]) {
  const on = instrumented ? 'a transport with spans of its own' : 'a plain transport';

  test(`${on}: a producer that set the transport's header is the parent`, async () => {
    const { parent, others, sentOn, process } = await run({ traceparent: header(T) }, {}, { instrumented });
    assert.equal(parent, T.spanId);
    assert.deepEqual(others, []);
    assert.equal(sentOn['traceparent'], `00-${T.traceId}-${process.spanContext().spanId}-01`);
  });

  test(`${on}: within one trace the transport's context is the nearer parent`, async () => {
    const earlier = { ...T, spanId: E.spanId };
    const { parent, links } = await run(
      { traceparent: header(T) },
      { traceparent: header(earlier) },
      { instrumented },
    );
    assert.equal(parent, T.spanId);
    assert.deepEqual(links, []);
  });

  test(`${on}: where the two disagree the envelope's wins, and the other is linked`, async () => {
    const { parent, trace, links, others } = await run(
      { traceparent: header(T) },
      { traceparent: header(E) },
      { instrumented },
    );
    assert.equal(parent, E.spanId);
    assert.equal(trace, E.traceId);
    assert.deepEqual(links, [[others[0]?.spanContext().spanId ?? T.spanId, undefined]]);
    assert.deepEqual(
      others.map(({ name }) => name),
      instrumented ? ['receive infer'] : [],
    );
  });

  test(`${on}: a producer that set only the envelope's header is the parent`, async () => {
    const { parent, others, links } = await run({}, { traceparent: header(E) }, { instrumented });
    assert.equal(parent, E.spanId);
    assert.equal(others.length, instrumented ? 1 : 0);
    assert.equal(links.length, others.length);
  });

  test(`${on}: with no header, or none that makes sense, a trace begins`, async () => {
    for (const bad of [
      undefined,
      'nonsense',
      `00-${'0'.repeat(32)}-${T.spanId}-01`,
      `ff-${T.traceId}-x-01`,
    ]) {
      const { parent, links, others, process } = await run(
        bad === undefined ? {} : { traceparent: bad },
        bad === undefined ? {} : { traceparent: bad },
        { instrumented },
      );
      assert.equal(parent, undefined);
      assert.deepEqual(links, []);
      assert.deepEqual(others, []);
      assert.equal(process.attributes['asya.outcome'], 'forward');
    }
  });

  test(`${on}: a replay begins a trace, linked to the one that failed`, async () => {
    const { parent, trace, links } = await run(
      { 'asya-replayed': true },
      { traceparent: header(E) },
      { instrumented },
    );
    assert.equal(parent, undefined);
    assert.notEqual(trace, E.traceId);
    assert.deepEqual(links, [[E.spanId, 'replay']]);
  });

  test(`${on}: after a long gap a trace begins, linked to the stale one`, async () => {
    const publishedAt = Date.now() - MINUTE_MS - 1_000;
    const headers = { traceparent: header(E) };
    const stale = await run({ 'asya-published-at': publishedAt }, headers, { instrumented });
    assert.equal(stale.parent, undefined);
    assert.deepEqual(stale.links, [[E.spanId, 'stale']]);

    const future = { 'asya-published-at': Date.now() + 10 * MINUTE_MS };
    assert.equal((await run(future, headers, { instrumented })).parent, E.spanId);

    const delayed = { 'asya-published-at': publishedAt, 'asya-delay-ms': 30_000 };
    assert.equal((await run(delayed, headers, { instrumented })).parent, E.spanId);
  });

  test(`${on}: a context marked as deliberately another one than the envelope's wins`, async () => {
    const { parent, trace, links } = await run(
      { traceparent: header(T), 'asya-trace': 'own', 'asya-replayed': true },
      { traceparent: header(E) },
      { instrumented },
    );
    assert.equal(parent, T.spanId);
    assert.equal(trace, T.traceId);
    assert.deepEqual(links, []);
  });
}

test('state and baggage go on with the hop', async () => {
  const { sentOn } = await run(
    {},
    { traceparent: header(E), tracestate: 'vendor=1', baggage: 'tenant=acme' },
  );
  assert.equal(sentOn['tracestate'], 'vendor=1');
  assert.equal(sentOn['baggage'], 'tenant=acme');
});
