import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dispatch, Hop } from '../../src/hop/hop.ts';
import { answerUndelivered, type Answer, type Undelivered } from '../../src/hop/undelivered.ts';
import { SendError } from '../../src/transport/transport.ts';
import { hopOf } from '../kit/envelopes/hops.ts';

const REFUSED = new SendError('refused', 'ACCESS_REFUSED');
const UNROUTABLE = new SendError('unroutable', 'no queue');

test('an unroutable dispatch waits in the retry queue, marked with its actor', () => {
  const { name, fault, dispatches } = answer(hopOf(), [undelivered(UNROUTABLE)]);
  assert.deepEqual([name, fault.code], ['retry', 'unroutable']);
  assert.deepEqual(summaryOf(dispatches), [['infer', 'retry', 100]]);
  assert.deepEqual(dispatches[0]?.message?.headers, { 'asya-forward': 'post', 'asya-attempt': 2 });
});

test('a dispatch that is refused in the retry queue too becomes an error envelope', () => {
  const first = answer(hopOf(), [undelivered(REFUSED)]);
  const second = answer(hopOf(), [again(first)]);
  assert.equal(second.name, 'error_end');
  assert.deepEqual(summaryOf(second.dispatches), [['error-end', 'error_end', undefined]]);
});

test('a hop whose error envelope is refused too is retried without a further alternative', () => {
  const first = answer(hopOf(), [undelivered(REFUSED)]);
  const third = answer(hopOf(), [again(answer(hopOf(), [again(first)]))]);
  assert.equal(third.name, 'retry');
  assert.deepEqual(
    third.dispatches.map(({ kind, fallback }) => [kind, fallback]),
    [['retry', undefined]],
  );
});

test('after the last attempt an error envelope has the undelivered envelope as its original', () => {
  const hop = hopOf({ headers: { 'asya-forward': 'post', 'asya-attempt': 3 } });
  const { name, dispatches } = answer(hop, [undelivered(UNROUTABLE)]);
  assert.equal(name, 'retry_spent');
  assert.equal(dispatches[0]?.envelope.id, 'child');
});

test('each of several undelivered dispatches gets an answer of its own', () => {
  const { dispatches, replacesAll } = answer(hopOf(), [
    undelivered(UNROUTABLE),
    undelivered(REFUSED),
  ]);
  assert.equal(dispatches.length, 2);
  assert.equal(replacesAll, false);
});

test('one error envelope replaces all dispatches when one of them is too large', () => {
  const { name, fault, dispatches, replacesAll } = answer(hopOf(), [
    undelivered('too_large'),
    undelivered('too_large'),
  ]);
  assert.deepEqual([name, fault.code, replacesAll], ['error_end', 'reply_too_large', true]);
  assert.deepEqual(summaryOf(dispatches), [['error-end', 'error_end', undefined]]);
});

function answer(hop: Hop, given: readonly Undelivered[]): Answer {
  return answerUndelivered(hop, given, {
    routing: {
      actor: 'infer',
      happyEnd: 'happy-end',
      errorEnd: 'error-end',
      isEnd: false,
      maxFanout: 10,
      maxMessageBytes: 1_000,
    },
    policy: { maxAttempts: 3, backoffMs: [100, 200], errors: [], maxDeferrals: 0 },
    maxNesting: 10,
  });
}

function undelivered(reason: Undelivered['reason']): Undelivered {
  const child = { id: 'child', route: { actors: ['infer', 'post'], current: 1 }, payload: 2 };
  return {
    dispatch: { to: 'post', kind: 'next', envelope: hopOf().envelope, edit: { id: 'child' } },
    message: { body: Buffer.from(JSON.stringify(child)), headers: {} },
    reason,
  };
}

/** The only dispatch of an answer, refused by the broker. */
function again({ dispatches }: Answer): Undelivered {
  const [dispatch] = dispatches;
  assert.ok(dispatch !== undefined && dispatches.length === 1);
  const message = dispatch.message ?? { body: Buffer.from('{}'), headers: {} };
  return { dispatch, message, reason: REFUSED };
}

function summaryOf(dispatches: readonly Dispatch[]): unknown[] {
  return dispatches.map(({ to, kind, delayMs }) => [to, kind, delayMs]);
}
