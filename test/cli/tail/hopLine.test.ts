import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createHopLineFormat } from '../../../src/cli/tail/hopLine.ts';
import type { HopRecord } from '../../../src/cli/tail/hopRecord.ts';
import { hopRecord } from '../../kit/envelopes/hopRecords.ts';

const HOP = hopRecord({ time: new Date(2026, 10, 29, 12, 0, 1, 500).toISOString() });

const FAILED: Partial<HopRecord> = {
  outcome: 'retry_spent',
  code: 'redelivered_too_often',
  next: 'error-end',
};

test('the columns of all hops are aligned', () => {
  const format = createHopLineFormat({ width: 80, colour: false });
  const hops: readonly Partial<HopRecord>[] = [
    {},
    { ...FAILED, durationMs: 4_210 },
    { outcome: 'retry', code: 'runtime_error', next: 'infer:retry:1000', attempt: 2 },
    { isAlone: true },
    { outcome: 'retry', code: 'runtime_crashed', attempt: 2, isAlone: true },
    { outcome: 'retry', next: 'infer:retry:1000' },
    { outcome: 'retry', reason: 'probe', next: 'infer:retry:1000' },
    { outcome: 'give_back', reason: 'runtime_absent', next: undefined },
    { actor: 'happy-end', outcome: 'end', next: undefined, id: 'env-2026-11-29-000001.4.12' },
  ];
  assert.deepEqual(
    hops.map((hop) => format({ ...HOP, ...hop })),
    [
      '12:00:01  infer       forward      env-1            31 ms  → post\n',
      '12:00:01  infer       retry_spent  env-1           4.21 s  redelivered_too_often\n',
      '12:00:01  infer       retry        env-1            31 ms  runtime_error (2)\n',
      '12:00:01  infer       forward      env-1            31 ms  → post (alone)\n',
      '12:00:01  infer       retry        env-1            31 ms  runtime_crashed (2, …\n',
      '12:00:01  infer       retry        env-1            31 ms  deferred\n',
      '12:00:01  infer       retry        env-1            31 ms  probe\n',
      '12:00:01  infer       give_back    env-1            31 ms  runtime_absent\n',
      '12:00:01  happy-end   end          env-20…1.4.12    31 ms\n',
    ],
  );
});

test('a wide terminal has room for a UUID, and a pipe for everything', () => {
  const id = '0b0c5e7e-3c1f-4d8e-9a55-6f1f0c1f6a11';
  const actor = 'a'.repeat(30);
  const wide = createHopLineFormat({ width: 120, colour: false });
  assert.match(wide({ ...HOP, id, actor }), new RegExp(` a{23}…  forward      ${id}    31 ms `));
  const pipe = createHopLineFormat({ width: undefined, colour: false });
  assert.ok(pipe({ ...HOP, id, actor }).includes(`${actor}  forward      ${id}    31 ms  → post`));
});

test('the reason of a give-back has the colour of its outcome', () => {
  const format = createHopLineFormat({ width: 80, colour: true });
  const line = format({ ...HOP, outcome: 'give_back', reason: 'breaker' });
  assert.ok(line.includes('\u001B[33mbreaker\u001B[39m'));
});

test('colour marks failures and takes no width', () => {
  const format = createHopLineFormat({ width: 80, colour: true });
  const line = format({ ...HOP, ...FAILED });
  assert.ok(line.includes('\u001B[31mretry_spent\u001B[39m'));
  assert.ok(line.includes('\u001B[31mredelivered_too_often\u001B[39m'));
  assert.equal(
    stripVTControlCharacters(line),
    createHopLineFormat({ width: 80, colour: false })({ ...HOP, ...FAILED }),
  );
});

test('a line fits the terminal, and no text of a record can break it', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const record = fc.record({ time: text, actor: text, id: text, outcome: text, next: text });
  fc.assert(
    fc.property(record, fc.integer({ min: 80, max: 200 }), (hop, width) => {
      const line = createHopLineFormat({ width, colour: false })({ ...HOP, ...hop });
      assert.ok(line.length <= width + 1);
      assert.ok(line.isWellFormed());
      assert.doesNotMatch(line.slice(0, -1), /\p{Cc}/u);
    }),
  );
});
