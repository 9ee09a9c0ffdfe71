import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueTurns } from '../../../../src/cli/ui/errors/queueTurns.ts';
import { RequestError } from '../../../../src/cli/ui/server/routes/requestError.ts';
import { within } from '../../../kit/processes/until.ts';

const NEVER = new AbortController().signal;

test('an action is refused while another one runs, and waits for one that is being stopped', async () => {
  const turns = new QueueTurns();
  const closed = new AbortController();
  const first = await turns.acquire('error-end', { action: 'a replay', closed: closed.signal });
  first.begin();
  const next = { action: 'a discard', closed: NEVER };
  const refused = new RequestError(409, 'a replay of "error-end" is running');
  await assert.rejects(turns.acquire('error-end', next), refused);
  closed.abort();
  let isAcquired = false;
  const second = turns.acquire('error-end', next).then(() => (isAcquired = true));
  await Promise.resolve();
  assert.equal(isAcquired, false);
  first.end();
  await within(second, 'the turn');
});

test('a turn that never begins ends when its request is closed', async () => {
  const turns = new QueueTurns();
  const closed = new AbortController();
  await turns.acquire('error-end', { action: 'a replay', closed: closed.signal });
  closed.abort();
  await within(turns.acquire('error-end', { closed: NEVER }), 'the turn');
});

test('each queue has its own turns', async () => {
  const turns = new QueueTurns();
  await turns.acquire('error-end', { action: 'a replay', closed: NEVER });
  await turns.acquire('error-end:parked', { action: 'a replay', closed: NEVER });
});

test('a queue is free when no look and no action holds its messages', async () => {
  const turns = new QueueTurns();
  assert.equal(turns.freeSinceMs('error-end'), undefined);
  const startedAtMs = Date.now();
  await turns.look('error-end', NEVER, () => {
    assert.equal(turns.freeSinceMs('error-end'), undefined);
    return Promise.resolve();
  });
  assert.ok(Number(turns.freeSinceMs('error-end')) >= startedAtMs);
});
