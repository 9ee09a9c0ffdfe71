import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const { path: actionlint, skip } = await findGoProgram('actionlint');

test('actionlint accepts the workflows', { skip }, () => {
  const { status, stdout, stderr } = spawnSync(actionlint, ['-no-color'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('actionlint reports a workflow that uses an unknown context', { skip }, () => {
  const input =
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{ run: "${{ nothing.x }}" }]\n';
  const { status, stdout } = spawnSync(actionlint, ['-no-color', '-'], {
    cwd: ROOT,
    encoding: 'utf8',
    input,
  });
  assert.equal(status, 1);
  assert.match(stdout, /undefined variable "nothing"/);
});
