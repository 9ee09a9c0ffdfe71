import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../src/cli/command/exit.ts';
import { readHeaderOptions } from '../../../src/cli/send/headerOptions.ts';

test('a header is split at its first equals sign, and the last of several values counts', () => {
  const headers = readHeaderOptions(['a=1', 'b=x=y', 'c=', 'a=2', 'traceparent=00-1'], undefined);
  assert.deepEqual(headers, [
    ['a', '2'],
    ['b', 'x=y'],
    ['c', ''],
    ['traceparent', '00-1'],
  ]);
});

test('a deadline is the given time from now', () => {
  const before = Date.now();
  const [[name, value] = [], ...others] = readHeaderOptions([], 60_000);
  assert.ok(name === 'x-asya-deadline' && typeof value === 'string');
  const timeMs = Date.parse(value);
  assert.ok(timeMs >= before + 60_000 && timeMs <= Date.now() + 60_000);
  assert.deepEqual(others, []);
});

test('a header without a name or a value, and a header of the sidecar, are usage errors', () => {
  const problems = {
    a: '--header must be NAME=VALUE, not "a"',
    '=b': '--header must be NAME=VALUE, not "=b"',
    'x-asya-hops=1': '--header must not set "x-asya-hops": the sidecars set it',
    'X-Asya-Fanout=1': '--header must not set "X-Asya-Fanout": the sidecars set it',
    'x-asya-deadline=5m': '--header must not set "x-asya-deadline": use --deadline',
    'x-asya-reply-to=a': '--header must not set "x-asya-reply-to": use --wait',
  };
  for (const [header, message] of Object.entries(problems)) {
    assert.throws(() => readHeaderOptions([header], undefined), new UsageError(message));
  }
});
