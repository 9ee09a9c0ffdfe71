/**
 * Measures the cost of telemetry in hops per second, on the memory transport with a runtime on a
 * Unix socket:
 *
 *   node bench/telemetry.ts
 *
 * A collector that accepts all requests receives spans and metrics.
 */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Hops per second without and with telemetry, and the median and range of their ratio. */
interface Measured {
  readonly without: number;
  readonly with: number;
  readonly ratio: number;
  readonly spread: readonly [number, number];
}

interface Variant {
  readonly name: string;
  /** The OpenTelemetry variables of the variant. */
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
    // The cost of spans without their encoding: the span processor discards them.
    name: 'metrics, all spans created, none exported',
    env: { OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_EXPORTER: 'none' },
    logLevel: 'silent',
  },
  { name: 'metrics, all traces', env: { OTEL_TRACES_SAMPLER: 'always_on' }, logLevel: 'silent' },
  {
    name: 'metrics, 1 % of traces, one log line per hop',
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
