import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../../../src/cli/ui/pipeline/contract.ts';
import { cardNumbers, cardTimes } from '../../../../ui/pipeline/graph/cardNumbers.ts';
import { edgeWidth } from '../../../../ui/pipeline/graph/edgeWidth.ts';
import { createActor } from '../pipelines.ts';

function describe(actor: Actor): string {
  return cardNumbers(actor)
    .map(({ label, text, isBad = false }) => `${text} ${label}${isBad ? '!' : ''}`)
    .join(', ');
}

test('a card shows what waits, is retried, passes and fails', () => {
  const queue = { exists: true, ready: 12_345, retry: 7 };
  const rates = { hops: 12.34, errors: 0.2, retries: 1 };
  const expected = '12.3 k waiting, 7 retry, 12.3 hops/s, 1.20 failed/s!';
  assert.equal(describe(createActor('infer', { queue, rates })), expected);
});

test('the card of error-end shows its failed and its parked messages', () => {
  const queue = { exists: true, ready: 431, parked: 2, retry: 0 };
  const end = createActor('error-end', { kind: 'error_end', queue });
  assert.equal(describe(end), '431 waiting!, 2 parked!, 10.0 hops/s');
});

test('numbers without a source are dashes', () => {
  const actor: Actor = { name: 'infer', kind: 'actor', sidecars: [] };
  assert.equal(describe(actor), '– waiting, – retry, – hops/s, – failed/s');
  assert.equal(cardTimes(actor), undefined);
  const missing = createActor('infer', { queue: { exists: false, ready: 0 } });
  assert.match(describe(missing), /^– waiting/);
});

test('a card shows the P95 of its times', () => {
  const times = cardTimes(createActor('infer', { times: { queueP95: 1_200 } }));
  assert.deepEqual(
    times?.map(({ text }) => text),
    ['1.20 s', '–'],
  );
});

test('an edge is wider by the same amount for each tenfold rate, within limits', () => {
  const [one, ten, hundred] = [edgeWidth(1), edgeWidth(10), edgeWidth(100)];
  assert.ok(Math.abs(hundred - ten - (ten - one)) < 1e-9 && ten > one);
  assert.ok(edgeWidth(0) === edgeWidth(undefined) && edgeWidth(0) < edgeWidth(0.01));
  assert.equal(edgeWidth(1e9), edgeWidth(1e12));
});
