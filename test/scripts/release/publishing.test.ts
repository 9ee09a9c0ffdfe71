import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../../scripts/release/', import.meta.url));

test('npm packages that npm does not have are published with their provenance', async (t) => {
  const rig = await openRig(t, { npm: 'case "$*" in view*) echo "E404" >&2; exit 1;; esac' });
  const { status, calls } = await rig.run('publishNpm.ts');
  assert.equal(status, 0);
  assert.deepEqual(calls, [
    'npm view asya-sidecar@0.2.0 version',
    `npm publish ${rig.release}/asya-sidecar-0.2.0.tgz --provenance --access public`,
    'npm view @asya/runtime@0.2.0 version',
    `npm publish ${rig.release}/asya-runtime-0.2.0.tgz --provenance --access public`,
  ]);
});

test('npm packages that npm has are left alone', async (t) => {
  const rig = await openRig(t, {
    npm: 'case "$*" in "view asya-sidecar"*) echo 0.2.0;; view*) ;; esac',
  });
  const { status, calls, output } = await rig.run('publishNpm.ts');
  assert.equal(status, 0);
  assert.match(output, /npm has asya-sidecar 0\.2\.0/);
  assert.deepEqual(
    calls.filter((call) => call.startsWith('npm publish')),
    [`npm publish ${rig.release}/asya-runtime-0.2.0.tgz --provenance --access public`],
  );
});

test('nothing is published if npm does not answer', async (t) => {
  const rig = await openRig(t, { npm: 'echo "ECONNREFUSED" >&2; exit 1' });
  const { status, calls, output } = await rig.run('publishNpm.ts');
  assert.equal(status, 1);
  assert.match(output, /npm view asya-sidecar: ECONNREFUSED/);
  assert.equal(calls.length, 1);
});

test('a publish that fails ends the script with 1', async (t) => {
  const rig = await openRig(t, { npm: 'case "$*" in view*) echo E404 >&2;; esac; exit 1' });
  const { status, output } = await rig.run('publishNpm.ts');
  assert.equal(status, 1);
  assert.match(output, /^npm publish \S+asya-sidecar-0\.2\.0\.tgz failed$/m);
});

test('charts are pushed unless the registry has them', async (t) => {
  const rig = await openRig(t, {
    helm: 'case "$*" in *show*observability*) ;; *show*) exit 1;; esac',
  });
  const { status, calls } = await rig.run('publishCharts.ts', 'oci://registry/charts');
  assert.equal(status, 0);
  assert.deepEqual(calls, [
    'helm show chart oci://registry/charts/asya-actor --version 0.2.0',
    `helm push ${rig.release}/asya-actor-0.2.0.tgz oci://registry/charts`,
    'helm show chart oci://registry/charts/asya-observability --version 0.2.0',
  ]);
});

test('a release on GitHub is created with its notes and all files', async (t) => {
  const rig = await openRig(t, { gh: 'case "$*" in *view*) exit 1;; esac' });
  const { status, calls } = await rig.run('publishRelease.ts', 'v0.2.0');
  assert.equal(status, 0);
  const [, create = ''] = calls;
  assert.match(create, /^gh release create v0\.2\.0 --verify-tag --title v0\.2\.0 --notes-file /);
  assert.match(create, /RELEASE_NOTES\.md .*SHA256SUMS/);
  assert.match(create, /asya-sidecar-0\.2\.0\.tgz$/);
});

test('the files of a release that exists are replaced', async (t) => {
  const rig = await openRig(t, { gh: '' });
  const { status, calls } = await rig.run('publishRelease.ts', 'v0.2.0');
  assert.equal(status, 0);
  assert.match(
    calls[1] ?? '',
    /^gh release upload v0\.2\.0 --clobber .*asya-sidecar-0\.2\.0\.tgz$/,
  );
});

for (const [script, argument] of [
  ['publishCharts.ts', 'ghcr.io/charts'],
  ['publishRelease.ts', 'main'],
] as const) {
  test(`${script} refuses "${argument}"`, async (t) => {
    const rig = await openRig(t, {});
    const { status, output } = await rig.run(script, argument);
    assert.equal(status, 2);
    assert.match(output, /^usage: npm run release:/);
  });
}

/** Answers as docker buildx does, for an image of the commit c0ffee. */
const DOCKER = `
case "$*" in
  *:0.2.0) exit 1;;
  *.Image*) printf '{ "linux/arm64": {"Labels": {
    "org.opencontainers.image.revision": "c0ffee" } } }';;
  *) printf 'Name: image\\nDigest:    sha256:ab12\\n\\nManifests:\\n  Digest: sha256:cd34\\n';;
esac`;

test('an image with a version is built once, and its digest is known afterwards', async (t) => {
  const rig = await openRig(t, { docker: DOCKER });
  const state = (image: string): string => rig.shell('image-state.sh', image, 'c0ffee');
  assert.equal(state('registry/image:0.1.0'), 'exists=true\ndigest=sha256:ab12\n');
  assert.equal(state('registry/image:0.2.0'), 'exists=false\n');
});

test('an image that was built from another commit ends the release', async (t) => {
  const rig = await openRig(t, { docker: DOCKER });
  assert.throws(
    () => rig.shell('image-state.sh', 'registry/image:0.1.0', 'decaf'),
    /image:0\.1\.0 is published already, from another commit than decaf/,
  );
});

interface Rig {
  readonly release: string;
  run(
    script: string,
    ...args: readonly string[]
  ): Promise<{ status: number | null; output: string; calls: string[] }>;
  shell(script: string, ...args: readonly string[]): string;
}

/**
 * Packs a release of empty packages.
 * @param programs what runs instead of npm, helm, gh and docker: lines for sh
 */
async function openRig(t: TestContext, programs: Readonly<Record<string, string>>): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-publish-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const release = join(folder, 'release');
  const log = join(folder, 'calls');
  await mkdir(release);
  await writeFile(log, '');
  for (const [name, lines] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${lines}\n`);
    await chmod(join(folder, name), 0o755);
  }
  await packEmpty(release, 'asya-sidecar', 'asya-sidecar-0.2.0.tgz');
  await packEmpty(release, '@asya/runtime', 'asya-runtime-0.2.0.tgz');
  for (const name of ['asya-actor-0.2.0.tgz', 'asya-observability-0.2.0.tgz', 'SHA256SUMS'])
    await writeFile(join(release, name), '');
  await writeFile(join(release, 'RELEASE_NOTES.md'), '- A change.\n');
  const env = {
    PATH: [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    RELEASE_DIR: release,
  };
  return {
    release,
    async run(script, ...args) {
      const options = { env, encoding: 'utf8' } as const;
      const ran = spawnSync(process.execPath, [join(SCRIPTS, script), ...args], options);
      const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
      return { status: ran.status, output: `${ran.stdout}${ran.stderr}`, calls };
    },
    shell: (script, ...args) =>
      execFileSync('sh', [join(SCRIPTS, script), ...args], {
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
  };
}

async function packEmpty(release: string, name: string, file: string): Promise<void> {
  const folder = join(release, '../package');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '0.2.0' }));
  execFileSync('tar', ['-czf', join(release, file), '-C', dirname(folder), 'package']);
}
