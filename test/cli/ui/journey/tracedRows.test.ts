import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hopSpan } from '../../../kit/telemetry/otlpLines.ts';
import { outline, setupJourneys, SpanTree } from './journeyRig.ts';

test('a traced journey has its rows in order, with parts that do not overlap', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const prep = tree.hop('prep', undefined, [1_000, 1_020]);
  tree.hop('infer', prep, [1_050, 1_090], { attributes: { 'asya.outcome': 'end' } });
  addSpans(...tree.spans);
  const journey = await find('env-1');
  assert.deepEqual(outline(journey.rows), ['prep forward', '  infer end']);
  assert.deepEqual(journey.rows[1]?.parts, [
    { kind: 'queue', startMs: 45, endMs: 50 },
    { kind: 'sidecar', startMs: 50, endMs: 51 },
    { kind: 'runtime', startMs: 51, endMs: 89 },
    { kind: 'sidecar', startMs: 89, endMs: 90 },
  ]);
  const { state, source, start, durationMs, hops, traceIds, gaps } = journey;
  assert.deepEqual(
    { state, source, start, durationMs, hops, traceIds, gaps },
    {
      state: 'done',
      source: 'traces',
      start: '1970-01-01T00:00:01.000Z',
      durationMs: 90,
      hops: 2,
      traceIds: ['trace-1'],
      gaps: [],
    },
  );
});

test('the wait for the rate limit is a part of its own, and all parts are clipped to the hop', async () => {
  const { addSpans, find } = setupJourneys();
  addSpans(
    hopSpan('env-1', 'infer', {
      spanId: 'hop',
      startMs: 1_000,
      endMs: 1_100,
      attributes: { 'asya.rate_limit.wait': 0.05 },
    }),
    { spanId: 'call', parentSpanId: 'hop', name: 'call infer', startMs: 1_060, endMs: 1_150 },
  );
  const [row] = (await find('env-1')).rows;
  assert.deepEqual(row?.parts, [
    { kind: 'sidecar', startMs: 0, endMs: 10 },
    { kind: 'rate_limit', startMs: 10, endMs: 60 },
    { kind: 'runtime', startMs: 60, endMs: 100 },
  ]);
});

test('attempts are rows of the same depth, and the actor counts those that were repeated', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const first = tree.hop('infer', undefined, [0, 10], { attributes: { 'asya.outcome': 'retry' } });
  tree.hop('infer', first, [50, 60], {
    kind: 'retry',
    attributes: { 'asya.outcome': 'end', 'asya.attempt': 2 },
  });
  addSpans(...tree.spans);
  const { rows, stops, state } = await find('env-1');
  assert.deepEqual(outline(rows), ['infer retry', 'infer end retry attempt 2']);
  assert.equal(state, 'done');
  assert.deepEqual(
    stops.map(({ name, hops, repeated, state }) => ({ name, hops, repeated, state })),
    [{ name: 'infer', hops: 2, repeated: 1, state: 'done' }],
  );
});

test('a message that was given back is a redelivery in its next row', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const prep = tree.hop('prep', undefined, [0, 10]);
  tree.hop('infer', prep, [20, 30], {
    attributes: { 'asya.outcome': 'give_back', 'asya.outcome.reason': 'shutdown' },
  });
  addSpans(...tree.spans, {
    ...tree.spans[3],
    spanId: 'again',
    name: 'process infer',
    startMs: 40,
    endMs: 50,
    attributes: { ...tree.spans[3]?.attributes, 'asya.outcome': 'end' },
  });
  const { rows } = await find('env-1');
  assert.deepEqual(outline(rows), ['prep forward', '  infer give_back', '  infer end redelivery']);
  assert.equal(rows[1]?.reason, 'shutdown');
});

test('an envelope that no hop follows waits, and its journey does', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const prep = tree.hop('prep', undefined, [0, 10]);
  tree.publish('infer', prep, 9);
  addSpans(...tree.spans);
  const { state, waiting, stops, rows } = await find('env-1');
  assert.equal(state, 'waiting');
  assert.deepEqual(waiting, [{ actor: 'infer', count: 1, since: '1970-01-01T00:00:00.009Z' }]);
  assert.deepEqual(rows[0]?.waiting, waiting);
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['prep done', 'infer waiting'],
  );
});

test('a fan-out of more than 20 children is folded; the failed children are shown', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const prep = tree.hop('prep', undefined, [0, 10], { attributes: { 'asya.outcome': 'fanout' } });
  for (let child = 0; child < 200; child++) {
    const id = child === 0 ? 'env-1' : `env-1.0.${child}`;
    const outcome = child % 90 === 89 ? 'error_end' : 'end';
    tree.hop('infer', prep, [20 + child, 30 + child], {
      attributes: { 'asya.envelope.id': id, 'asya.outcome': outcome },
    });
  }
  addSpans(...tree.spans);
  const { rows } = await find('env-1');
  const lines = outline(rows);
  assert.equal(lines.length, 24);
  assert.deepEqual(lines.slice(-4), [
    '  infer [19] end',
    '  infer [89] error_end',
    '  infer [179] error_end',
    '  infer folded 178 rows, 0 failed, 0 waiting',
  ]);
  const unfolded = await find('env-1', { isUnfolded: true });
  assert.equal(unfolded.rows.length, 201);
});

test('a journey with 10,000 hops has a bounded answer that shows its end', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  let previous: string | undefined;
  for (let index = 0; index < 10_000; index++) {
    const isFailed = index === 5_000;
    previous = tree.hop(`actor-${index}`, previous, [index * 10, index * 10 + 5], {
      call: false,
      attributes: isFailed
        ? { 'asya.outcome': 'error_end', 'asya.envelope.id': 'other' }
        : { 'asya.outcome': 'forward' },
    });
  }
  addSpans(...tree.spans);
  const { rows, hops, stops } = await find('env-1');
  assert.equal(hops, 10_000);
  assert.ok(rows.length <= 500, String(rows.length));
  assert.ok(stops.length <= 100);
  assert.equal(rows.at(-1)?.name, 'actor-9999');
  assert.ok(rows.some(({ name, isFailure }) => name === 'actor-5000' && isFailure === true));
  const shown = rows.filter(({ kind }) => kind === 'hop').length;
  const omitted = rows.map(({ counts }) => counts?.all ?? 0).reduce((sum, count) => sum + count, 0);
  assert.equal(shown + omitted, 10_000);
  const unfolded = await find('env-1', { isUnfolded: true });
  assert.ok(unfolded.rows.length <= 2_000 && unfolded.rows.length > 1_000);
  assert.equal(new Set(unfolded.rows.map(({ key }) => key)).size, unfolded.rows.length);
});
