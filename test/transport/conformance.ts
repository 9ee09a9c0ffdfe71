import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { abortTests } from './conformance/abortedReceive.ts';
import type { Adapter } from './conformance/adapter.ts';
import { cancelTests } from './conformance/cancelling.ts';
import { closeTests } from './conformance/closing.ts';
import { delayTests } from './conformance/delays.ts';
import { countTests } from './conformance/counting.ts';
import { deliveryTests } from './conformance/delivery.ts';
import { lookTests } from './conformance/looking.ts';
import { reconnectTests } from './conformance/reconnecting.ts';
import { replyQueueTests } from './conformance/replyQueues.ts';
import { sendingTests } from './conformance/sending.ts';
import { settlingTests } from './conformance/settling.ts';
import { setUp, type DefineTest } from './conformance/setup.ts';

/** The conformance suite, which each transport must pass. */
export function describeTransport(name: string, adapter: Adapter): void {
  const test: DefineTest = (title, run) =>
    void it(title, { timeout: 120_000 }, async (t) => run(await setUp(t, adapter)));

  describe(name, () => {
    test('an open transport reports that it is connected', async ({ open, states }) => {
      await open();
      assert.deepEqual(states.at(-1), { connected: true, blocked: false, missing: [] });
    });
    describe('delivery', () => deliveryTests(test));
    describe('settling', () => settlingTests(test));
    describe('delays', () => delayTests(test));
    describe('counting', () => countTests(test));
    describe('sending', () => sendingTests(test));
    describe('reply queues', () => replyQueueTests(test));
    describe('cancelling a subscription', () => cancelTests(test));
    describe('aborting a receive', () => abortTests(test));
    describe('reconnecting', () => reconnectTests(test));
    describe('looking at a queue', () => lookTests(test));
    describe('closing', () => closeTests(test));
  });
}
