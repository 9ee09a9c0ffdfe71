import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { PROGRAM } from '../kit/processes/program.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const dockerfile = read('Dockerfile');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  license: string;
  bin: Record<string, string>;
};

test('the image has a link to the program on its PATH', async (t) => {
  const target = `/app/${manifest.bin['asya-sidecar']}`;
  assert.ok(dockerfile.includes(`ln -s ${target} bin/asya-sidecar`));
  assert.match(dockerfile, /^COPY --from=build \/build\/bin\/ \/usr\/local\/bin\/$/m);
  assert.match(dockerfile, /^ENTRYPOINT \["asya-sidecar"\]$/m);

  // The same link, without building the image.
  const folder = await mkdtemp(join(tmpdir(), 'asya-path-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await symlink(PROGRAM, join(folder, 'asya-sidecar'));
  const env = { PATH: [folder, dirname(process.execPath)].join(delimiter) };
  const { stdout, status } = spawnSync('asya-sidecar', ['--version'], { env, encoding: 'utf8' });
  assert.deepEqual([stdout.trim(), status], [manifest.version, 0]);
});

test('the image has the licence, and its labels match package.json', () => {
  assert.match(dockerfile, /^COPY LICENSE /m);
  assert.match(read('.dockerignore'), /^!LICENSE$/m);
  const labels = new Map(
    [...dockerfile.matchAll(/org\.opencontainers\.image\.(\w+)="([^"]+)"/g)].map(
      ([, key = '', value = '']) => [key, value],
    ),
  );
  assert.equal(labels.get('version'), manifest.version);
  assert.equal(labels.get('licenses'), manifest.license);
  for (const name of ['title', 'description', 'source', 'documentation', 'revision'])
    assert.ok(labels.has(name), name);
});

test('the image is built from all folders that the build reads', () => {
  for (const folder of ['scripts', 'src', 'telemetry', 'ui']) {
    assert.match(dockerfile, new RegExp(`^COPY ${folder} \\./${folder}$`, 'm'));
    assert.match(read('.dockerignore'), new RegExp(`^!${folder}$`, 'm'));
  }
});

test('an image for another platform needs no emulation: its stage runs no command', () => {
  const [build = '', final = ''] = dockerfile.split(/^(?=FROM )/m).slice(-2);
  assert.match(build, /^FROM --platform=\$BUILDPLATFORM .* AS build$/m);
  assert.doesNotMatch(final, /^RUN /m);
});

test('no production dependency has machine code for one platform', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; os?: unknown; cpu?: unknown }>;
  };
  const bound = Object.entries(packages).filter(
    ([, { dev, os, cpu }]) => dev !== true && (os !== undefined || cpu !== undefined),
  );
  assert.deepEqual(
    bound.map(([path]) => path),
    [],
  );
});
