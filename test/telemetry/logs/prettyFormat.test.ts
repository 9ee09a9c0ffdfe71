import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createPrettyFormat } from '../../../telemetry/logs/prettyFormat.ts';

const time = new Date(2026, 10, 29, 12, 0, 1).toISOString();
const IDS = {
  envelope_id: 'env-1',
  journey_id: 'env-0',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  trace_flags: '01',
};
const HOP = {
  attempt: 1,
  hops: 0,
  received_bytes: 150,
  dispatched: 1,
  destination: 'post',
  duration_ms: 12.34,
  runtime_ms: 9.02,
};

function lineOf(fields: object, options = { showIds: false, colour: false }): string {
  const line = { level: 'info', time, actor: 'infer', ...fields };
  return createPrettyFormat(options)(JSON.stringify(line));
}

function hopOf(outcome: string, fields: object = {}): string {
  return lineOf({ ...IDS, ...HOP, outcome, msg: `hop: ${outcome}`, ...fields });
}

test('a hop is one short line', () => {
  assert.equal(hopOf('forward'), '12:00:01 infer env-1 → post 12 ms (runtime 9 ms)\n');
});

test('a hop that waited for the rate limit shows its wait', () => {
  assert.equal(
    hopOf('forward', { rate_limit_ms: 3_210.5, duration_ms: 3_223 }),
    '12:00:01 infer env-1 → post 3.2 s (rate limit 3.2 s, runtime 9 ms)\n',
  );
});

test('a hop in a batch shows its size, and whether it was called alone', () => {
  assert.equal(
    hopOf('forward', { batch: 8 }),
    '12:00:01 infer env-1 → post 12 ms (runtime 9 ms, batch of 8)\n',
  );
  assert.equal(
    hopOf('forward', { batch: 8, alone: true }),
    '12:00:01 infer env-1 → post 12 ms (runtime 9 ms, batch of 8, then alone)\n',
  );
});

test('a fan-out shows the number of its children', () => {
  assert.equal(
    hopOf('fanout', { dispatched: 3 }),
    '12:00:01 infer env-1 → 3 × post 12 ms (runtime 9 ms)\n',
  );
});

test('a hop without a dispatch shows its outcome', () => {
  const end = { dispatched: 0, destination: undefined, runtime_ms: undefined, duration_ms: 0.4 };
  assert.equal(hopOf('end', end), '12:00:01 infer env-1 end 0.4 ms\n');
});

test('a long hop is shown in seconds, with its attempt if it is not the first', () => {
  assert.equal(
    hopOf('forward', { attempt: 2, duration_ms: 61_240, runtime_ms: 999.7 }),
    '12:00:01 infer env-1 → post 61.2 s (runtime 1 s, attempt 2)\n',
  );
});

test('a hop that was given back or reused shows why', () => {
  const fields = { level: 'warn', dispatched: 0, destination: undefined, runtime_ms: undefined };
  assert.equal(
    hopOf('give_back', { ...fields, reason: 'draining' }),
    '12:00:01 WARN infer env-1 give back 12 ms (draining)\n',
  );
  assert.equal(
    hopOf('forward', { reused: true, runtime_ms: undefined }),
    '12:00:01 infer env-1 → post 12 ms (reused)\n',
  );
});

test('a failed hop shows its code and error, and the traceback below', () => {
  const err = {
    type: 'ValueError',
    message: 'no text',
    stack: 'Traceback (most recent call last):\n  File "actor.py", line 3\nValueError: no text\n',
  };
  assert.equal(
    hopOf('error_end', { level: 'error', destination: 'error-end', code: 'runtime_error', err }),
    `12:00:01 ERROR infer env-1 → error-end 12 ms (runtime 9 ms) runtime_error: ValueError: no text
  Traceback (most recent call last):
    File "actor.py", line 3
  ValueError: no text
`,
  );
});

test('a code that is also the type of the error is shown once', () => {
  const err = { type: 'runtime_timeout', message: 'no reply after 300 s' };
  const fields = { level: 'warn', code: 'runtime_timeout', err, destination: 'infer' };
  assert.equal(
    hopOf('retry', fields),
    '12:00:01 WARN infer env-1 retry 12 ms (runtime 9 ms) runtime_timeout: no reply after 300 s\n',
  );
});

test('a line that is not a hop shows its fields', () => {
  const fields = { msg: 'started', transport: 'sqlite', port: 8080, tags: ['a b'], why: 'no "x"' };
  assert.equal(
    lineOf(fields),
    String.raw`12:00:01 infer started transport=sqlite port=8080 tags=["a b"] why="no \"x\""` +
      '\n',
  );
});

test('the stack of an error does not repeat its message', () => {
  const err = {
    type: 'Error',
    message: 'two\nlines',
    stack: 'Error: two\nlines\n    at open (file.ts:1:2)\n    at main (file.ts:3:4)',
  };
  assert.equal(
    lineOf({ level: 'error', msg: 'transport failed', err }),
    String.raw`12:00:01 ERROR infer transport failed Error: two\nlines` +
      '\n      at open (file.ts:1:2)\n      at main (file.ts:3:4)\n',
  );
});

test('the ids of journey and trace are shown on demand', () => {
  const line = { ...IDS, ...HOP, outcome: 'forward', msg: 'hop: forward' };
  assert.equal(
    lineOf(line, { showIds: true, colour: false }),
    '12:00:01 infer env-1 → post 12 ms (runtime 9 ms) ' +
      'journey=env-0 trace=0af7651916cd43dd8448eb211c80319c\n',
  );
});

test('colours change no character of a line', () => {
  const line = { ...IDS, level: 'warn', msg: 'runtime unavailable; consuming paused' };
  const colourful = lineOf(line, { showIds: true, colour: true });
  assert.notEqual(stripVTControlCharacters(colourful), colourful);
  assert.equal(stripVTControlCharacters(colourful), lineOf(line, { showIds: true, colour: false }));
});

test('control characters of a message are escaped', () => {
  const line = { ...IDS, envelope_id: '\u001B[2J', msg: 'a\nb\u009B', field: '\u007F' };
  assert.equal(lineOf(line), String.raw`12:00:01 infer \u001b[2J a\nb\u009b field=\u007f` + '\n');
});
