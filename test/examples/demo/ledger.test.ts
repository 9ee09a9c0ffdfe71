import assert from 'node:assert/strict';
import test from 'node:test';
import {
  addUp,
  createLedger,
  type Arrival,
  type Ledger,
  type Summary,
} from '../../../examples/demo/ledger.ts';

test('what an end has received is not lost', () => {
  const ledger = createLedger();
  ledger.send({ id: 'a', kind: 'happy', end: 'happy-end' });
  ledger.send({ id: 'b', kind: 'happy', end: 'happy-end' });
  arrive(ledger, { id: 'a' });
  assert.deepEqual(ledger.progress(), { expected: 2, arrived: 1 });
  assert.deepEqual(ledger.summary(), [{ ...NOTHING, kind: 'happy', sent: 2, happy: 1, lost: 1 }]);
});

test('the first of a fan-out to arrive tells of the others, which are lost until they arrive', () => {
  const ledger = createLedger();
  ledger.send({ id: 'a', kind: 'fan-out', end: 'happy-end' });
  const fanout = { of: 'a', total: 3, hop: 1 };
  arrive(ledger, { id: 'a.1.2', fanout });
  assert.deepEqual(ledger.progress(), { expected: 3, arrived: 1 });
  assert.deepEqual(ledger.summary(), [
    { ...NOTHING, kind: 'fan-out', sent: 1, fannedOut: 2, happy: 1, lost: 2 },
  ]);
  arrive(ledger, { id: 'a', fanout });
  arrive(ledger, { id: 'a.1.1', fanout });
  assert.deepEqual(ledger.summary(), [{ ...NOTHING, kind: 'fan-out', sent: 1, fannedOut: 2, happy: 3 }]);
});

test('what arrives again is a duplicate, and lost no less for it', () => {
  const ledger = createLedger();
  ledger.send({ id: 'a', kind: 'happy', end: 'happy-end' });
  ledger.send({ id: 'b', kind: 'happy', end: 'happy-end' });
  arrive(ledger, { id: 'a' });
  arrive(ledger, { id: 'a' });
  assert.deepEqual(ledger.progress(), { expected: 2, arrived: 1 });
  assert.deepEqual(ledger.summary(), [
    { ...NOTHING, kind: 'happy', sent: 2, happy: 1, lost: 1, duplicates: 1 },
  ]);
});

test('what arrives at the other end, or was never sent, is astray', () => {
  const ledger = createLedger();
  ledger.send({ id: 'a', kind: 'happy', end: 'happy-end' });
  arrive(ledger, { id: 'a', end: 'error-end' });
  arrive(ledger, { id: 'x' });
  assert.deepEqual(ledger.summary(), [
    { ...NOTHING, kind: 'happy', sent: 1, error: 1, astray: 1 },
    { ...NOTHING, kind: 'unknown', astray: 1 },
  ]);
});

test('adds kinds up', () => {
  const happy = { ...NOTHING, kind: 'happy', sent: 2, happy: 1, lost: 1 };
  const fanout = { ...NOTHING, kind: 'fan-out', sent: 1, fannedOut: 2, happy: 3, duplicates: 1 };
  const total = { ...NOTHING, kind: 'total', sent: 3, happy: 4, fannedOut: 2, lost: 1, duplicates: 1 };
  assert.deepEqual(addUp([happy, fanout]), total);
});

const NOTHING: Omit<Summary, 'kind'> = {
  sent: 0,
  happy: 0,
  error: 0,
  fannedOut: 0,
  lost: 0,
  duplicates: 0,
  astray: 0,
};

function arrive(ledger: Ledger, arrival: Partial<Arrival> & { id: string }): void {
  ledger.arrive({ end: 'happy-end', fanout: undefined, ...arrival });
}
