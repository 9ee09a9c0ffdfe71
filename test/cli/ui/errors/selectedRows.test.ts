import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFailedMessage } from '../../../../src/cli/failures/failedMessage.ts';
import { SelectedRows } from '../../../../src/cli/ui/errors/actions/selectedRows.ts';
import { ErrorIndex, type IndexedError } from '../../../../src/cli/ui/errors/index/errorIndex.ts';
import { createIdentifyFailed } from '../../../../src/cli/ui/errors/index/messageIdentity.ts';
import type { FailedDelivery } from '../../../../src/cli/failures/failedForm.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { testConfig } from '../../../kit/rigs/testConfig.ts';

const identify = createIdentifyFailed();

test('of equal messages, as many match in each round as are selected and not decided', async () => {
  const body = errorEnvelope(envelopeWith());
  const message = { id: undefined, body, headers: {} };
  const index = indexOf([message, message, message]);
  const rows = await SelectedRows.of(index.slice(0, 2), identify);
  const matches = (): readonly boolean[] => [1, 2, 3].map(() => rows.matches(message));
  rows.startRound();
  assert.deepEqual(matches(), [true, true, false]);
  rows.startRound();
  assert.deepEqual(matches(), [true, true, false]);
  assert.equal(rows.decide(message)?.row, 0);
  rows.startRound();
  assert.deepEqual(matches(), [true, false, false]);
  assert.equal(rows.allDecided.aborted, false);
  assert.equal(rows.decide(message)?.row, 1);
  assert.equal(rows.allDecided.aborted, true);
  assert.equal(rows.decide(message), undefined);
  assert.deepEqual(matches(), [false, false, false]);
});

test('a message that differs only in its queue, a header or a property is not selected', async () => {
  const message = { body: Buffer.from('ping'), headers: { shop: 'a' }, deadLetter: diedIn('prep') };
  const rows = await SelectedRows.of(indexOf([message]), identify);
  rows.startRound();
  assert.equal(rows.matches({ ...message, deadLetter: diedIn('infer') }), false);
  assert.equal(rows.matches({ ...message, headers: { shop: 'b' } }), false);
  assert.equal(rows.matches({ ...message, properties: { correlationId: '1' } }), false);
  assert.equal(rows.matches({ ...message }), true);
});

test('a message that is delivered with another order of its headers is the same', async () => {
  const body = Buffer.from('ping');
  const rows = await SelectedRows.of(indexOf([{ body, headers: { b: 1, a: 2 } }]), identify);
  rows.startRound();
  assert.equal(rows.matches({ body, headers: { a: 2, b: 1 } }), true);
});

test('a selected message that is gone is missing, even if the queue has an equal one', async () => {
  const message = { body: Buffer.from('ping'), headers: {} };
  const [first, second] = indexOf([message, message]);
  assert.ok(first && second);
  first.gone = 'replayed';
  const rows = await SelectedRows.of([first], identify);
  rows.startRound();
  assert.equal(rows.matches(message), false);
  assert.deepEqual([rows.undecided, rows.gone], [[], [first]]);
});

function indexOf(messages: readonly FailedDelivery[]): readonly IndexedError[] {
  const index = new ErrorIndex();
  for (const message of messages) {
    const failed = readFailedMessage(message, testConfig());
    index.add(failed, { identity: identify(message), sizeBytes: message.body.length });
  }
  return index.rows;
}

function diedIn(queue: string): FailedDelivery['deadLetter'] {
  return { queue, reason: 'delivery_limit', atMs: undefined };
}
