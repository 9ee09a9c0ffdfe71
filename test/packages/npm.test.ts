import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { installPacked } from '../kit/packages/installPacked.ts';
import { packNpm, ROOT } from '../kit/packages/npmPackage.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { startGrpcCollector } from '../kit/telemetry/grpcCollector.ts';

/** What the package may contain; each pattern has a file. */
const CONTENT = [
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(?:src|telemetry)\/\w+\.js$/,
  /^dist\/chunks\/[\w-]+\.js$/,
  /^dist\/ui\/[\w-]+\.(?:js|css|svg|html)$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^docs\/[\w-]+\.md$/,
  /^dashboards\/grafana\/\w+\.json$/,
  /^dashboards\/prometheus\/\w+\.ya?ml$/,
  /^dashboards\/provisioning\/(?:[\w-]+\/)*[\w-]+\.ya?ml$/,
];
const MAX_UNPACKED_MB = 4;

const folder = await mkdtemp(join(tmpdir(), 'asya-package-'));
after(() => rm(folder, { recursive: true, force: true }));
const packed = await packNpm('.', folder);
const installed = await installPacked(packed.tarball, folder);
const SQLITE = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(folder, 'queues.sqlite') };
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

test('the package contains the program, pages, dashboards and rules, and nothing else', () => {
  assert.deepEqual(
    packed.files.filter((file) => !CONTENT.some((pattern) => pattern.test(file))),
    [],
  );
  for (const pattern of CONTENT) {
    assert.ok(
      packed.files.some((file) => pattern.test(file)),
      String(pattern),
    );
  }
});

test('the package has every file that dashboards/ has for users', () => {
  for (const file of ['actor', 'fleet', 'journeys']) {
    assert.ok(packed.files.includes(`dashboards/grafana/${file}.json`));
  }
  for (const file of ['prometheus/rules.yaml', 'prometheus/prometheus.yml']) {
    assert.ok(packed.files.includes(`dashboards/${file}`));
  }
});

test(`the package has less than ${MAX_UNPACKED_MB} MB`, (t) => {
  t.diagnostic(`${(packed.unpackedBytes / 1e6).toFixed(1)} MB in ${packed.files.length} files`);
  assert.ok(packed.unpackedBytes < MAX_UNPACKED_MB * 1e6);
});

test('the program imports each dependency of the package, and no other package', () => {
  const imported = packed.files
    .filter((file) => /^dist\/(?!ui).*\.js$/.test(file))
    .flatMap((file) => importedPackages(readFileSync(join(ROOT, file), 'utf8')));
  assert.deepEqual([...new Set(imported)].toSorted(), Object.keys(manifest.dependencies));
});

test('the notices name the packages whose code is bundled, with their licences', () => {
  const notices = readFileSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['@opentelemetry/sdk-node', '@dagrejs/dagre', 'preact', 'echarts', 'zrender'])
    assert.match(notices, new RegExp(`^${name} [\\d.]+ \\([\\w.-]+\\)$`, 'm'));
  assert.match(notices, /Copyright \(c\) 2015-present Jason Miller/);
  for (const section of notices.split(/^-{80}$/m).slice(1))
    assert.ok(section.length > 300, section);
});

test('the installed commands run with the production dependencies only', () => {
  for (const [args, expected] of [
    [['version'], new RegExp(`^${manifest.version}\n$`)],
    [['help'], /ASYA_ACTOR_NAME/],
    [['help', 'trace'], /asya-sidecar trace/],
    [['check'], /./],
  ] as const) {
    const { status, output } = runInstalled(args, { ASYA_ACTOR_NAME: 'greet', ...SQLITE });
    assert.equal(status, 0, `${args.join(' ')}: ${output}`);
    assert.match(output, expected);
  }
});

test('the installed sidecar handles an envelope and exports its span over gRPC', async (t) => {
  const collector = await startGrpcCollector(t);
  const sidecar = await startSidecarProcess(
    {
      ...SQLITE,
      ASYA_ACTOR_NAME: 'happy-end',
      ASYA_RUNTIME_PROTOCOL: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    },
    [],
    join(installed, 'dist/src/bin.js'),
  );
  t.after(sidecar.close);
  await sidecar.ready();
  const payload = join(folder, 'payload.json');
  await writeFile(payload, '{"name": "world"}');
  const { status, output } = runInstalled(['send', '--route', 'happy-end', payload], SQLITE);
  assert.equal(status, 0, output);
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  const [spans = []] = [...collector.requests.values()];
  assert.match(spans.join(''), /happy-end/);
});

test('a module imports a dashboard of the installed package, and not the program', () => {
  const named = 'asya-sidecar/dashboards/grafana/actor.json';
  const read = `console.log((await import('${named}', { with: { type: 'json' } })).default.title)`;
  assert.match(runModule(read), /Actor/);
  assert.match(runModule(`console.log(import.meta.resolve('${named}'))`), /grafana\/actor\.json$/m);
  assert.match(runModule(`await import('asya-sidecar')`), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});

test('the kit for TypeScript contains its program and its types, and nothing else', async () => {
  const kit = await packNpm('sdk/typescript', folder);
  const content =
    /^(?:package\.json|README\.md|LICENSE|bin\/asya-runtime\.js|dist\/(?:\w+\/)?\w+\.(?:js|d\.ts))$/;
  assert.deepEqual(
    kit.files.filter((file) => !content.test(file)),
    [],
  );
  for (const file of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'])
    assert.ok(kit.files.includes(file), file);
});

const IMPORT = /(?:\bfrom |\bimport\(|\bimport |require\d*\()["']([\w@][^"']*)["']/g;

/** The names of the packages that a bundled module imports, in the form in which esbuild prints. */
function importedPackages(code: string): string[] {
  return [...code.matchAll(IMPORT)]
    .map(([, path = '']) => path)
    .filter((path) => !isBuiltin(path))
    .map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? '');
}

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

function runInstalled(args: readonly string[], variables: NodeJS.ProcessEnv): Ran {
  const program = join(folder, 'node_modules/.bin/asya-sidecar');
  return run(program, args, variables);
}

/** Runs a module in the project that has installed the package; returns all that it prints. */
function runModule(code: string): string {
  return run(process.execPath, ['--input-type=module', '--eval', code], {}).output;
}

function run(program: string, args: readonly string[], variables: NodeJS.ProcessEnv): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: { PATH: dirname(process.execPath), ...variables },
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}
