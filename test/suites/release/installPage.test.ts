import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { commitTime } from '../../../scripts/release/packers.ts';
import { SECOND } from '../../../src/units.ts';
import { ROOT } from '../../kit/packages/npmPackage.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

/** The commands of docs/install.md, on the files of a release that is packed here. */
const page = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');
const { path: helm, skip } = await findGoProgram('helm');

const folder = await mkdtemp(join(tmpdir(), 'asya-install-'));
after(() => rm(folder, { recursive: true, force: true }));
const RELEASE = join(folder, 'release');
execFileSync('npm', ['run', '-s', 'release:pack', ...(skip === false ? ['--', '--all'] : [])], {
  cwd: ROOT,
  env: { ...process.env, RELEASE_DIR: RELEASE },
});
const files = readdirSync(RELEASE);

test('a release has each file that the page names', () => {
  const named = [...page.matchAll(/\basya[\w-]+-\d+\.\d+\.\d+[\w.-]*\.(?:tgz|tar\.gz|whl|json)/g)];
  assert.ok(named.length > 0);
  for (const [file] of named) assert.ok(files.includes(file), file);
});

test('the checksums of a release cover its files', () => {
  const { status, stdout } = spawnSync('sha256sum', ['--check', 'SHA256SUMS'], {
    cwd: RELEASE,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  const covered = stdout.split('\n').filter((line) => line.endsWith(': OK')).length;
  assert.equal(covered, files.length - ['SHA256SUMS', 'RELEASE_NOTES.md'].length);
});

test('the charts have the time of the commit, so that packing is reproducible', { skip }, () => {
  const archives = files.filter((file) => /^asya-(?:actor|observability)-/.test(file));
  assert.equal(archives.length, 2);
  const commit = new Date(Number(commitTime(ROOT)) * SECOND).toISOString().slice(0, 19);
  for (const archive of archives) {
    const options = ['--utc', '--full-time', '-tvzf', join(RELEASE, archive)];
    const listed = execFileSync('tar', options, { encoding: 'utf8' });
    const times = [...listed.matchAll(/ (\d{4}-\d\d-\d\d) ([\d:]{8})/g)].map(
      ([, date, time]) => `${date}T${time}`,
    );
    assert.deepEqual([...new Set(times)], [commit], archive);
  }
});

test('the npm package installs as written, and its commands run', () => {
  const installed = run(blockOf('## npm package', 0));
  assert.match(installed, /^\d+\.\d+\.\d+$/m);
  assert.match(installed, /ASYA_ACTOR_NAME/);
  assert.match(run(blockOf('## Dashboards and rules', 0)), /^actor\.json\nfleet\.json\n/m);
});

test('the kits install as written', () => {
  run(blockOf('## Kits for runtimes', 0));
  run('node_modules/.bin/asya-runtime --help || test $? = 2');
  run('python3 -c "import asya_runtime"');
});

test('the charts render with the values on the page', { skip }, () => {
  const lines = blockOf('## Helm charts', 0).replaceAll('\\\n', ' ').split('\n');
  const installs = lines.filter((line) => line.startsWith('helm install'));
  assert.equal(installs.length, 3);
  for (const line of installs) {
    const rendered = run(
      line
        .replace('helm install', `'${helm}' template`)
        .replace(/oci:\S+\/([\w-]+) +--version (\S+)/, `'${RELEASE}/$1-$2.tgz'`),
    );
    assert.match(rendered, /^kind: /m);
  }
});

/** The commands of a section, by their position in it. */
function blockOf(heading: string, index: number): string {
  const [section = ''] = page.slice(page.indexOf(`${heading}\n`) + heading.length).split('\n## ');
  const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks[index] ?? '';
}

/** Runs lines in a temporary folder, with the packed files instead of those of the registries. */
function run(lines: string): string {
  assert.notEqual(lines, '');
  const script = lines
    .replaceAll(/(?<= )asya-sidecar@(\S+)/g, `${RELEASE}/asya-sidecar-$1.tgz`)
    .replaceAll(/@asya\/runtime@(\S+)/g, `${RELEASE}/asya-runtime-$1.tgz`)
    .replaceAll(/asya-runtime==(\S+)/g, `${RELEASE}/asya_runtime-$1-py3-none-any.whl`);
  const ran = spawnSync('bash', ['-euc', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: [join(folder, 'global/bin'), process.env['PATH'] ?? ''].join(delimiter),
      npm_config_prefix: join(folder, 'global'),
      PIP_TARGET: join(folder, 'python'),
      PYTHONPATH: join(folder, 'python'),
    },
  });
  assert.equal(ran.status, 0, `${script}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
