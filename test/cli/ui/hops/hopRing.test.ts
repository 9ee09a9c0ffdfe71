import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HopRing } from '../../../../src/cli/ui/hops/hopRing.ts';
import { KIB } from '../../../../src/units.ts';
import { hopRecord } from '../../../kit/envelopes/hopRecords.ts';

function idsOf(hops: readonly { readonly id: string }[]): string[] {
  return hops.map(({ id }) => id);
}

test('the oldest hops are dropped, and the others keep their numbers', () => {
  const ring = new HopRing({ maxHops: 3 });
  for (const id of ['a', 'b', 'c', 'd', 'e']) ring.add(hopRecord({ id }));
  assert.deepEqual([ring.first, ring.end, ring.size], [3, 6, 3]);
  assert.deepEqual(idsOf(ring.slice(1, 10)), ['c', 'd', 'e']);
  assert.deepEqual(idsOf(ring.slice(4, 1)), ['d']);
  assert.deepEqual(
    ring.slice(4, 10).map(({ number }) => number),
    [4, 5],
  );
  assert.deepEqual(ring.slice(6, 10), []);
});

test('the queues of a hop are a list, and absent members stay absent', () => {
  const ring = new HopRing();
  const { next, ...others } = hopRecord({ next: 'a,b,…' });
  const { code: _, reason: __, ...present } = others;
  assert.deepEqual(ring.add(hopRecord({ next })), { number: 1, ...present, next: ['a', 'b', '…'] });
  assert.deepEqual(ring.add(hopRecord({ next: undefined })).next, []);
  const { code, reason } = ring.add(hopRecord({ code: 'runtime_error', reason: 'probe' }));
  assert.deepEqual([code, reason], ['runtime_error', 'probe']);
});

test('hops with long ids are dropped before they fill the memory, except for the last one', () => {
  const ring = new HopRing({ maxBytes: 100 * KIB });
  for (let count = 0; count < 50; count++)
    ring.add(hopRecord({ id: `${count}-${'x'.repeat(5_000)}` }));
  assert.equal(ring.size, 9);
  assert.match(ring.slice(0, 1)[0]?.id ?? '', /^41-/);
  ring.add(hopRecord({ id: 'x'.repeat(200_000) }));
  assert.equal(ring.size, 1);
  for (let count = 0; count < 50; count++) ring.add(hopRecord());
  assert.equal(ring.size, 50, 'the memory of dropped hops is free again');
});

test('a journey is found by its id and by the id of an envelope', () => {
  const ring = new HopRing();
  ring.add(hopRecord({ id: 'j-1', journey: 'j-1' }));
  ring.add(hopRecord({ id: 'j-2', journey: 'j-2' }));
  ring.add(hopRecord({ id: 'j-1.0', journey: 'j-1' }));
  assert.deepEqual(idsOf(ring.ofJourney('j-1')), ['j-1', 'j-1.0']);
  assert.deepEqual(idsOf(ring.ofJourney('j-1.0')), ['j-1', 'j-1.0']);
  assert.deepEqual(ring.ofJourney('unknown'), []);
});

test('the newest journeys come first, each with its hops in order', () => {
  const ring = new HopRing();
  for (const [id, journey] of [
    ['a', 'j-1'],
    ['b', 'j-2'],
    ['c', 'j-3'],
    ['d', 'j-1'],
  ] as const)
    ring.add(hopRecord({ id, journey }));
  const journeys = ring.journeys(2).map(({ journey, hops }) => [journey, idsOf(hops)]);
  assert.deepEqual(journeys, [
    ['j-1', ['a', 'd']],
    ['j-3', ['c']],
  ]);
});
