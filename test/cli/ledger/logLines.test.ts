import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../../src/cli/ledger/ledger.ts';
import { recordLogLine } from '../../../src/cli/ledger/logLines.ts';

test('each redelivery explains one copy', () => {
  const line = { envelope_id: 'e', outcome: 'forward', attempt: 1, redelivered: 2 };
  assert.deepEqual(explained(line, 3), [['delivered again', 2]]);
});

test('a held hop whose publish was not confirmed explains a copy', () => {
  for (const code of ['unconfirmed', 'lost']) {
    for (const line of [{ code }, { err: { code } }])
      assert.deepEqual(explained({ envelope_id: 'e', ...line }, 2), [['published again', 1]]);
  }
  assert.deepEqual(explained({ envelope_id: 'e', err: { code: 'unroutable' } }, 2), []);
});

test('a later attempt explains a copy only at an end', () => {
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'end', attempt: 2 }, 2), [
    ['tried again at the end', 1],
  ]);
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'forward', attempt: 2 }, 2), []);
});

test('a call alone after a failed batch explains a copy where the actor may be an end', () => {
  const reason = 'called alone after a failed batch';
  for (const outcome of ['end', 'retry']) {
    const line = { envelope_id: 'e', outcome, attempt: 1, batch: 8, alone: true };
    assert.deepEqual(explained(line, 2), [[reason, 1]]);
  }
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'forward', alone: true }, 2), []);
  assert.deepEqual(explained({ envelope_id: 'e', outcome: 'end', attempt: 1, batch: 8 }, 2), []);
});

test('an attempt that is repeated alone explains a copy', () => {
  const line = { envelope_id: 'e', outcome: 'retry', attempt: 1, reason: 'alone' };
  assert.deepEqual(explained(line, 2), [['called again alone', 1]]);
  assert.deepEqual(explained({ ...line, reason: undefined }, 2), []);
});

test('a fan-out in the log determines the expected children', () => {
  const ledger = setup();
  record(ledger, { envelope_id: 'e', outcome: 'fanout', hops: 1, dispatched: 3 });
  assert.deepEqual(ledger.reconcile().lost, ['e', 'e.1.1', 'e.1.2']);
});

test('a hop of an end is an arrival, even if no other source reports it', () => {
  const ledger = setup();
  record(ledger, { envelope_id: 'e', actor: 'done', outcome: 'end', attempt: 1 });
  const { happy, lost, unexplained } = ledger.reconcile();
  assert.deepEqual([happy, lost, unexplained], [1, [], []]);
});

test('an arrival that is both recorded and logged counts once', () => {
  const ledger = setup();
  ledger.recordArrival({ id: 'e', fanout: undefined });
  record(ledger, { envelope_id: 'e', actor: 'happy-end', outcome: 'end' });
  record(ledger, {
    envelope_id: 'e',
    actor: 'happy-end',
    outcome: 'end',
    reused: true,
    redelivered: 1,
  });
  const { happy, explained, unexplained } = ledger.reconcile();
  assert.deepEqual([happy, [...explained], unexplained], [1, [], []]);
});

test('an envelope that error-end logged or parked has failed', () => {
  const ledger = setup();
  const failure = {
    envelope_id: 'e',
    actor: 'error-end',
    code: 'runtime_error',
    failed_actor: 'infer',
  };
  record(ledger, failure);
  record(ledger, { envelope_id: 'e', actor: 'error-end', outcome: 'end' });
  assert.deepEqual([...ledger.reconcile().errors], [['runtime_error', 1]]);
  const parked = setup();
  record(parked, {
    envelope_id: 'e',
    actor: 'error-end',
    outcome: 'parked',
    code: 'runtime_crashed',
  });
  assert.deepEqual([...parked.reconcile().errors], [['code not logged', 1]]);
  parked.recordArrival({ id: 'e', fanout: undefined }, 'runtime_error', 'parked');
  assert.deepEqual([...parked.reconcile().errors], [['runtime_error', 1]]);
});

test('an envelope waits while its latest hop ended in a retry', () => {
  const ledger = setup();
  record(ledger, { envelope_id: 'e', outcome: 'retry', time: '2026-11-29T15:00:01.000Z' });
  assert.deepEqual([ledger.reconcile().lost, ledger.reconcile().stuck], [[], ['e']]);
  record(ledger, { envelope_id: 'e', outcome: 'forward', time: '2026-11-29T15:00:00.000Z' });
  assert.deepEqual(ledger.reconcile().stuck, ['e'], 'an earlier hop, from another log');
  record(ledger, { envelope_id: 'e', outcome: 'forward', time: '2026-11-29T15:00:02.000Z' });
  assert.deepEqual([ledger.reconcile().lost, ledger.reconcile().stuck], [['e'], []]);
});

test('lines that are not JSON, or not of a hop, are ignored', () => {
  const ledger = setup();
  for (const line of [
    '',
    'no json',
    'null',
    '7',
    '[]',
    '{"envelope_id":"e"',
    '{"redelivered":1}',
  ]) {
    recordLogLine(ledger, line);
  }
  assert.deepEqual(ledger.reconcile().lost, ['e']);
});

test('the level of a line may be a number or a word', () => {
  for (const level of [30, 'info']) {
    const ledger = setup();
    record(ledger, { level, envelope_id: 'e', actor: 'happy-end', outcome: 'end' });
    assert.equal(ledger.reconcile().happy, 1);
  }
});

function setup() {
  const ledger = new Ledger();
  ledger.recordSent({ id: 'e', fanout: undefined });
  return ledger;
}

function record(ledger: ReturnType<typeof setup>, line: object): void {
  recordLogLine(ledger, JSON.stringify(line));
}

/** The explanations of several arrivals of one envelope, given a log line. */
function explained(line: object, arrivals: number): [string, number][] {
  const ledger = setup();
  record(ledger, line);
  for (let arrival = 0; arrival < arrivals; arrival++)
    ledger.recordArrival({ id: 'e', fanout: undefined });
  return [...ledger.reconcile().explained];
}
