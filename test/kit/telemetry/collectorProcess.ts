import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until, within } from '../processes/until.ts';
import type { TelemetryBackend } from './telemetryBackend.ts';

/** A real collector with the configuration of `dashboards/provisioning/`. */
export interface CollectorProcess {
  /** Receives OTLP over HTTP. */
  readonly url: string;
  /** Exposes the metrics of the sidecars to Prometheus. */
  readonly metricsUrl: string;
  /** Exposes the collector's own metrics. */
  readonly ownMetricsUrl: string;
  /** The log of all runs, which the collector writes to standard error. */
  readonly log: () => string;
  /** Resolves with the exit code; null if the signal killed the process. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Starts the collector again after `stop`. Resolves when it receives OTLP. */
  start(): Promise<void>;
}

export interface CollectorOptions {
  readonly program: string;
  readonly backend: TelemetryBackend;
  /** The share of ordinary traces that are kept, in percent. @default that of the file */
  readonly share?: number;
  /** Another server for logs, which receives OTLP in the collector's own encoding. */
  readonly logsUrl?: string;
  /** Replaces the settings of processors, by their names. */
  readonly processors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The configuration that users start their collector with. */
export const COLLECTOR_FILE = fileURLToPath(
  new URL('../../../dashboards/provisioning/collector.yaml', import.meta.url),
);

export async function startCollectorProcess(
  t: TestContext,
  options: CollectorOptions,
): Promise<CollectorProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-collector-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const ports = await freePorts(4);
  const overlay = join(folder, 'overlay.yaml');
  await writeFile(overlay, stringify(overlayOf(options, ports)));
  const env = variablesOf(options);
  const command = [`--config=${COLLECTOR_FILE}`, `--config=${overlay}`];
  const [url, metricsUrl, ownMetricsUrl] = [1, 2, 3].map((at) => `http://127.0.0.1:${ports[at]}`);
  let log = '';
  let child: ChildProcess | undefined;

  const collector: CollectorProcess = {
    url: url ?? '',
    metricsUrl: `${metricsUrl}/metrics`,
    ownMetricsUrl: `${ownMetricsUrl}/metrics`,
    log: () => log,
    async stop(signal) {
      if (child === undefined) return null;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = (await within(ended, 'the exit of the collector')) as [unknown];
      child = undefined;
      return typeof code === 'number' ? code : null;
    },
    async start() {
      const started = spawn(options.program, command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
      killOnExit(started);
      started.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
      child = started;
      await until(async () => {
        if (started.exitCode !== null) throw new Error(`the collector has ended:\n${log}`);
        return receivesOtlp(collector.url);
      }, 'the collector');
    },
  };
  t.after(() => collector.stop('SIGKILL'));
  await collector.start();
  return collector;
}

/** The variables of the shipped file. */
function variablesOf({ backend, share, logsUrl = backend.url }: CollectorOptions) {
  return {
    ASYA_TRACES_ENDPOINT: backend.tracesEndpoint,
    ASYA_LOGS_ENDPOINT: logsUrl,
    ...(share === undefined ? {} : { ASYA_TRACE_SHARE: String(share) }),
  };
}

/**
 * Replaces addresses, and exports all traces without sampling in addition. Logs have the encoding
 * that the backend reads.
 */
function overlayOf(
  { backend, logsUrl, processors = {} }: CollectorOptions,
  [grpc, http, metrics, own]: readonly number[],
): unknown {
  const json = { encoding: 'json', compression: 'none' };
  return {
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${grpc}` },
          http: { endpoint: `127.0.0.1:${http}` },
        },
      },
    },
    processors,
    exporters: {
      ...(logsUrl === undefined ? { 'otlp_http/loki': json } : {}),
      'otlp_http/all': { endpoint: backend.url, ...json },
      prometheus: { endpoint: `127.0.0.1:${metrics}` },
    },
    service: {
      telemetry: {
        metrics: {
          readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: own } } } }],
        },
      },
      pipelines: {
        'traces/all': { receivers: ['otlp'], exporters: ['otlp_http/all'] },
      },
    },
  };
}

async function receivesOtlp(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined); // not listening yet
  return response !== undefined;
}
