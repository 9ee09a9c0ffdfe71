import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { Health } from '../../src/sidecar/health.ts';
import { Intake } from '../../src/sidecar/intake.ts';
import { within } from '../kit/processes/until.ts';

const PREFETCH = 4;

test('ordinary messages delivered together with a suspect do not end its isolation', async () => {
  const { intake, prefetches } = await setup();
  assert.equal(intake.isolate(true), true, 'it is given back');
  for (let n = 1; n < PREFETCH; n++) assert.equal(intake.isolate(false), false);
  intake.resume('suspect');
  await intake.idle();
  assert.deepEqual(prefetches, [PREFETCH, 1]);
  assert.equal(intake.isolate(true), false, 'it is the only one');
});

test('messages given back with a suspect may be delivered before it', async () => {
  const { intake, prefetches } = await setup();
  intake.isolate(true);
  intake.resume('suspect');
  for (let n = 1; n < PREFETCH; n++) intake.isolate(false);
  await intake.idle();
  assert.deepEqual(prefetches, [PREFETCH, 1]);
  assert.equal(intake.isolate(true), false, 'it is the only one');
});

test('the isolation ends when another replica received the suspect', async () => {
  const { intake, prefetches } = await setup();
  intake.isolate(true);
  intake.resume('suspect');
  for (let n = 1; n <= PREFETCH; n++) intake.isolate(false);
  await intake.idle();
  assert.equal(prefetches.at(-1), PREFETCH);
});

test('two suspects delivered together are both given back', async () => {
  const { intake } = await setup();
  assert.equal(intake.isolate(true), true);
  assert.equal(intake.isolate(true), true);
});

test('a pause cancels a receive that the broker does not answer', async () => {
  const lines: string[] = [];
  const intake = new Intake({
    prefetch: PREFETCH,
    health: new Health(),
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    rejectWaiting: () => {},
  });
  intake.start(
    (_, cancelled) =>
      new Promise((_resolve, reject) => {
        cancelled.addEventListener('abort', () => reject(cancelled.reason as Error));
      }),
  );
  intake.resume('runtime_absent');
  await setImmediate();
  await within(intake.pause('draining'), 'the pause');
  assert.deepEqual(lines, []);
});

/** An intake that consumes, and the prefetch of each start to consume. */
async function setup(): Promise<{ intake: Intake; prefetches: number[] }> {
  const prefetches: number[] = [];
  const intake = new Intake({
    prefetch: PREFETCH,
    health: new Health(),
    log: pino({ level: 'silent' }),
    rejectWaiting: () => {},
  });
  intake.start(async (prefetch) => {
    prefetches.push(prefetch);
    return { cancel: async () => {} };
  });
  intake.resume('runtime_absent');
  await intake.idle();
  return { intake, prefetches };
}
