import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { readConsoleCommands, type ConsoleCommand } from '../kit/pages/consoleCommands.ts';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { freePorts } from '../kit/processes/ports.ts';
import { PROGRAM } from '../kit/processes/program.ts';
import { until } from '../kit/processes/until.ts';

const PAGE = 'docs/laptop-to-cluster.md';
const ROOT = new URL('../../', import.meta.url).pathname;
const text = readFileSync(join(ROOT, PAGE), 'utf8');
const commands = readConsoleCommands(PAGE);

test('the page has ten numbered steps, each with a command', () => {
  const numbers = [...text.matchAll(/^### (\d+)\. /gm)].map(([, number]) => Number(number));
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const step of text.split(/^### /m).slice(1)) assert.match(step, /^\$ /m);
});

test('the files that the commands name exist', () => {
  const files = [...text.matchAll(/(?<![\w/.])(?:examples|compose)[\w./-]*\.(?:yaml|py)/g)];
  assert.ok(files.length > 5);
  for (const [file] of files) assert.ok(existsSync(join(ROOT, file)), file);
});

/** Where a command of `asya-sidecar` runs on the page. */
const PLACES = {
  Compose: /docker compose exec (?:-T )?(\w+) asya-sidecar/g,
  'the cluster': /kubectl exec (?:-i )?deploy\/(\w+) -c sidecar -- asya-sidecar/g,
} as const;

test('commands of Compose run in a sidecar of the files that COMPOSE_FILE names', () => {
  const [, list = ''] = /COMPOSE_FILE=(\S+)/.exec(text) ?? [];
  const services = list.split(':').map((file) => readServices(file));
  assert.equal(services.length, 3);
  const all = Object.assign({}, ...services) as Services;
  const named = [...text.matchAll(PLACES.Compose)].map(([, service = '']) => service);
  assert.deepEqual(new Set(named), new Set(['words']));
  assert.equal(all['words']?.image, 'asya-sidecar');
  // The same settings as the sidecars of compose.yaml, so that Prometheus and the collector see it.
  const other = all['split'];
  assert.deepEqual(all['words']?.networks, other?.networks);
  assert.equal(all['words']?.environment?.['ASYA_ACTOR_NAME'], 'words');
  for (const name of ['ASYA_RABBITMQ_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    assert.equal(all['words']?.environment?.[name], other?.environment?.[name], name);
  }
});

test('kind loads the image that Compose builds and the chart runs', () => {
  const [, loaded = ''] = /kind load docker-image (\S+)/.exec(text) ?? [];
  assert.equal(readServices('examples/own-actor/compose.yaml')['words-runtime']?.image, loaded);
  const { runtime } = read('examples/own-actor/words.yaml') as {
    runtime: { image: { repository: string; tag: string } };
  };
  assert.equal(`${runtime.image.repository}:${runtime.image.tag}`, loaded);
});

test('commands in the cluster run in releases that the page installs', () => {
  const installed = new Set(
    [...text.matchAll(/helm install (\S+) \S+\/asya-actor /g)].map(([, release = '']) => release),
  );
  const named = [...text.matchAll(PLACES['the cluster'])].map(([, release = '']) => release);
  assert.ok(named.length > 0);
  for (const release of named) assert.ok(installed.has(release), release);
});

test('before the first release, the clone has what the registries have later', () => {
  const [steps = '', unreleased = ''] = text.split('\n## Before the first release\n');
  const installs = [
    ...steps.matchAll(/helm install \S+ oci:\/\/ghcr\.io\/asya-[^$]*?(?=\n(?!  ))/g),
  ];
  assert.equal(installs.length, 3);
  for (const [install] of installs) {
    const here = install
      .replaceAll(/\s*\\\n\s+/g, ' ')
      .replace(/oci:\S+\/(\S+) --version \S+/, './deploy/helm/$1');
    assert.ok(unreleased.includes(`\n${here}\n`), here);
  }
  const [, image = ''] = /docker build --tag (\S+) \.\n/.exec(unreleased) ?? [];
  assert.ok(unreleased.includes(`kind load docker-image ${image}\n`), image);
  const actor = readFileSync(join(ROOT, 'deploy/kubernetes/actor.yaml'), 'utf8');
  assert.ok(actor.includes(`image: ${image}\n`) || actor.includes(`image: "${image}"\n`), image);
});

for (const [place, pattern] of Object.entries(PLACES)) {
  test(`the commands of the sidecar in ${place} print what the page shows`, async (t) => {
    const selected = commands.filter(({ command }) => command.match(pattern));
    assert.ok(selected.length > 0);
    const run = await openActor(t);
    for (const one of selected) {
      const printed = await run(one, pattern);
      assert.equal(maskRunValues(printed), maskRunValues(one.output), one.command);
    }
  });
}

type Services = Readonly<Record<string, Service | undefined>>;

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: object;
}

function read(file: string): unknown {
  return parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true });
}

function readServices(file: string): Services {
  return (read(file) as { services: Services }).services;
}

type Run = (command: ConsoleCommand, pattern: RegExp) => Promise<string>;

/**
 * Starts the actor of the page, its sidecar and happy-end. Returns a function that runs a command
 * of the page there, and returns what it prints.
 */
async function openActor(t: TestContext): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-page-'));
  const log = join(folder, 'sidecars.log');
  const env = {
    PATH: process.env['PATH'] ?? '',
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: join(folder, 'queues.db'),
    ASYA_SOCKET_DIR: folder,
    ASYA_LOG_FORMAT: 'json',
  };
  const closers: Closer[] = [];
  t.after(async () => {
    for (const close of closers) await close();
    await rm(folder, { recursive: true, force: true });
  });
  await startPrograms(log, env, (closer) => closers.push(closer));
  return async ({ command }, pattern) => {
    if (command.includes('trace')) await until(() => hasEnded(log), 'the end of the journey');
    const line = command
      .replaceAll(pattern, `${process.execPath} ${PROGRAM}`)
      .replace(/^kubectl logs .*? \|/, `grep -h '"msg":"hop: ' ${log} |`);
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { env, encoding: 'utf8' });
    return `${stdout}${stderr}`.trimEnd();
  };
}

type Closer = () => Promise<unknown>;

/**
 * Starts the runtime and both sidecars; resolves when these are ready.
 * @param onClose receives what ends each, also if one does not get ready
 */
async function startPrograms(
  log: string,
  env: NodeJS.ProcessEnv,
  onClose: (closer: Closer) => void,
): Promise<void> {
  const output = openSync(log, 'a');
  const start = (command: readonly [string, ...string[]], more: NodeJS.ProcessEnv) => {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      env: { ...env, ...more },
      stdio: ['ignore', output, output],
    });
    killOnExit(child);
    const ended = once(child, 'exit');
    onClose(() => {
      child.kill('SIGKILL');
      return ended;
    });
  };
  const [port = 0, endPort = 0] = await freePorts(2);
  const end = { ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none' };
  const python = ['sdk/python/src', 'examples/docker/python'].map((path) => join(ROOT, path));
  start(['python3', '-m', 'asya_runtime', 'actor:handle'], { PYTHONPATH: python.join(':') });
  start([process.execPath, PROGRAM], { ASYA_ACTOR_NAME: 'words', ...addressOf(port) });
  start([process.execPath, PROGRAM], { ...end, ...addressOf(endPort) });
  for (const one of [port, endPort]) await until(() => isReady(one), 'a sidecar');
}

function addressOf(port: number): { ASYA_METRICS_ADDR: string } {
  return { ASYA_METRICS_ADDR: `127.0.0.1:${port}` };
}

async function isReady(port: number): Promise<boolean> {
  // Not listening yet.
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return response?.ok ?? false;
}

function hasEnded(log: string): boolean {
  return readFileSync(log, 'utf8').includes('"msg":"hop: end"');
}

/** Replaces what differs between two runs: ids, times, durations and the bars of a chart. */
function maskRunValues(output: string): string {
  return output
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d-\d\d \d\d:\d\d|\d\d:\d\d:\d\d UTC/g, 'TIME')
    .replaceAll(/\b[\d.]+ m?s\b/g, 'DURATION')
    .replaceAll(/[·▒█]+\s*$/gm, '')
    .replaceAll(/[ ·]{2,}[·▒█ ]*/g, ' ')
    .replaceAll(/ +$/gm, '');
}
