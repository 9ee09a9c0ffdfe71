import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

const GARBAGE = new URL('../src/garbage.ts', import.meta.url).href;

test('V8 knows every flag that it is given, and says nothing', () => {
  const program = `import { collectOnlyWhenFull } from '${GARBAGE}'; collectOnlyWhenFull();`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
  assert.deepEqual([status, stderr.toString()], [0, '']);
});
