import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingCounter } from '../../../src/transport/rabbitmq/waitingCounter.ts';
import { MINUTE } from '../../../src/units.ts';

const TOPOLOGY = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [1_000, 5_000],
};

/** A counter on a broker with these queues; a queue that is not listed is missing. */
function setup(ready: Record<string, number>) {
  const inspected: string[] = [];
  const clock = { ms: 0 };
  const counter = new WaitingCounter({
    topology: TOPOLOGY,
    nowMs: () => clock.ms,
    inspect: async (queue) => {
      inspected.push(queue);
      const count = ready[queue];
      return { exists: count !== undefined, ready: count ?? 0, consumers: 0, leased: undefined };
    },
  });
  const count = async () => ({ counts: await counter.count(), inspected: inspected.splice(0) });
  return { counter, clock, count };
}

test('a missing retry queue counts as empty, and is looked for again half an hour later', async () => {
  const { clock, count } = setup({ 'error-end': 4, 'infer:retry:1000': 2 });
  const first = await count();
  assert.deepEqual(first.counts, { errorEnd: 4, parked: 0, delayed: 2 });
  const all = ['error-end', 'error-end:parked', 'infer:retry:1000', 'infer:retry:5000'];
  assert.deepEqual(first.inspected, all);

  clock.ms += 14 * MINUTE;
  const second = await count();
  assert.deepEqual(second.counts, first.counts);
  assert.deepEqual(second.inspected, ['error-end', 'infer:retry:1000']);

  clock.ms += 17 * MINUTE;
  assert.deepEqual((await count()).inspected, all);
});

test('a queue is looked for again as soon as a message needs it', async () => {
  const queues: Record<string, number> = { 'error-end': 0 };
  const { counter, count } = setup(queues);
  assert.equal((await count()).counts.parked, 0);
  queues['error-end:parked'] = 3;
  counter.onDeclared('asya-error-end:parked');
  assert.equal((await count()).counts.parked, 3);
});

test("the depth of error-end's missing queue is unknown", async () => {
  const { count } = setup({});
  assert.deepEqual((await count()).counts, { errorEnd: undefined, parked: 0, delayed: 0 });
});

test('no depth is known while the broker cannot be asked', async () => {
  const counter = new WaitingCounter({ topology: TOPOLOGY, inspect: async () => undefined });
  assert.deepEqual(await counter.count(), {
    errorEnd: undefined,
    parked: undefined,
    delayed: undefined,
  });
});
