import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { packPython } from '../../scripts/release/packers.ts';
import { messageOf } from '../../src/faults.ts';
import { ROOT } from '../kit/packages/npmPackage.ts';

const KIT = join(ROOT, 'sdk/python');
const VERSION = /^version = "(.*)"$/m.exec(readFileSync(join(KIT, 'pyproject.toml'), 'utf8'))?.[1];

const folder = await mkdtemp(join(tmpdir(), 'asya-python-'));
after(() => rm(folder, { recursive: true, force: true }));
const skip = await packPython(KIT, folder).then(
  () => false as const,
  (error: unknown) => messageOf(error),
);
const wheel = join(folder, `asya_runtime-${VERSION}-py3-none-any.whl`);
const sdist = join(folder, `asya_runtime-${VERSION}.tar.gz`);

test('the wheel contains the package with its types, metadata and licence', { skip }, () => {
  const sources = globSync('src/asya_runtime/*', { cwd: KIT })
    .map((file) => `asya_runtime/${basename(file)}`)
    .filter((file) => !file.endsWith('__pycache__'));
  const metadata = ['METADATA', 'RECORD', 'WHEEL', 'entry_points.txt', 'licenses/LICENSE'].map(
    (file) => `asya_runtime-${VERSION}.dist-info/${file}`,
  );
  assert.ok(sources.includes('asya_runtime/py.typed'));
  assert.deepEqual(list(wheel), [...sources, ...metadata].toSorted());
});

test('the sdist contains the sources, the tests and what describes them', { skip }, () => {
  const prefix = `asya_runtime-${VERSION}/`;
  const others = list(sdist)
    .map((file) => file.slice(prefix.length))
    .filter((file) => !/^(?:src\/asya_runtime|tests)\/\w+\.(?:py|typed)$/.test(file));
  assert.deepEqual(others, ['.gitignore', 'LICENSE', 'PKG-INFO', 'README.md', 'pyproject.toml']);
});

test(
  'the metadata has the licence, the addresses and a README with absolute links',
  { skip },
  () => {
    const read = `import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.read(next(n for n in z.namelist() if n.endswith('METADATA'))).decode())`;
    const metadata = execFileSync('python3', ['-c', read, wheel], { encoding: 'utf8' });
    assert.match(metadata, /^Metadata-Version: 2\.4$/m);
    assert.match(metadata, /^License-Expression: Apache-2\.0$/m);
    assert.match(metadata, /^License-File: LICENSE$/m);
    assert.match(metadata, /^Requires-Python: >=3\.10$/m);
    for (const label of ['Homepage', 'Documentation', 'Source', 'Changelog', 'Issues'])
      assert.match(metadata, new RegExp(`^Project-URL: ${label}, https://github\\.com/`, 'm'));
    // PyPI shows the README on a page of its own.
    const targets = [...metadata.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    assert.ok(targets.length > 0);
    assert.deepEqual(
      targets.filter((target) => !/^https:|^#/.test(target)),
      [],
    );
  },
);

test('the installed wheel serves and tests a function', { skip }, async () => {
  const site = join(folder, 'site');
  const options = ['--quiet', '--no-index', '--no-deps', '--disable-pip-version-check'];
  execFileSync('python3', ['-m', 'pip', 'install', ...options, '--target', site, wheel]);
  await writeFile(
    join(folder, 'actor.py'),
    'from asya_runtime.testing import call\n' +
      'def handle(payload): return {"words": len(payload["text"].split())}\n' +
      'if __name__ == "__main__": print(call(handle, {"text": "one two"}).payloads)\n',
  );
  const env = { PATH: process.env['PATH'], PYTHONPATH: site, PYTHONDONTWRITEBYTECODE: '1' };
  const run = (args: readonly string[]): [number | null, string] => {
    const ran = spawnSync('python3', args, { cwd: folder, env, encoding: 'utf8' });
    return [ran.status, `${ran.stdout}${ran.stderr}`];
  };
  assert.deepEqual(run(['actor.py']), [0, "[{'words': 2}]\n"]);
  const [status, output] = run([join(site, 'bin/asya-runtime'), 'actor:missing']);
  assert.deepEqual([status, output.split('\n').length], [2, 2], output);
});

function list(archive: string): string[] {
  const [command, ...args] = archive.endsWith('.whl')
    ? [
        'python3',
        '-c',
        'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\\n")',
      ]
    : ['tar', '-tzf'];
  const output = execFileSync(command ?? '', [...args, archive], { encoding: 'utf8' });
  return output.trim().split('\n').toSorted();
}
