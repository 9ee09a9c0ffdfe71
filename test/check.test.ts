import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, runCheck } from '../src/check.ts';

const UNLIMITED = new AbortController().signal;

test('a check has the result that it finds', async () => {
  const result = await runCheck('login', async () => ok('guest'), UNLIMITED);
  assert.deepEqual(result, { check: 'login', result: 'ok', detail: 'guest' });
});

test('a check that rejects has failed, with the error as its detail', async () => {
  const reject = (): Promise<never> => Promise.reject(new Error('refused'));
  const describe = (error: unknown): string => `described: ${String(error)}`;
  assert.deepEqual(await runCheck('login', reject, UNLIMITED), {
    check: 'login',
    result: 'failed',
    detail: 'refused',
  });
  const described = await runCheck('login', reject, UNLIMITED, describe);
  assert.equal(described.detail, 'described: Error: refused');
});

test('a check that does not end in time has failed, and later ones are not run', async () => {
  const limit = new AbortController();
  const running = runCheck('login', () => new Promise<never>(() => {}), limit.signal);
  limit.abort(new Error('no answer in 1s'));
  assert.deepEqual(await running, {
    check: 'login',
    result: 'failed',
    detail: 'no answer in 1s',
  });
  const later = await runCheck('vhost', () => assert.fail('the check was run'), limit.signal);
  assert.equal(later.result, 'not checked');
});
