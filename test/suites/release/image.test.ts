import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, lstatSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildImage, type Image } from '../../kit/image/buildImage.ts';
import { containerAbsence } from '../../kit/image/container.ts';
import { runImage } from '../../kit/image/runImage.ts';
import { freePorts } from '../../kit/processes/ports.ts';
import { until, within } from '../../kit/processes/until.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

const skip = containerAbsence();
const folder = await mkdtemp(join(tmpdir(), 'asya-image-'));
after(() => rm(folder, { recursive: true, force: true }));
const image = skip === false ? await buildSidecar() : undefined;

test('the image has the program, its production dependencies and its licences', { skip }, () => {
  const app = join(sidecar().files.upper, 'app');
  const files = globSync('*', { cwd: app }).toSorted();
  assert.deepEqual(files, ['LICENSE', 'dist', 'node_modules', 'package.json']);
  const built = globSync('*', { cwd: join(app, 'dist') }).toSorted();
  assert.deepEqual(built, ['THIRD-PARTY-NOTICES.txt', 'chunks', 'src', 'telemetry', 'ui']);
  for (const name of Object.keys(manifest.dependencies))
    assert.ok(globSync(`node_modules/${name}/package.json`, { cwd: app }).length === 1, name);
  for (const name of ['typescript', 'esbuild', '@opentelemetry/sdk-node', '@asya'])
    assert.deepEqual(globSync(`node_modules/${name}`, { cwd: app }), [], name);
  assert.deepEqual(globSync('dist/**/*.map', { cwd: app }), []);
});

test('the image is the same on every platform: it has no machine code', { skip }, (t) => {
  const app = join(sidecar().files.upper, 'app');
  const files = globSync('**/*', { cwd: app, withFileTypes: true }).filter((it) => it.isFile());
  const native = files.filter(({ parentPath, name }) => {
    const magic = readFileSync(join(parentPath, name)).subarray(0, 4).toString('latin1');
    return name.endsWith('.node') || magic === '\u007fELF';
  });
  assert.deepEqual(
    native.map(({ name }) => name),
    [],
  );
  const bytes = files.reduce(
    (sum, { parentPath, name }) => sum + lstatSync(join(parentPath, name)).size,
    0,
  );
  t.diagnostic(`${(bytes / 1e6).toFixed(1)} MB in ${files.length} files above the base image`);
});

test('the image names its version, revision and source', { skip }, () => {
  const { labels, user, stopSignal } = sidecar().config;
  const prefix = 'org.opencontainers.image.';
  assert.equal(labels[`${prefix}version`], manifest.version);
  assert.equal(labels[`${prefix}revision`], 'abc123');
  assert.match(labels[`${prefix}source`] ?? '', /^https:\/\/github\.com\//);
  assert.deepEqual([user, stopSignal], ['1000:1000', 'SIGTERM']);
});

test('the container prints its version on a read-only file system', { skip }, async () => {
  const { process: container, output } = runImage(sidecar(), { command: ['version'] });
  const [[code], out] = await Promise.all([once(container, 'exit'), output]);
  assert.deepEqual([code, out], [0, `${manifest.version}\n`]);
});

test(
  'the container is healthy while the sidecar runs, and stops on SIGTERM',
  { skip },
  async (t) => {
    const [port = 0] = await freePorts(1);
    const data = await mkdtemp(join(folder, 'data-'));
    await chown(data, 1000, 1000);
    const env = {
      ASYA_ACTOR_NAME: 'happy-end',
      ASYA_TRANSPORT: 'sqlite',
      ASYA_SQLITE_PATH: '/srv/queues.sqlite',
      ASYA_RUNTIME_PROTOCOL: 'none',
      ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
    };
    const [, ...healthcheck] = sidecar().config.healthcheck;
    const check = (): number | null => spawnSync(process.execPath, healthcheck, { env }).status;
    assert.equal(check(), 1);
    const container = runImage(sidecar(), { env, volumes: { '/srv': data } });
    t.after(container.close);
    const ended = once(container.process, 'exit');
    await until(() => check() === 0, 'a healthy container');
    container.kill('SIGTERM');
    assert.deepEqual(await within(ended, 'the end of the container'), [0, null]);
  },
);

function sidecar(): Image {
  if (image === undefined) throw new Error('the image is not built');
  return image;
}

async function buildSidecar(): Promise<Image> {
  return buildImage({
    dockerfile: join(ROOT, 'Dockerfile'),
    context: ROOT,
    folder: join(folder, 'layers'),
    buildArgs: { REVISION: 'abc123' },
    stepEnv: { npm_config_prefer_offline: 'true' },
  });
}
