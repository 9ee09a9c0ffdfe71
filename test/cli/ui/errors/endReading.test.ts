import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorQueueOf } from '../../../../src/cli/errorQueue/errorQueue.ts';
import { CommandError } from '../../../../src/cli/command/exit.ts';
import { STOPPED } from '../../../../src/cli/command/signals.ts';
import { readFailedMessage } from '../../../../src/cli/failures/failedMessage.ts';
import type { QueueState } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { ActionProgress } from '../../../../src/cli/ui/errors/actions/actionProgress.ts';
import {
  endFailed,
  endReading,
  type Reading,
} from '../../../../src/cli/ui/errors/actions/endReading.ts';
import { SelectedRows } from '../../../../src/cli/ui/errors/actions/selectedRows.ts';
import { createIdentifyFailed } from '../../../../src/cli/ui/errors/index/messageIdentity.ts';
import { ErrorIndex } from '../../../../src/cli/ui/errors/index/errorIndex.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { testConfig } from '../../../kit/rigs/testConfig.ts';

const READY: QueueState = { exists: true, ready: 1, consumers: 0, leased: undefined };

/** An action that has not found its only message. */
async function notFound(): Promise<{
  readonly index: ErrorIndex;
  readonly reading: Omit<Reading, 'end' | 'state'>;
}> {
  const config = testConfig();
  const index = new ErrorIndex();
  const message = { body: errorEnvelope(envelopeWith()), headers: {}, deadLetter: undefined };
  index.add(readFailedMessage(message, config), { identity: 'a', sizeBytes: 1 });
  const rows = await SelectedRows.of(index.rows, createIdentifyFailed());
  const progress = new ActionProgress('discarded', 1, { write: async () => {} });
  return { index, reading: { queue: errorQueueOf(false, config), rows, progress } };
}

test('a message that was not found when all others were read is missing', async () => {
  const { index, reading } = await notFound();
  const { kind, text } = endReading({ ...reading, end: 'complete', state: READY });
  assert.deepEqual([kind, text], ['done', '0 discarded, 1 not found']);
  assert.equal(index.rows[0]?.gone, 'missing');
});

test('a message that a consumer may hold is not missing', async () => {
  const { index, reading } = await notFound();
  const { kind, text } = endReading({ ...reading, end: 'idle', state: READY });
  const gap = 'not all messages were read: a consumer of "error-end" may have received the others';
  assert.deepEqual([kind, text], ['failed', `${gap}; 0 discarded, 1 left in the queue`]);
  assert.equal(index.rows[0]?.gone, undefined);
});

test('an action that was stopped before it could read the queue has not failed', async () => {
  const { progress } = (await notFound()).reading;
  const { kind, text } = endFailed(new CommandError(STOPPED), {
    progress,
    closed: AbortSignal.abort(),
  });
  assert.deepEqual([kind, text], ['stopped', 'stopped; 0 discarded, 1 left in the queue']);
});

test('a message of a queue that seemed empty is not missing', async () => {
  const { index, reading } = await notFound();
  const state = { ...READY, ready: 0, consumers: 1 };
  const { kind, text } = endReading({ ...reading, end: 'complete', state });
  const reason =
    '"error-end" had no ready messages, so that nothing was read; 1 consumer may hold them';
  assert.deepEqual([kind, text], ['failed', `${reason}; 0 discarded, 1 left in the queue`]);
  assert.equal(index.rows[0]?.gone, undefined);
});

test('a message that another process may have leased is not missing', async () => {
  const { index, reading } = await notFound();
  const state = { ...READY, leased: { count: 1, untilMs: 0 } };
  const { kind, text } = endReading({ ...reading, end: 'complete', state });
  assert.equal(kind, 'failed');
  assert.match(text, /^1 message of "error-end" is held by another process until 1970-01-01/);
  assert.equal(index.rows[0]?.gone, undefined);
});

test('an index keeps the first messages up to its limits', async () => {
  const { index: empty } = await notFound();
  assert.equal(empty.isFull, false);
  const index = new ErrorIndex({ messages: 2, textLength: 1_000 });
  const config = testConfig();
  for (const id of ['a', 'b', 'c']) {
    const body = errorEnvelope(envelopeWith({ id }));
    const message = readFailedMessage({ body, headers: {}, deadLetter: undefined }, config);
    index.add(message, { identity: id, sizeBytes: 1 });
  }
  assert.deepEqual([index.isFull, index.rows.map(({ id }) => id)], [true, ['a', 'b']]);
  const short = new ErrorIndex({ messages: 1_000, textLength: 100 });
  const body = errorEnvelope(envelopeWith({ id: 'x'.repeat(100) }));
  const message = readFailedMessage({ body, headers: {}, deadLetter: undefined }, config);
  for (let n = 0; n < 3; n++) short.add(message, { identity: String(n), sizeBytes: 1 });
  assert.equal(short.rows.length, 1);
});
