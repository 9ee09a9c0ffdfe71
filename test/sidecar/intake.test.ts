import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { createHealth } from '../../src/sidecar/health.ts';
import { createIntake, type Intake } from '../../src/sidecar/intake.ts';
import { within } from '../kit/processes/until.ts';

const PREFETCH = 4;

test('ordinary messages that were on their way with a suspect do not end its being handled alone', async () => {
  const { intake, prefetches } = await setup();
  assert.equal(intake.isolate(true), true, 'it has to come again');
  for (let n = 1; n < PREFETCH; n++) assert.equal(intake.isolate(false), false);
  intake.resume('suspect');
  await intake.idle();
  assert.deepEqual(prefetches, [PREFETCH, 1]);
  assert.equal(intake.isolate(true), false, 'now it is alone');
});

test('what was given back with a suspect may come before it', async () => {
  const { intake, prefetches } = await setup();
  intake.isolate(true);
  intake.resume('suspect');
  for (let n = 1; n < PREFETCH; n++) intake.isolate(false);
  await intake.idle();
  assert.deepEqual(prefetches, [PREFETCH, 1]);
  assert.equal(intake.isolate(true), false, 'it is alone');
});

test('a suspect that another replica has taken is not waited for without end', async () => {
  const { intake, prefetches } = await setup();
  intake.isolate(true);
  intake.resume('suspect');
  for (let n = 1; n <= PREFETCH; n++) intake.isolate(false);
  await intake.idle();
  assert.equal(prefetches.at(-1), PREFETCH);
});

test('two suspects that come together both have to come again', async () => {
  const { intake } = await setup();
  assert.equal(intake.isolate(true), true);
  assert.equal(intake.isolate(true), true);
});

test('a pause cancels a receive that the broker does not answer', async () => {
  const lines: string[] = [];
  const intake = createIntake({
    receive: (_, cancelled) =>
      new Promise((_resolve, reject) => {
        cancelled.addEventListener('abort', () => reject(cancelled.reason as Error));
      }),
    prefetch: PREFETCH,
    health: createHealth(),
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    turnAway: () => {},
  });
  intake.resume('runtime_absent');
  await setImmediate();
  await within(intake.pause('draining'), 'the pause');
  assert.deepEqual(lines, []);
});

/** An intake that consumes; how many it asked for at once, each time that it began to consume. */
async function setup(): Promise<{ intake: Intake; prefetches: number[] }> {
  const prefetches: number[] = [];
  const intake = createIntake({
    receive: async (prefetch) => {
      prefetches.push(prefetch);
      return { cancel: async () => {} };
    },
    prefetch: PREFETCH,
    health: createHealth(),
    log: pino({ level: 'silent' }),
    turnAway: () => {},
  });
  intake.resume('runtime_absent');
  await intake.idle();
  return { intake, prefetches };
}
