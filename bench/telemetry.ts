/**
 * What telemetry costs, in hops a second, on the memory transport with a real runtime behind a Unix
 * socket:
 *
 *   node bench/telemetry.ts
 *
 * Spans and metrics go to a collector that takes everything.
 */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Hops a second, and the ratio of each turn's two: its median, and its extremes. */
interface Measured {
  readonly without: number;
  readonly with: number;
  readonly ratio: number;
  readonly spread: readonly [number, number];
}

interface Variant {
  readonly name: string;
  /** The standard variables that make it. */
  readonly env: Readonly<Record<string, string>>;
  readonly logLevel: string;
}

const ONE_PERCENT = {
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.01',
};

const VARIANTS: readonly Variant[] = [
  { name: 'metrics, no traces', env: { OTEL_TRACES_EXPORTER: 'none' }, logLevel: 'silent' },
  { name: 'metrics, 1 % of traces', env: ONE_PERCENT, logLevel: 'silent' },
  {
    // What spans cost before anybody encodes one: the SDK makes them, and a processor that does
    // nothing takes them.
    name: 'metrics, all spans made, none sent',
    env: { OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_EXPORTER: 'none' },
    logLevel: 'silent',
  },
  { name: 'metrics, all traces', env: { OTEL_TRACES_SAMPLER: 'always_on' }, logLevel: 'silent' },
  {
    name: 'metrics, 1 % of traces, a line a hop',
    env: ONE_PERCENT,
    logLevel: 'info',
  },
];

const directory = mkdtempSync(join(tmpdir(), 'asya-bench-'));
const socketPath = join(directory, 'asya-runtime.sock');
const runtime = start('./echoRuntime.ts', [socketPath]);
const collector = createServer((request, response) => {
  request.resume().on('end', () => response.end());
}).listen(0, '127.0.0.1');

try {
  await Promise.all([once(runtime, 'message'), once(collector, 'listening')]);
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  console.log('| telemetry | hops/s without | with | ratio | spread |');
  console.log('| --- | ---: | ---: | ---: | --- |');
  for (const variant of VARIANTS) report(variant, await measure(variant, endpoint));
} finally {
  runtime.kill();
  collector.close();
  collector.closeAllConnections();
  rmSync(directory, { recursive: true });
}

async function measure({ env, logLevel }: Variant, endpoint: string): Promise<Measured> {
  const child = start('./telemetryHops.ts', [socketPath, logLevel], {
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_LOGS_EXPORTER: 'none',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [measured] = (await once(child, 'message')) as [Measured];
  await once(child, 'exit');
  return measured;
}

function report({ name }: Variant, { without, with: on, ratio, spread }: Measured): void {
  const [least, most] = spread.map((it) => it.toFixed(2));
  console.log(
    `| ${name} | ${without.toFixed(0)} | ${on.toFixed(0)} | ${ratio.toFixed(2)} | ${least} to ${most} |`,
  );
}

function start(file: string, args: readonly string[], options: ForkOptions = {}): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, options);
}
