import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { readTraces } from '../../src/cli/trace/spans/otlp.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { assertInside } from '../kit/telemetry/spanTimes.ts';
import { until, within } from '../kit/processes/until.ts';

test('the demo loses no envelope, draws a journey of each scenario, and leaves only its traces', async (t) => {
  const demo = await startDemo(t, '--count', '20');
  assert.equal(await demo.ended, 0, demo.output());
  const output = demo.output();
  assert.match(output, /^All envelopes arrived: 20 were sent, and fan-outs created 7 more\.$/m);
  assert.match(output, /^total +20 +7 +24 +3 +0 +0 +0$/m);
  assert.match(output, /^fan-out {2}.*\n.*● split +⇉ 4 envelopes/m);
  assert.match(output, /↻ enrich +retried later/);
  assert.match(output, /✗ enrich +→ error-end/);
  assert.match(output, /^ {2}enrich +TypeScript kit, protocol http$/m);
  assert.match(output, /^ {2}shout +Python kit, protocol http, batches of up to 16$/m);
  const batches = /^batches {2}shout handled (\d+) payloads in (\d+) calls?; the largest/m;
  const [, payloads = '0', calls = '0'] = batches.exec(output) ?? [];
  assert.ok(Number(payloads) > Number(calls), output);
  assert.match(output, /^journey text-2 · 13 hops/m);
  const traces = await readFile(join(demo.folder, 'traces.otlp.jsonl'), 'utf8');
  assert.ok(assertInside(readTraces(traces).spans) > 0);
  assert.deepEqual(await readdir(demo.folder), ['traces.otlp.jsonl']);
  assert.deepEqual(demo.processes(), []);
});

test('an interrupted demo stops its processes and removes its folder', async (t) => {
  const demo = await startDemo(t, '--count', '5000');
  await demo.printed(/ready after/);
  assert.ok(demo.processes().length >= 8);
  demo.interrupt();
  assert.equal(await demo.ended, 130, demo.output());
  assert.deepEqual(demo.processes(), []);
  const left = await readdir(demo.folder);
  assert.deepEqual(
    left.filter((name) => name !== 'traces.otlp.jsonl'),
    [],
  );
  assert.doesNotMatch(demo.output(), /total/);
});

test('the demo fails with the reason when a runtime cannot be started, and leaves nothing', async (t) => {
  const demo = await startDemo(t, '--no-python');
  assert.equal(await demo.ended, 1, demo.output());
  assert.match(
    demo.output(),
    /the runtime of (split|shout) ended unexpectedly \(spawn python3 ENOENT\)/,
  );
  assert.deepEqual(demo.processes(), []);
  assert.deepEqual(await readdir(demo.folder), []);
});

test('the demo runs on RabbitMQ, and leaves no queue and no exchange', async (t) => {
  const { url, control } = sharedBroker();
  const demo = await startDemo(t, '--count', '20', '--transport', 'rabbitmq', '--url', url);
  assert.equal(await demo.ended, 0, demo.output());
  assert.match(demo.output(), /^total +20 +7 +24 +3 +0 +0 +0$/m);
  assert.match(demo.output(), /● split +⇉ 4 envelopes/);
  if (control === undefined) return;
  assert.doesNotMatch(await rabbitmqctl(control, 'list_queues', 'name'), /demo-/);
  assert.doesNotMatch(await rabbitmqctl(control, 'list_exchanges', 'name'), /demo-/);
});

test('an invalid option is reported immediately', async (t) => {
  const demo = await startDemo(t, '--transport', 'kafka');
  assert.equal(await demo.ended, 2);
  assert.match(
    demo.output(),
    /^--transport must be sqlite or rabbitmq, not "kafka"\n\nusage: npm run demo/,
  );
});

test('a broker that cannot be reached is reported immediately', async (t) => {
  const demo = await startDemo(t, '--transport', 'rabbitmq', '--url', 'amqp://127.0.0.1:1');
  assert.equal(await demo.ended, 1);
  assert.match(demo.output(), /ASYA_RABBITMQ_URL: 127\.0\.0\.1:1: connect ECONNREFUSED/);
  assert.deepEqual(await readdir(demo.folder), []);
});

interface Demo {
  /** The folder for its traces and its temporary files. */
  readonly folder: string;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  output(): string;
  printed(pattern: RegExp): Promise<void>;
  interrupt(): void;
  /** The ids of its child processes that are running (Linux). */
  processes(): string[];
}

async function startDemo(t: TestContext, ...words: string[]): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-demo-test-'));
  const noPython = words.includes('--no-python');
  const child = spawn(
    process.execPath,
    [
      MAIN,
      '--traces',
      join(folder, 'traces.otlp.jsonl'),
      ...words.filter((word) => word !== '--no-python'),
    ],
    {
      env: { ...process.env, TMPDIR: folder, ...(noPython ? { PATH: folder } : {}) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(async () => {
    // The demo cleans up on this signal.
    if (child.kill('SIGTERM')) await once(child, 'close');
    await rm(folder, { recursive: true });
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(() => child.exitCode);
  return {
    folder,
    ended: within(ended, 'the demo has ended', 60_000),
    output: () => lines.join('\n'),
    printed: (pattern) =>
      until(
        () => lines.some((line) => pattern.test(line)),
        `the demo prints ${String(pattern)}`,
        60_000,
      ),
    interrupt: () => child.kill('SIGINT'),
    processes: () => processesWith(`TMPDIR=${folder}`).filter((pid) => pid !== String(child.pid)),
  };
}

const MAIN = new URL('../../examples/demo/main.ts', import.meta.url).pathname;

/** The ids of the processes with a variable in their environment. */
function processesWith(variable: string): string[] {
  return globSync('/proc/[0-9]*/environ')
    .filter((path) => environmentAt(path).includes(variable))
    .map((path) => path.split('/')[2] ?? '');
}

function environmentAt(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    return []; // the process has ended, or belongs to another user
  }
}
