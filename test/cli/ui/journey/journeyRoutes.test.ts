import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hopSpan } from '../../../kit/telemetry/otlpLines.ts';
import { outline, setupJourneys, SpanTree } from './journeyRig.ts';

const FAILED = { attributes: { 'asya.outcome': 'error_end', 'error.type': 'runtime_error' } };

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

test('a failed journey names the actor, and the error of the queue with its route', async () => {
  const { addSpans, find } = setupJourneys({
    failures: {
      failuresOf: async (id) => [
        {
          failure: { id, actor: 'infer', text: 'ValueError: boom' },
          journey: id,
          route: { actors: ['prep', 'infer', 'post'], current: 1 },
        },
      ],
    },
  });
  const tree = new SpanTree();
  const prep = tree.hop('prep', undefined, [0, 10]);
  const infer = tree.hop('infer', prep, [20, 30], { ...FAILED, error: 'boom' });
  tree.publish('error-end', infer, 29, { kind: 'error_end' });
  addSpans(...tree.spans);
  const { state, stops, rows, failures, route } = await find('env-1');
  assert.equal(state, 'failed');
  assert.deepEqual(
    stops.map(({ name, kind, state }) => `${name} ${kind} ${state}`),
    ['prep actor done', 'infer actor failed', 'post actor ahead', 'error-end error_end failed'],
  );
  const { isFailure, isError, code, message } = rows[1] ?? {};
  assert.deepEqual(
    { isFailure, isError, code, message },
    { isFailure: true, isError: true, code: 'runtime_error', message: 'boom' },
  );
  assert.deepEqual(failures, [{ id: 'env-1', actor: 'infer', text: 'ValueError: boom' }]);
  assert.deepEqual(route, { actors: ['prep', 'infer', 'post'], current: 1 });
});

test('a journey that ended well after a replay is done, and the replay is visible', async () => {
  const { addSpans, find } = setupJourneys();
  const tree = new SpanTree();
  const infer = tree.hop('infer', undefined, [0, 10], FAILED);
  tree.publish('error-end', infer, 9, { kind: 'error_end' });
  const replay = new SpanTree();
  replay.hop('infer', undefined, [500, 510], { attributes: { 'asya.outcome': 'end' } });
  addSpans(...tree.spans);
  const [replayed] = replay.spans;
  assert.ok(replayed);
  addSpans({ ...replayed, spanId: 'replay', traceId: 'trace-2', parentSpanId: infer });
  const { state, stops, rows } = await find('env-1');
  assert.equal(state, 'done');
  assert.equal(rows.filter(({ isFailure }) => isFailure === true).length, 0);
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['infer done', 'error-end done'],
  );
});

test('a journey that this page has just replayed waits, until its next hop is known', async () => {
  const { addSpans, find, published } = setupJourneys();
  const tree = new SpanTree();
  tree.hop('infer', undefined, [0, 10], FAILED);
  addSpans(...tree.spans);
  assert.equal((await find('env-1')).state, 'failed');
  published.add({ id: 'env-1', journey: 'env-1', actor: 'infer', atMs: 100 });
  const { state, waiting, stops } = await find('env-1');
  assert.equal(state, 'waiting');
  assert.deepEqual(waiting, [{ actor: 'infer', count: 1, since: '1970-01-01T00:00:00.100Z' }]);
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['infer waiting'],
  );
  const next = new SpanTree();
  next.hop('infer', undefined, [200, 210], { attributes: { 'asya.outcome': 'end' } });
  addSpans(...next.spans.map((span) => ({ ...span, spanId: `next ${span.spanId}` })));
  const after = await find('env-1');
  assert.deepEqual([after.state, after.waiting], ['done', []]);
});

test('an envelope that this page has just sent is known before its first hop', async () => {
  const { find, published } = setupJourneys();
  published.add({ id: 'env-7', journey: 'env-7', actor: 'prep', atMs: 100 });
  const { id, source, state, start, stops, rows } = await find('env-7');
  assert.deepEqual(
    { id, source, state, start, rows },
    { id: 'env-7', source: 'published', state: 'waiting', start: undefined, rows: [] },
  );
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['prep waiting'],
  );
});

test('a journey of which only the error is known shows the route of the error', async () => {
  const { find } = setupJourneys({
    failures: {
      failuresOf: async () => [
        {
          failure: { id: 'env-1.1.2', actor: 'infer', text: 'boom' },
          journey: 'env-1',
          route: { actors: ['prep', 'infer', 'post'], current: 1 },
        },
      ],
    },
  });
  const { id, source, state, stops, rows, gaps } = await find('env-1.1.2');
  assert.deepEqual(
    { id, source, state, rows },
    { id: 'env-1', source: 'errors', state: 'failed', rows: [] },
  );
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['prep done', 'infer failed', 'post ahead', 'error-end failed'],
  );
  assert.deepEqual(gaps, ['no hop of it is known']);
});

test('a journey that no source has is a 404 that names the sources', async () => {
  const { find } = setupJourneys();
  await assert.rejects(find('env-9'), {
    status: 404,
    message:
      'no journey or envelope "env-9": not in the trace files, nor in the last hops, nor in the error queue',
  });
});

test('a journey that no source has names the sources that are missing', async () => {
  const { find } = setupJourneys({
    traces: undefined,
    hops: undefined,
    failures: {
      failuresOf: async () => {
        throw new Error('the broker is not connected');
      },
    },
  });
  await assert.rejects(find('env-9'), {
    status: 404,
    message:
      'no journey or envelope "env-9": no source to search; waterfalls need --traces FILE; the last hops need --sidecars ADDRESS; the error queue was not read: the broker is not connected',
  });
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
  const unfolded = await find('env-1', 'children=all');
  assert.equal(unfolded.rows.length, 201);
  await assert.rejects(find('env-1', 'children=some'), {
    status: 400,
    field: 'children',
    message: 'children must be "all", not "some"',
  });
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
  const unfolded = await find('env-1', 'children=all');
  assert.ok(unfolded.rows.length <= 2_000 && unfolded.rows.length > 1_000);
  assert.equal(new Set(unfolded.rows.map(({ key }) => key)).size, unfolded.rows.length);
});

test('a journey of the hops in memory has attempts and children, and names the missing source', async () => {
  const { addHops, find } = setupJourneys({ traces: undefined });
  addHops(
    { actor: 'prep', outcome: 'fanout', next: ['infer'], time: '2026-11-29T12:00:00.100Z' },
    { outcome: 'retry', code: 'runtime_error', time: '2026-11-29T12:00:00.300Z' },
    {
      id: 'env-1.0.1',
      outcome: 'error_end',
      code: 'invalid_reply',
      next: ['error-end'],
      time: '2026-11-29T12:00:00.310Z',
    },
    { outcome: 'forward', attempt: 2, next: ['happy-end'], time: '2026-11-29T12:00:00.500Z' },
  );
  const { source, state, rows, stops, gaps, durationMs } = await find('env-1.0.1');
  assert.deepEqual(
    { source, state, durationMs },
    { source: 'hops', state: 'failed', durationMs: 500 },
  );
  assert.deepEqual(outline(rows), [
    'prep fanout',
    '  infer [0] retry',
    '  infer forward retry attempt 2',
    '  infer [1] error_end',
  ]);
  assert.deepEqual(
    rows[0]?.parts.map(({ kind }) => kind),
    ['runtime', 'sidecar'],
  );
  assert.equal(rows[3]?.code, 'invalid_reply');
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['prep done', 'infer failed', 'happy-end done', 'error-end failed'],
  );
  assert.deepEqual(gaps, [
    'times in queues and error texts need --traces FILE',
    'the hops have no number of the children of a fan-out',
  ]);
});

test('a hop whose record seems to begin before that of its sender follows the sender', async () => {
  const { addHops, find } = setupJourneys({ traces: undefined });
  const time = (ms: number): string => `2026-11-29T12:00:00.${ms}Z`;
  addHops(
    { actor: 'happy-end', outcome: 'end', time: time(150), durationMs: 10 },
    { actor: 'prep', next: ['infer'], time: time(142), durationMs: 5 },
    { actor: 'infer', next: ['happy-end'], time: time(160), durationMs: 15 },
  );
  assert.deepEqual(outline((await find('env-1')).rows), [
    'prep forward',
    '  infer forward',
    '    happy-end end',
  ]);
});

test('a fan-out of which only one child is known waits for the others', async () => {
  const { addHops, find } = setupJourneys({ traces: undefined });
  addHops(
    { actor: 'prep', outcome: 'fanout', next: ['infer'] },
    { actor: 'infer', outcome: 'end', time: '2026-11-29T12:00:00.300Z' },
  );
  const { state, waiting } = await find('env-1');
  assert.equal(state, 'waiting');
  assert.deepEqual(
    waiting.map(({ actor, count }) => [actor, count]),
    [['infer', 1]],
  );
});

test('a journey may change while its last hop is recent', async () => {
  const { addHops, find } = setupJourneys();
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
  addHops(
    { id: 'old', journey: 'old', outcome: 'end', time: ago(60_000) },
    { id: 'new', journey: 'new', outcome: 'end', time: ago(0) },
    { id: 'waits', journey: 'waits', next: ['post'], time: ago(60_000) },
  );
  assert.equal((await find('old')).mayChange, false);
  assert.equal((await find('new')).mayChange, true);
  assert.equal((await find('waits')).mayChange, true);
});

test('hops are shown instead of traces that do not have all of them', async () => {
  const { addSpans, addHops, find } = setupJourneys();
  const tree = new SpanTree();
  tree.hop('prep', undefined, [0, 10]);
  addSpans(...tree.spans);
  addHops({ actor: 'prep', next: ['infer'] }, { actor: 'infer', outcome: 'end' });
  const { source, rows, gaps } = await find('env-1');
  assert.deepEqual([source, rows.length], ['hops', 2]);
  assert.deepEqual(gaps, [
    'the trace files do not have all hops; times in queues and error texts are unknown',
  ]);
});

test('the newest journeys of both sources are listed once', async () => {
  const { addSpans, addHops, list } = setupJourneys();
  const tree = new SpanTree('env-1');
  tree.hop('prep', undefined, [0, 10]);
  addSpans(...tree.spans);
  addHops(
    { id: 'env-1', journey: 'env-1', actor: 'prep', outcome: 'end' },
    { id: 'env-2', journey: 'env-2', actor: 'infer', outcome: 'end' },
  );
  const { journeys, gaps } = await list();
  assert.deepEqual(
    journeys.map(({ id, hops, actors, state }) => ({ id, hops, actors, state })),
    [
      { id: 'env-2', hops: 1, actors: ['infer'], state: 'done' },
      { id: 'env-1', hops: 1, actors: ['prep'], state: 'done' },
    ],
  );
  assert.deepEqual(gaps, []);
});

test('the list names the sources that are missing', async () => {
  const { list } = setupJourneys({ traces: undefined, hops: undefined });
  assert.deepEqual(await list(), {
    journeys: [],
    gaps: ['waterfalls need --traces FILE', 'the last hops need --sidecars ADDRESS'],
  });
});

test('ids and names from messages may be any text', async () => {
  const { addSpans, find } = setupJourneys();
  const id = '__proto__<script>\u0000/%2f';
  const tree = new SpanTree(id);
  const hop = tree.hop('constructor', undefined, [0, 10]);
  tree.publish('__proto__', hop, 9);
  addSpans(...tree.spans);
  const journey = await find(id);
  assert.equal(journey.id, id);
  assert.deepEqual(
    journey.stops.map(({ name }) => name),
    ['constructor', '__proto__'],
  );
});

test('the error queue is read once for repeated requests, and again after another hop', async () => {
  let looks = 0;
  const { addSpans, find } = setupJourneys({
    failures: {
      failuresOf: async () => {
        looks++;
        return [];
      },
    },
  });
  const tree = new SpanTree();
  const first = tree.hop('infer', undefined, [0, 10], FAILED);
  addSpans(...tree.spans);
  await find('env-1');
  await find('env-1', 'poll=true');
  assert.equal(looks, 1);
  tree.hop('infer', first, [20, 30], FAILED);
  addSpans(...tree.spans);
  await find('env-1');
  assert.equal(looks, 2);
});
