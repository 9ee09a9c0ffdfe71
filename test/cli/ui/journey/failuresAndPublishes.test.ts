import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupJourneys, SpanTree } from './journeyRig.ts';

const FAILED = { attributes: { 'asya.outcome': 'error_end', 'error.type': 'runtime_error' } };

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
  const again = replay.hop('infer', undefined, [500, 510]);
  const post = replay.hop('post', again, [520, 530], { attributes: { 'asya.outcome': 'end' } });
  replay.publish('happy-end', post, 529, { kind: 'happy_end' });
  addSpans(...tree.spans);
  addSpans(
    ...replay.spans.map((span) => ({
      ...span,
      spanId: `replay-${span.spanId}`,
      traceId: 'trace-2',
      parentSpanId: span.parentSpanId === undefined ? infer : `replay-${span.parentSpanId}`,
    })),
  );
  const { state, stops, rows } = await find('env-1');
  assert.equal(state, 'done');
  assert.equal(rows.filter(({ isFailure }) => isFailure === true).length, 0);
  assert.deepEqual(
    stops.map(({ name, state }) => `${name} ${state}`),
    ['infer done', 'error-end done', 'post done', 'happy-end done'],
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
  await find('env-1', { isPoll: true });
  assert.equal(looks, 1);
  tree.hop('infer', first, [20, 30], FAILED);
  addSpans(...tree.spans);
  await find('env-1');
  assert.equal(looks, 2);
});
