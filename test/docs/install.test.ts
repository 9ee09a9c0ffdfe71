import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { describeVariables } from '../../src/config/table.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const page = read('docs/install.md');
const pyproject = read('sdk/python/pyproject.toml');
const workflow = read('.github/workflows/release.yml');

test('docs/install.md names the packages, the image and the charts that a release publishes', () => {
  for (const file of ['package.json', 'sdk/typescript/package.json']) {
    const { name } = JSON.parse(read(file)) as { name: string };
    assert.ok(page.includes(`npm install ${name}@`), name);
  }
  const { env } = parse(workflow) as { env: { IMAGE: string } };
  assert.ok(page.includes(`${env.IMAGE}:`));
  const [charts = ''] = /oci:\S+/.exec(workflow) ?? [];
  for (const chart of ['asya-actor', 'asya-observability']) {
    const { name } = parse(read(`deploy/helm/${chart}/Chart.yaml`)) as { name: string };
    assert.ok(page.includes(` ${charts}/${name} `), name);
  }
  const [, kit = ''] = /^name = "(.*)"$/m.exec(pyproject) ?? [];
  assert.ok(page.includes(`pip install ${kit}==`), kit);
});

test('docs/install.md sets variables that exist', () => {
  const known = new Set(describeVariables().flatMap(({ rows }) => rows.map((row) => row.name)));
  const named = [...page.matchAll(/\bASYA_[A-Z_]+/g)].map(([variable]) => variable);
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((variable) => !known.has(variable)),
    [],
  );
});

test('the containers of docs/install.md find their broker, and their image is built', () => {
  const [, url = ''] = /ASYA_RABBITMQ_URL=(amqp:\S+) \\/.exec(page) ?? [];
  const { hostname, username, password } = new URL(url);
  const broker =
    page
      .split('\n\n')
      .join('\n')
      .match(/docker run [^$]*?rabbitmq:\S+\n/)?.[0] ?? '';
  assert.match(broker, new RegExp(`--name ${hostname} --network asya `));
  assert.ok(broker.includes(`RABBITMQ_DEFAULT_USER=${username} `), username);
  assert.ok(broker.includes(`RABBITMQ_DEFAULT_PASS=${password} `), password);
  const build = page.indexOf(
    'docker build --tag words-runtime examples/docker/python\ndocker run ',
  );
  assert.ok(build > page.indexOf('docker network create asya'), 'the runtime is built first');
});

test('pages name the image with its registry', () => {
  for (const file of globSync('{*.md,docs/*.md,deploy/**/*.md}', { cwd: ROOT })) {
    if (file === 'CHANGELOG.md') continue;
    assert.doesNotMatch(read(file), /(?<![\w/])asya-sidecar:(?:NEW|\d)/, file);
  }
});

test('CONTRIBUTING.md publishes both npm packages for the first time, as public files', () => {
  const text = read('CONTRIBUTING.md');
  const files = [...text.matchAll(/npm publish (\S+)-\d+\.\d+\.\d+\.tgz/g)].map(([, file]) => file);
  // npm would read `release/…` as the name of a repository on GitHub.
  assert.deepEqual(files, ['./release/asya-sidecar', './release/asya-runtime']);
  const kit = JSON.parse(read('sdk/typescript/package.json')) as {
    publishConfig?: { access?: string };
  };
  assert.equal(kit.publishConfig?.access, 'public', 'a package with a scope is private by default');
});

test('docs/install.md states the versions that packages and charts require', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const kit = JSON.parse(read('sdk/typescript/package.json')) as { engines: { node: string } };
  const [, python = ''] = /^requires-python = ">=(.*)"$/m.exec(pyproject) ?? [];
  assert.match(page, new RegExp(`${engines.node.replace('>=', '')} or newer; the image`));
  const kits = `Python ${python} or newer, Node ${kit.engines.node.replace('>=', '')} or newer`;
  assert.ok(page.includes(kits), kits);
  const chart = parse(read('deploy/helm/asya-actor/Chart.yaml')) as { kubeVersion: string };
  const [minor = ''] = /\d+\.\d+/.exec(chart.kubeVersion) ?? [];
  assert.match(page, new RegExp(`\\| Kubernetes +\\| ${minor} or newer`));
});
