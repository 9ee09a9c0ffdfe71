import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../../../src/cli/ui/pipeline/contract.ts';
import { troublesOf } from '../../../../ui/pipeline/state/troubles.ts';
import { createActor } from '../pipelines.ts';

/** The troubles of an actor as `level: text (detail)`. */
function describe(changes: Partial<Actor>, growthPerMinute?: number): string[] {
  return troublesOf(createActor('infer', changes), growthPerMinute).map(
    ({ level, text, detail }) => `${level}: ${text} (${detail ?? ''})`,
  );
}

test('an actor that works has no troubles', () => {
  assert.deepEqual(describe({}), []);
});

test('an actor without any source has no troubles', () => {
  assert.deepEqual(troublesOf({ name: 'infer', kind: 'actor', sidecars: [] }, undefined), []);
});

test('an actor that is not ready fails, with its reason', () => {
  const sidecars = [{ address: 'a:8080', isReady: false, problems: ['runtime: no socket'] }];
  assert.deepEqual(describe({ sidecars }), ['failure: Not ready (runtime: no socket)']);
});

test('an actor of which a part is not ready has a warning', () => {
  const sidecars = [
    { address: 'a:8080', isReady: true, problems: [] },
    { address: 'b:8080', isReady: false, problems: ['draining'] },
  ];
  assert.deepEqual(describe({ sidecars }), ['warning: 1 of 2 ready (draining)']);
});

test('an actor without its queue fails', () => {
  const queue = { exists: false, ready: 0 };
  assert.deepEqual(describe({ queue }), ['failure: No queue (the broker has none)']);
  const removed = describe({ queue, sidecars: [] });
  assert.deepEqual(removed, ['warning: No queue (the broker has none)']);
});

test('messages that no consumer takes are a failure of an actor, and normal for an end', () => {
  const queue = { exists: true, ready: 1_200, consumers: 0 };
  assert.deepEqual(describe({ queue }), ['failure: No consumer (1,200 messages wait)']);
  assert.deepEqual(describe({ queue, kind: 'happy_end' }), []);
});

test('a growing queue is a warning', () => {
  assert.deepEqual(describe({}, 340), ['warning: Queue grows (+340 per minute)']);
});

test('the queue of happy-end may grow if nothing consumes it', () => {
  const queue = { exists: true, ready: 4_000, consumers: 0 };
  const end = { kind: 'happy_end', sidecars: [], queue } as const;
  assert.deepEqual(describe(end, 340), []);
  assert.equal(describe({ ...end, kind: 'error_end' }, 340).length, 1);
  assert.equal(describe({ ...end, queue: { ...queue, consumers: 1 } }, 340).length, 1);
});

test('parked messages are a warning', () => {
  const queue = { exists: true, ready: 0, parked: 3 };
  assert.deepEqual(describe({ queue, kind: 'error_end' }), ['warning: 3 parked ()']);
});

test('failed attempts are a warning from 1 % on, and a failure from 50 % on', () => {
  const share = (hops: number, errors: number, retries: number): string[] =>
    describe({ rates: { hops, errors, retries } });
  assert.deepEqual(share(10_000, 1, 0), []);
  assert.deepEqual(share(100, 1, 0), ['warning: 1.0 % of attempts fail (1.00/s)']);
  assert.deepEqual(share(10, 2, 10), ['failure: 60 % of attempts fail (12.0/s)']);
  assert.deepEqual(share(0, 0, 2), ['failure: 100 % of attempts fail (2.00/s)']);
  assert.deepEqual(share(0, 0, 0), []);
});

test('envelopes that reach error-end are not its own failures', () => {
  assert.deepEqual(describe({ kind: 'error_end', rates: { hops: 5, errors: 5, retries: 0 } }), []);
});

test('failures precede warnings', () => {
  const queue = { exists: true, ready: 5, consumers: 0 };
  const rates = { hops: 100, errors: 2, retries: 0 };
  const levels = troublesOf(createActor('infer', { queue, rates }), 50).map(({ level }) => level);
  assert.deepEqual(levels, ['failure', 'warning', 'warning']);
});
