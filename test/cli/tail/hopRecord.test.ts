import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeHopsLine } from '../../../src/cli/tail/hopRecord.ts';
import { jsonText } from '../../kit/envelopes/jsonText.ts';

const RECORD = {
  time: '2026-11-29T12:00:01.123Z',
  actor: 'infer',
  id: 'env-1.0.1',
  journey: 'env-1',
  outcome: 'retry',
  reason: 'probe',
  next: 'post',
  attempt: 2,
  duration_ms: 165.2,
  runtime_ms: 154.1,
};

test('a record is decoded, and members of a later version are ignored', () => {
  const { duration_ms: durationMs, runtime_ms: runtimeMs, ...others } = RECORD;
  assert.deepEqual(decodeHopsLine(JSON.stringify({ ...RECORD, later: 1 })), {
    kind: 'hop',
    hop: { ...others, code: undefined, durationMs, runtimeMs },
  });
});

test('a record of an envelope that was called alone is decoded', () => {
  const decode = (changes: object): unknown => {
    const line = decodeHopsLine(JSON.stringify({ ...RECORD, batch: 8, ...changes }));
    return line?.kind === 'hop' ? line.hop.isAlone : undefined;
  };
  assert.deepEqual([decode({ alone: true }), decode({})], [true, undefined]);
});

test('the number of dropped hops is decoded', () => {
  assert.deepEqual(decodeHopsLine('{"dropped":12}'), { kind: 'dropped', hops: 12 });
});

test('a heartbeat and any other line are ignored', () => {
  const { actor: _, ...incomplete } = RECORD;
  for (const line of ['', '[]', 'null', '{}', '{"time":', JSON.stringify(incomplete)]) {
    assert.equal(decodeHopsLine(line), undefined, line);
  }
  fc.assert(fc.property(fc.oneof(fc.string(), jsonText()), (line) => void decodeHopsLine(line)));
});

test('a number that is impossible is replaced, or its line is ignored', () => {
  const decode = (changes: object): unknown => {
    const line = decodeHopsLine(JSON.stringify({ ...RECORD, ...changes }));
    if (line?.kind !== 'hop') return undefined;
    const { attempt, durationMs, runtimeMs } = line.hop;
    return [attempt, durationMs, runtimeMs];
  };
  assert.deepEqual(decode({ duration_ms: 1e308, runtime_ms: -5 }), [2, 0, 0]);
  assert.deepEqual(decode({ attempt: -1 }), [1, 165.2, 154.1]);
  assert.deepEqual(decode({ attempt: 1.5 }), [1, 165.2, 154.1]);
  for (const dropped of ['-5', '1e300', '1e999']) {
    assert.equal(decodeHopsLine(`{"dropped":${dropped}}`), undefined);
  }
});
