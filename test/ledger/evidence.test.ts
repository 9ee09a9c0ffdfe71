import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../src/ledger.ts';
import { enterLogLine } from '../../src/ledger/evidence.ts';

test('a delivery that had come before explains as many copies as it came', () => {
  const line = { envelope_id: 'e', outcome: 'forward', attempt: 1, redelivered: 2 };
  assert.deepEqual(explained(line, 3), [['delivered again', 2]]);
});

test('a publish whose fate nobody knows explains a copy', () => {
  for (const code of ['unconfirmed', 'lost']) {
    assert.deepEqual(explained({ envelope_id: 'e', err: { code } }, 2), [['published again', 1]]);
  }
  assert.deepEqual(explained({ envelope_id: 'e', err: { code: 'unroutable' } }, 2), []);
});

test('another attempt explains a copy only at an end', () => {
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'end', attempt: 2 }, 2), [
    ['tried again at the end', 1],
  ]);
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'forward', attempt: 2 }, 2), []);
});

test('a hop that fanned out tells how many children there are', () => {
  const ledger = setup();
  enter(ledger, { envelope_id: 'e', outcome: 'fanout', hops: 1, dispatched: 3 });
  assert.deepEqual(ledger.account().lost, ['e', 'e.1.1', 'e.1.2']);
});

test('lines that are no JSON, or none of a hop, say nothing', () => {
  const ledger = setup();
  for (const line of ['', 'no json', 'null', '7', '[]', '{"envelope_id":"e"', '{"redelivered":1}']) {
    enterLogLine(ledger, line);
  }
  assert.deepEqual(ledger.account().lost, ['e']);
});

function setup() {
  const ledger = createLedger();
  ledger.sent({ id: 'e', fanout: undefined });
  return ledger;
}

function enter(ledger: ReturnType<typeof setup>, line: object): void {
  enterLogLine(ledger, JSON.stringify(line));
}

/** What explains so many arrivals of one envelope. */
function explained(line: object, arrivals: number): [string, number][] {
  const ledger = setup();
  enter(ledger, line);
  for (let arrival = 0; arrival < arrivals; arrival++) ledger.arrived({ id: 'e', fanout: undefined });
  return [...ledger.account().explained];
}
