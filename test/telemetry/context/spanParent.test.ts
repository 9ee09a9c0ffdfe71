import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import type { Headers } from '../../../src/transport/message.ts';
import type { Hop } from '../../../src/hop/hop.ts';
import { traceHops } from '../../../telemetry/spans/hopSpans.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const MINUTE_MS = 60_000;
const T = {
  traceId: '11111111111111111111111111111111',
  spanId: '1111111111111111',
  traceFlags: 1,
};
const E = {
  traceId: '22222222222222222222222222222222',
  spanId: '2222222222222222',
  traceFlags: 1,
};
const header = ({ traceId, spanId }: typeof T): string => `00-${traceId}-${spanId}-01`;

/** Runs one hop through the tracing layer. */
async function run(headers: Headers, envelope: object) {
  const options = {
    tracer: trace.getTracer('test'),
    actor: 'infer',
    system: 'test',
    maxGapMs: MINUTE_MS,
    guard: strictGuard,
  };
  const hop = hopOf({ headers, envelope: { headers: envelope } });
  let traceHeaders: Hop['traceHeaders'] = {};
  const work = traceHops(options)(async (traced) => {
    traceHeaders = traced.traceHeaders;
    return { name: 'forward', dispatched: 1 };
  });
  await work(hop);
  const [process, ...others] = sdk.takeSpans();
  assert.ok(process !== undefined);
  assert.deepEqual(others, []);
  return {
    process,
    trace: process.spanContext().traceId,
    parent: process.parentSpanContext?.spanId,
    links: process.links.map(({ context, attributes }) => [
      context.spanId,
      attributes?.['asya.link'],
    ]),
    traceHeaders,
  };
}

test("the transport's context is the parent if it is the only one", async () => {
  const { parent, traceHeaders, process } = await run({ traceparent: header(T) }, {});
  assert.equal(parent, T.spanId);
  assert.equal(traceHeaders['traceparent'], `00-${T.traceId}-${process.spanContext().spanId}-01`);
});

test("the transport's context is the parent if both are in one trace", async () => {
  const earlier = { ...T, spanId: E.spanId };
  const { parent, links } = await run({ traceparent: header(T) }, { traceparent: header(earlier) });
  assert.equal(parent, T.spanId);
  assert.deepEqual(links, []);
});

test("the envelope's context wins if the two are in different traces, with a link to the other", async () => {
  const { parent, trace, links } = await run(
    { traceparent: header(T) },
    { traceparent: header(E) },
  );
  assert.equal(parent, E.spanId);
  assert.equal(trace, E.traceId);
  assert.deepEqual(links, [[T.spanId, undefined]]);
});

test("the envelope's context is the parent if it is the only one", async () => {
  const { parent, links } = await run({}, { traceparent: header(E) });
  assert.equal(parent, E.spanId);
  assert.deepEqual(links, []);
});

test('a hop without a valid context starts a trace', async () => {
  for (const bad of [
    undefined,
    'nonsense',
    `00-${'0'.repeat(32)}-${T.spanId}-01`,
    `ff-${T.traceId}-x-01`,
  ]) {
    const { parent, links, process } = await run(
      bad === undefined ? {} : { traceparent: bad },
      bad === undefined ? {} : { traceparent: bad },
    );
    assert.equal(parent, undefined);
    assert.deepEqual(links, []);
    assert.equal(process.attributes['asya.outcome'], 'forward');
  }
});

test('a replay starts a trace that links to the failed one', async () => {
  const { parent, trace, links } = await run({ 'asya-replayed': true }, { traceparent: header(E) });
  assert.equal(parent, undefined);
  assert.notEqual(trace, E.traceId);
  assert.deepEqual(links, [[E.spanId, 'replay']]);
});

test('a message that waited too long starts a trace that links to the stale one', async () => {
  const publishedAt = Date.now() - MINUTE_MS - 1_000;
  const headers = { traceparent: header(E) };
  const stale = await run({ 'asya-published-at': publishedAt }, headers);
  assert.equal(stale.parent, undefined);
  assert.deepEqual(stale.links, [[E.spanId, 'stale']]);

  const future = { 'asya-published-at': Date.now() + 10 * MINUTE_MS };
  assert.equal((await run(future, headers)).parent, E.spanId);

  const delayed = { 'asya-published-at': publishedAt, 'asya-delay-ms': 30_000 };
  assert.equal((await run(delayed, headers)).parent, E.spanId);
});

test("the transport's context wins if it is marked as deliberately different", async () => {
  const { parent, trace, links } = await run(
    { traceparent: header(T), 'asya-trace': 'own', 'asya-replayed': true },
    { traceparent: header(E) },
  );
  assert.equal(parent, T.spanId);
  assert.equal(trace, T.traceId);
  assert.deepEqual(links, []);
});

test('a baggage entry with a lone surrogate is removed, and the others are propagated', async () => {
  const baggage = 'tenant=acme,half=\ud800,\udfff=1,whole=1;half=\udbff,two=\ud83d\ude00';
  const { traceHeaders } = await run({}, { traceparent: header(E), baggage });
  assert.equal(traceHeaders['baggage'], 'tenant=acme,two=%F0%9F%98%80');
});

test('trace headers that the context lacks are removed from the envelope', async () => {
  const old = { tracestate: 'vendor=1', baggage: 'half=\ud800' };
  const replayed = await run({ 'asya-replayed': true }, { traceparent: header(E), ...old });
  assert.deepEqual(Object.keys(replayed.traceHeaders), ['traceparent', 'tracestate', 'baggage']);
  assert.equal(replayed.traceHeaders['tracestate'], undefined);
  assert.equal(replayed.traceHeaders['baggage'], undefined);

  const byTransport = await run({ traceparent: header(T) }, { tracestate: 'vendor=1' });
  assert.match(byTransport.traceHeaders['traceparent'] ?? '', new RegExp(`^00-${T.traceId}-`));
  assert.equal('tracestate' in byTransport.traceHeaders, true);
  assert.equal(byTransport.traceHeaders['tracestate'], undefined);

  const plain = await run({}, { traceparent: header(E), priority: 'high' });
  assert.deepEqual(Object.keys(plain.traceHeaders), ['traceparent']);
});

test('a transport header is read in any letter case, and the lower case has precedence', async () => {
  for (const name of ['Traceparent', 'TRACEPARENT', 'TraceParent']) {
    assert.equal((await run({ [name]: header(T) }, {})).parent, T.spanId, name);
  }
  assert.equal(
    (await run({ TRACEPARENT: header(E), traceparent: header(T) }, {})).parent,
    T.spanId,
  );
});

test('tracestate and baggage are propagated', async () => {
  const { traceHeaders } = await run(
    {},
    { traceparent: header(E), tracestate: 'vendor=1', baggage: 'tenant=acme' },
  );
  assert.equal(traceHeaders['tracestate'], 'vendor=1');
  assert.equal(traceHeaders['baggage'], 'tenant=acme');
});
