import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../../src/cli/command/exit.ts';
import { parseSidecarAddress } from '../../../../src/cli/tail/access/sidecarAddress.ts';

const VALID: readonly (readonly [string, string, number])[] = [
  ['infer-0', 'infer-0', 8080],
  ['infer-0:9090', 'infer-0', 9090],
  ['10.0.0.7', '10.0.0.7', 8080],
  [':8081', 'localhost', 8081],
  ['[::1]:9090', '::1', 9090],
  ['[::1]', '::1', 8080],
  ['http://infer.asya.svc:9090', 'infer.asya.svc', 9090],
  ['http://infer/', 'infer', 8080],
  ['HTTP://infer:1/hops', 'infer', 1],
];

for (const [text, host, port] of VALID) {
  test(`${text} is port ${port} of ${host}`, () => {
    assert.deepEqual(parseSidecarAddress(text), { host, port });
  });
}

const INVALID = [
  '',
  ':',
  ':0',
  ':65536',
  'infer:x',
  '::1',
  'https://infer',
  'infer/metrics',
  'a b',
];

for (const text of INVALID) {
  test(`"${text}" is not an address`, () => {
    const rule = 'ADDRESS must be HOST, HOST:PORT, :PORT or http://HOST';
    assert.throws(() => parseSidecarAddress(text), new UsageError(`${rule}, not "${text}"`));
  });
}
