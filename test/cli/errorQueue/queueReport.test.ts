import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorQueueOf } from '../../../src/cli/errorQueue/errorQueue.ts';
import { describeGap, describeLook } from '../../../src/cli/errorQueue/queueReport.ts';
import type { ErrorLook } from '../../../src/cli/errorQueue/lookAtErrors.ts';
import { testConfig } from '../../kit/rigs/testConfig.ts';

const NOTHING: Omit<ErrorLook, 'end'> = {
  asOfMs: 0,
  consumers: 0,
  read: 0,
  selected: 0,
  isLimited: false,
  held: 0,
};

test('a queue of which the broker delivered nothing is not reported as empty', () => {
  const queue = errorQueueOf(false, testConfig());
  const look = { ...NOTHING, end: 'silent' } as const;
  assert.equal(describeLook(queue, look), 'no message of "error-end" was read');
  assert.equal(
    describeGap(queue, look, { stopped: new AbortController().signal }),
    'not all messages were read: the broker delivered nothing of "error-end" for 30 s',
  );
  const empty = { ...NOTHING, end: 'complete' } as const;
  assert.equal(describeLook(queue, empty), 'there is nothing in "error-end"');
});
