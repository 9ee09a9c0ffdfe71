import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSleep } from '../../../src/backoff.ts';
import { UsageError } from '../../../src/cli/command/exit.ts';
import { Pacer } from '../../../src/cli/replay/pacer.ts';
import { readRate, waitingAt, type Rate } from '../../../src/cli/replay/rate.ts';

/** Takes turns on a clock on which each timer is late by the given times, in turn. */
async function startsOf(
  rate: Rate,
  turns: number,
  latenessMs: readonly number[],
): Promise<number[]> {
  let nowMs = 0;
  let timers = 0;
  const sleep = async (delayMs: number): Promise<void> => {
    nowMs += Math.max(0.5, delayMs + (latenessMs[timers++ % latenessMs.length] ?? 0));
  };
  const pacer = new Pacer(rate, sleep, () => nowMs);
  const starts: number[] = [];
  const all = Array.from({ length: turns }, () => pacer.turn().then(() => starts.push(nowMs)));
  await Promise.all(all);
  return starts;
}

test('turns are spaced evenly, and the first one needs no wait', async () => {
  assert.deepEqual(await startsOf({ count: 10, windowMs: 1_000 }, 4, [0]), [0, 100, 200, 300]);
});

test('a late timer does not delay the turns after it', async () => {
  assert.deepEqual(
    await startsOf({ count: 10, windowMs: 1_000 }, 5, [5, 0, 0]),
    [0, 105, 200, 300, 405],
  );
});

test('in no window do more publishes start than the rate allows', async () => {
  const latenesses = fc.array(fc.integer({ min: -1, max: 60 }), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), latenesses, async (count, late) => {
      const windowMs = 1_000;
      const starts = await startsOf({ count, windowMs }, 3 * count, late);
      for (const [index, startMs] of starts.entries()) {
        const earlier = starts[index - count];
        assert.ok(earlier === undefined || startMs >= earlier + windowMs);
      }
    }),
  );
});

test('a signal ends the wait of all turns', async () => {
  const stop = new AbortController();
  const pacer = new Pacer({ count: 1, windowMs: 60_000 }, createSleep(stop.signal));
  await pacer.turn();
  const turns = [pacer.turn(), pacer.turn()];
  stop.abort(new Error('stopped'));
  for (const turn of turns) await assert.rejects(turn, /stopped/);
});

test('a rate is a number of publishes in a second, a minute or an hour', () => {
  assert.deepEqual(readRate('10/s'), { count: 10, windowMs: 1_000 });
  assert.deepEqual(readRate('100/m'), { count: 100, windowMs: 60_000 });
  assert.deepEqual(readRate('12/h'), { count: 12, windowMs: 3_600_000 });
  assert.deepEqual(readRate('10000/h'), { count: 10_000, windowMs: 3_600_000 });
  for (const text of ['11/h', '0/s', '10001/s', '10', '10/d', '1.5/s', '-1/s', '/s', '10/1s', '']) {
    const rule = '--rate must be N/s, N/m or N/h with N up to 10000, and at least 12/h';
    assert.throws(() => readRate(text), new UsageError(`${rule}, not "${text}"`));
  }
});

test('at most the messages of ten seconds wait for their turn, and at least one', () => {
  assert.equal(waitingAt(readRate('5/s')), 50);
  assert.equal(waitingAt(readRate('1/m')), 1);
});
