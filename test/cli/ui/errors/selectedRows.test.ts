import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFailedMessage } from '../../../../src/cli/failures/failedMessage.ts';
import { SelectedRows } from '../../../../src/cli/ui/errors/actions/selectedRows.ts';
import { ErrorIndex } from '../../../../src/cli/ui/errors/index/errorIndex.ts';
import { createIdentify } from '../../../../src/transport/message.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { testConfig } from '../../../kit/rigs/testConfig.ts';

test('of equal messages, as many match in each round as are selected and not decided', () => {
  const identify = createIdentify();
  const body = errorEnvelope(envelopeWith());
  const message = { id: undefined, body, headers: {}, deadLetter: undefined };
  const index = new ErrorIndex();
  for (let n = 0; n < 3; n++) {
    const failed = readFailedMessage(message, testConfig());
    index.add(failed, { identity: identify(message), sizeBytes: body.length });
  }
  const rows = new SelectedRows(index.rows.slice(0, 2), identify);
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
