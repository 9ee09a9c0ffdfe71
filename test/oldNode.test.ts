import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { PROGRAM } from './kit/processes/program.ts';

const COMMANDS = [
  [],
  ['--help'],
  ['--version'],
  ['--check'],
  ['send', '-'],
  ['replay'],
  ['ledger'],
  ['trace', 'x'],
];

test('under an old Node, every command reports the required version and exits with 2', (t) => {
  const old = findOldNode();
  if (old === undefined)
    return t.skip('needs a Node before 24 on the PATH, in /usr/local/bin or in /usr/bin');
  for (const args of COMMANDS) {
    const ran: SpawnSyncReturns<string> = spawnSync(old.path, [PROGRAM, ...args], {
      encoding: 'utf8',
      input: '',
    });
    const expected: string = `asya-sidecar needs Node 24 or newer (this is ${old.version})\n`;
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [2, '', expected], args.join(' '));
  }
});

test('the entry point imports only Node modules before the check of the version', () => {
  const imported = [...readFileSync(PROGRAM, 'utf8').matchAll(/^import .*?["']([^"']+)["'];?$/gm)];
  assert.deepEqual(
    imported.map(([, from]) => from).filter((from) => from?.startsWith('node:') !== true),
    [],
  );
});

function findOldNode(): { readonly path: string; readonly version: string } | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'];
  for (const folder of folders) {
    const path = join(folder, 'node');
    const { stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    const version = (stdout ?? '').trim();
    if (version !== '' && Number(version.split('.')[0]) < 24) return { path, version };
  }
  return undefined;
}
