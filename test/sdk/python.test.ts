import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MINUTE } from '../../src/units.ts';

const FOLDER = fileURLToPath(new URL('../../sdk/python', import.meta.url));

test('the Python kit passes its own tests', { skip: absence() }, () => {
  const { status, output } = python(['-W', 'error', '-m', 'unittest']);
  assert.equal(status, 0, output);
});

/** Why Python cannot run the kit here; false if it can. */
function absence(): string | false {
  const { status } = python(['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']);
  return status === 0 ? false : 'needs the command python3, of version 3.10 or newer';
}

function python(args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('python3', args, {
    cwd: FOLDER,
    env: { ...process.env, PYTHONPATH: 'src', PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    timeout: 2 * MINUTE,
  });
  return { status, output: `${stdout}${stderr}` };
}
