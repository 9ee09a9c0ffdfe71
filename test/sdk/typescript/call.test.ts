import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, Reject, Retry, type Context } from '../../../sdk/typescript/src/index.ts';

test('call returns the payloads that the sidecar would send on', async () => {
  const echo = (value: unknown): unknown => value;
  assert.deepEqual((await call(echo, { n: 1 })).payloads, [{ n: 1 }]);
  assert.deepEqual((await call(echo, [1, 2])).payloads, [1, 2]);
  assert.deepEqual((await call(echo, [[1, 2]])).payloads, [[1, 2]]);
  assert.deepEqual((await call(echo, null)).payloads, []);
  const large = 'ü'.repeat(1_000_000);
  assert.deepEqual((await call(echo, large)).payloads, [large]);
});

test('call returns the error, and the delay of a deferral in seconds', async () => {
  const rejected = await call(() => {
    throw new Reject('too_old', 'before 2020');
  }, 1);
  assert.deepEqual(
    [rejected.payloads, rejected.error?.error, rejected.error?.message, rejected.retryAfter],
    [[], 'too_old', 'before 2020', undefined],
  );
  const deferred = await call(() => {
    throw new Retry({ after: 0.5 });
  }, 1);
  assert.equal(deferred.retryAfter, 0.5);
});

test('call sets the fields of the context', async () => {
  const handle = (_: unknown, context: Context): unknown => ({
    id: context.id,
    journey: context.journey,
    attempt: context.attempt,
    deadline: context.deadline,
    key: context.idempotencyKey,
    aborted: context.signal.aborted,
    cancelled: context.cancelled,
  });
  const deadline = new Date(0);
  const fields = { id: 'a/b', journey: 'j', attempt: 3, deadline, idempotencyKey: 'ключ' };
  const { payloads } = await call(handle, 1, fields);
  const { idempotencyKey: key, ...others } = fields;
  const expected = { ...others, deadline: deadline.toISOString(), key };
  assert.deepEqual(payloads, [{ ...expected, aborted: true, cancelled: true }]);
});

test('call accepts the options of serve that change a reply', async () => {
  const parse = (text: string): unknown =>
    JSON.parse(text, (_, value, context?: { source?: string }) =>
      typeof value === 'number' && !Number.isSafeInteger(value)
        ? BigInt(context?.source ?? value)
        : value,
    );
  const stringify = (value: unknown): string =>
    JSON.stringify(value, (_, it) => (typeof it === 'bigint' ? `${it}n` : it)).replaceAll(
      /"(\d+)n"/g,
      '$1',
    );
  const handle = ({ id }: { id: unknown }): unknown => ({ id, type: typeof id });
  const { payloads } = await call({ handle, parse, stringify }, { id: 2n ** 53n + 1n });
  // The result of call is read by JSON.parse, which rounds the number.
  assert.deepEqual(payloads, [{ id: 2 ** 53, type: 'bigint' }]);
});
