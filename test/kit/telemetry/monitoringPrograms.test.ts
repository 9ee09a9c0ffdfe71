import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findAlertmanager, findPrometheus } from './monitoringPrograms.ts';

function folderWith(t: TestContext, ...programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'asya-programs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of programs) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test('the programs on PATH are found', (t) => {
  const PATH = `/nowhere:${folderWith(t, 'prometheus')}:${folderWith(t, 'promtool')}`;
  const { server, tool, skip } = findPrometheus({ PATH });
  const [, first = '', second = ''] = PATH.split(':');
  assert.deepEqual(
    [server, tool, skip],
    [join(first, 'prometheus'), join(second, 'promtool'), false],
  );
});

test('without the programs, tests are skipped with the name of the package', (t) => {
  const { skip } = findAlertmanager({ PATH: folderWith(t, 'prometheus-alertmanager') });
  assert.match(String(skip), /^prometheus-alertmanager not installed: apt-get install /);
});

test('a server that a variable names is used with the tool next to it', (t) => {
  const folder = folderWith(t, 'prometheus-3', 'promtool');
  const { server, tool } = findPrometheus({ PATH: '', PROMETHEUS: join(folder, 'prometheus-3') });
  assert.deepEqual([server, tool], [join(folder, 'prometheus-3'), join(folder, 'promtool')]);
});

test('a server that a variable names, without a tool next to it, is an error', (t) => {
  const PROMETHEUS = join(folderWith(t, 'prometheus'), 'prometheus');
  assert.throws(() => findPrometheus({ PATH: process.env['PATH'], PROMETHEUS }), {
    message: `promtool is missing: PROMETHEUS=${PROMETHEUS} needs it in the same folder`,
  });
});

test('a variable that names no program is an error', (t) => {
  const folder = folderWith(t);
  for (const ALERTMANAGER of [folder, join(folder, 'missing')]) {
    assert.throws(() => findAlertmanager({ ALERTMANAGER }), {
      message: `ALERTMANAGER=${ALERTMANAGER} is not an executable file`,
    });
  }
});
