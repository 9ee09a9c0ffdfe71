import assert from 'node:assert/strict';
import test from 'node:test';
import type { End } from '../../../examples/demo/scenarios.ts';
import { addUp, Tally, type Row } from '../../../examples/demo/tally.ts';

test('an envelope that an end received is not lost', () => {
  const tally = setup('a', 'b');
  arrive(tally, 'happy-end', 'a');
  assert.deepEqual(tally.rows(), [{ ...NOTHING, scenario: 'text', sent: 2, happy: 1, lost: 1 }]);
});

test('the children of a fan-out are lost until they arrive', () => {
  const tally = setup('a');
  const fanout = { of: 'a', index: 2, total: 3, hop: 1 };
  arrive(tally, 'happy-end', 'a.1.2', fanout);
  assert.deepEqual(tally.rows(), [
    { ...NOTHING, scenario: 'text', sent: 1, fannedOut: 2, happy: 1, lost: 2 },
  ]);
  arrive(tally, 'happy-end', 'a', { ...fanout, index: 0 });
  arrive(tally, 'happy-end', 'a.1.1', { ...fanout, index: 1 });
  assert.deepEqual(tally.rows(), [
    { ...NOTHING, scenario: 'text', sent: 1, fannedOut: 2, happy: 3 },
  ]);
});

test('a second arrival is a duplicate, and does not replace a missing envelope', () => {
  const tally = setup('a', 'b');
  arrive(tally, 'happy-end', 'a');
  arrive(tally, 'happy-end', 'a');
  assert.deepEqual(tally.rows(), [
    { ...NOTHING, scenario: 'text', sent: 2, happy: 1, lost: 1, duplicates: 1 },
  ]);
});

test('an arrival at the wrong end, or of an envelope that was never sent, is unexpected', () => {
  const tally = setup('a');
  arrive(tally, 'error-end', 'a');
  arrive(tally, 'happy-end', 'x');
  assert.deepEqual(tally.rows(), [
    { ...NOTHING, scenario: 'text', sent: 1, error: 1, unexpected: 1 },
    { ...NOTHING, scenario: 'never sent', happy: 1, unexpected: 1 },
  ]);
});

test('the total adds up all scenarios', () => {
  const text = { ...NOTHING, scenario: 'text', sent: 2, happy: 1, lost: 1 };
  const fanout = {
    ...NOTHING,
    scenario: 'fan-out',
    sent: 1,
    fannedOut: 2,
    happy: 3,
    duplicates: 1,
  };
  const total = {
    ...NOTHING,
    scenario: 'total',
    sent: 3,
    happy: 4,
    fannedOut: 2,
    lost: 1,
    duplicates: 1,
  };
  assert.deepEqual(addUp([text, fanout]), total);
});

const NOTHING: Omit<Row, 'scenario'> = {
  sent: 0,
  fannedOut: 0,
  happy: 0,
  error: 0,
  lost: 0,
  duplicates: 0,
  unexpected: 0,
};

function setup(...ids: string[]): Tally {
  const tally = new Tally();
  for (const id of ids)
    tally.recordSent({ id, to: 'split', scenario: 'text', end: 'happy-end', body: Buffer.of() });
  return tally;
}

function arrive(tally: Tally, end: End, id: string, fanout?: object): void {
  const headers = fanout === undefined ? {} : { 'x-asya-fanout': fanout };
  tally.recordArrival(end, Buffer.from(JSON.stringify({ id, headers, payload: null })));
}
