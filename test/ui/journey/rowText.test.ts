import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JourneyRow } from '../../../src/cli/ui/journey/contract.ts';
import {
  describeCounts,
  describeParts,
  describeTimes,
  durationOf,
  nameOf,
  notesOf,
} from '../../../ui/journey/rowText.ts';

const ROW: JourneyRow = {
  kind: 'hop',
  key: '1',
  depth: 0,
  name: 'infer',
  parts: [
    { kind: 'queue', startMs: 0, endMs: 1_500 },
    { kind: 'sidecar', startMs: 1_500, endMs: 1_502 },
    { kind: 'runtime', startMs: 1_502, endMs: 1_540 },
    { kind: 'sidecar', startMs: 1_540, endMs: 1_541.5 },
  ],
};

test('the parts of a hop are added up by kind', () => {
  assert.equal(
    describeParts(ROW),
    '1.50 s in the queue · 3.5 ms in the sidecar · 38 ms in the runtime',
  );
});

test('the duration and the times of a hop begin after the queue', () => {
  assert.equal(durationOf(ROW), 41.5);
  assert.equal(describeTimes(ROW), 'from 1.50 s to 1.54 s');
  assert.equal(durationOf({ ...ROW, parts: [] }), undefined);
  assert.equal(describeTimes({ ...ROW, parts: [] }), '');
});

test('a name has the index of a child, and notes say why the row follows', () => {
  assert.equal(nameOf(ROW), 'infer');
  assert.equal(nameOf({ ...ROW, child: 0 }), 'infer [0]');
  assert.deepEqual(notesOf(ROW), []);
  assert.deepEqual(notesOf({ ...ROW, attempt: 3, via: 'retry' }), ['attempt 3']);
  assert.deepEqual(notesOf({ ...ROW, attempt: 1, via: 'retry' }), ['retry']);
  assert.deepEqual(notesOf({ ...ROW, attempt: 1, via: 'replay' }), ['replay']);
});

test('folded children are counted by state, and rows that are left out by their number', () => {
  const times = { startMs: 0, endMs: 1 };
  const counts = { all: 1_180, failed: 2, waiting: 1, ...times };
  assert.equal(describeCounts('folded', counts), 'and 1,180 more: 1,177 done, 2 failed, 1 waiting');
  assert.equal(
    describeCounts('omitted', { all: 9_500, failed: 2, waiting: 0, ...times }),
    '9,500 rows are not shown: 2 failed',
  );
  assert.equal(
    describeCounts('omitted', { all: 1, failed: 0, waiting: 0, ...times }),
    '1 row is not shown',
  );
});
