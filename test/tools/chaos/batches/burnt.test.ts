import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBurnt, type Burnt, type BurntOptions } from '../../../../tools/chaos/batches/burnt.ts';
import { readCalls } from '../../../../tools/chaos/batches/records.ts';

const POISON = 9;

/** Returns the burnt envelopes of an actor whose runtime has written the records. */
function burntIn(
  records: readonly object[],
  number: number,
  attempt: number,
  byPlatform: BurntOptions['byPlatform'] = [],
): Burnt[] {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return findBurnt({
    calls: new Map([['infer', readCalls(`${lines}{"call":"incompl`)]]),
    spent: [{ actor: 'infer', number, attempt }],
    byPlatform,
    isInnocent: (of) => of !== POISON,
  });
}

test('an attempt after a killed batch is burnt', () => {
  const [burnt] = burntIn([{ call: 'a', numbers: [1, POISON] }], 1, 2);
  assert.match(burnt?.text ?? '', /env-1 at infer: attempt 2 after 1 calls/);
});

test('an attempt after a call that was made alone and answered is burnt', () => {
  const records = [
    { call: 'a', numbers: [1, POISON] },
    { call: 'b', numbers: [1] },
    { ended: 'b' },
  ];
  assert.equal(burntIn(records, 1, 2).length, 1);
});

test('an attempt after a killed call of this envelope alone is accounted for once', () => {
  const records = [{ call: 'a', numbers: [1] }];
  assert.deepEqual(burntIn(records, 1, 2), []);
  assert.equal(burntIn(records, 1, 3).length, 1);
});

test('an attempt that the platform has spent is accounted for once', () => {
  const byPlatform = [{ actor: 'infer', number: 1 }];
  const records = [{ call: 'a', numbers: [1, POISON] }];
  assert.deepEqual(burntIn(records, 1, 2, byPlatform), []);
  assert.equal(burntIn(records, 1, 3, byPlatform).length, 1);
});

test('the first attempt, and the attempts of a poison message, are not burnt', () => {
  assert.deepEqual(burntIn([{ call: 'a', numbers: [1, POISON] }], 1, 1), []);
  assert.deepEqual(burntIn([{ call: 'a', numbers: [1, POISON] }], POISON, 3), []);
});
