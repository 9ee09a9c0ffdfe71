import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter } from '../../../../sdk/typescript/src/actor/limiter.ts';

test('the calls above the limit wait, in the order of their arrival', async () => {
  const limiter = new Limiter(2);
  const started: number[] = [];
  const calls = [1, 2, 3, 4].map((number) => ({
    number,
    end: Promise.withResolvers<number>(),
    begun: Promise.withResolvers<void>(),
  }));
  const results = calls.map(({ number, end, begun }) =>
    limiter.run(() => {
      started.push(number);
      begun.resolve();
      return end.promise;
    }),
  );
  assert.deepEqual(started, [1, 2]);
  calls[1]?.end.reject(new Error('a failure releases its place'));
  await assert.rejects(results[1] ?? Promise.resolve());
  await calls[2]?.begun.promise;
  assert.deepEqual(started, [1, 2, 3]);
  for (const { number, end } of calls) end.resolve(number);
  assert.deepEqual(
    (await Promise.allSettled(results)).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(started, [1, 2, 3, 4]);
});
