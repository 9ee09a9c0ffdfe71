import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline, setupJourneys, SpanTree } from './journeyRig.ts';

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
