import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR } from '../../../src/units.ts';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until } from '../processes/until.ts';
import { readJaegerTraces, type JaegerTrace } from './jaegerTrace.ts';

/** A Jaeger v2 that keeps traces in memory. */
export interface JaegerServer {
  /** The address of the page and its API. */
  readonly url: string;
  /** Where it receives OTLP, over HTTP and over gRPC. */
  readonly otlp: { readonly http: string; readonly grpc: string };
  /** Returns the values of the field _Service_ of the search. */
  services(): Promise<readonly string[]>;
  /** Returns what the search of the page returns for a service and tags. */
  search(service: string, tags: Tags): Promise<readonly JaegerTrace[]>;
  /** Returns a trace, or undefined if it is unknown. */
  trace(traceId: string): Promise<JaegerTrace | undefined>;
  /** Returns what the page shows of a file that is uploaded. */
  upload(file: string): Promise<readonly JaegerTrace[]>;
  close(this: void): Promise<void>;
}

export type Tags = Readonly<Record<string, string>>;

/** The longest time range of a search, and the largest number of traces. */
const LOOKBACK_MS = HOUR;
const LIMIT = 200;

/** Starts a Jaeger on free ports; resolves when it answers. */
export async function openJaeger(program: string): Promise<JaegerServer> {
  const [query = 0, queryGrpc = 0, http = 0, grpc = 0] = await freePorts(4);
  const folder = await mkdtemp(join(tmpdir(), 'asya-jaeger-'));
  const config = join(folder, 'jaeger.yaml');
  await writeFile(config, JSON.stringify(configOf({ query, queryGrpc, http, grpc })));
  const child = spawn(program, [`--config=${config}`], {
    // Jaeger exports no spans of its own.
    env: { OTEL_TRACES_SAMPLER: 'always_off' },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  killOnExit(child);
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${query}`;
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(() => answers(url), 'an answer of Jaeger');
  } catch (error) {
    await close();
    throw error;
  }
  const otlp = { http: `http://127.0.0.1:${http}`, grpc: `http://127.0.0.1:${grpc}` };
  return { url, otlp, ...createApi(url), close };
}

function createApi(url: string): Pick<JaegerServer, 'services' | 'search' | 'trace' | 'upload'> {
  return {
    services: async () => ((await callApi(url, 'services')) as readonly string[] | null) ?? [],
    async search(service, tags) {
      const now = Date.now();
      const query = new URLSearchParams({
        service,
        limit: String(LIMIT),
        lookback: '1h',
        start: String((now - LOOKBACK_MS) * 1_000),
        end: String(now * 1_000),
        tags: JSON.stringify(tags),
      });
      return readJaegerTraces(await callApi(url, `traces?${query.toString()}`));
    },
    async trace(traceId) {
      const response = await fetch(`${url}/api/traces/${traceId}`);
      if (response.status === 404) return undefined;
      return readJaegerTraces(await dataOf(response))[0];
    },
    async upload(file) {
      const body = JSON.stringify(mergeLines(file));
      return readJaegerTraces(await callApi(url, 'transform', { method: 'POST', body }));
    },
  };
}

/** Merges the lines of a file into one request, as the page does before it uploads them. */
function mergeLines(file: string): { resourceSpans: unknown[] } {
  const lines = file.split('\n').filter((line) => line.trim() !== '');
  const requests = lines.map((line) => JSON.parse(line) as { resourceSpans: unknown[] });
  return { resourceSpans: requests.flatMap(({ resourceSpans }) => resourceSpans) };
}

async function callApi(url: string, path: string, init: RequestInit = {}): Promise<unknown> {
  return dataOf(await fetch(`${url}/api/${path}`, init));
}

async function dataOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`Jaeger answers ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { data: unknown }).data;
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/services`).catch(() => undefined); // not listening yet
  return response?.ok ?? false;
}

interface Ports {
  readonly query: number;
  readonly queryGrpc: number;
  readonly http: number;
  readonly grpc: number;
}

/**
 * The default configuration with other ports, without other receivers, and without the batch
 * processor, so that a span is found as soon as its export has ended.
 */
function configOf({ query, queryGrpc, http, grpc }: Ports): object {
  const at = (port: number): { endpoint: string } => ({ endpoint: `127.0.0.1:${port}` });
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['jaeger_storage_exporter'] },
      },
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
    },
    extensions: {
      jaeger_query: { storage: { traces: 'memory' }, http: at(query), grpc: at(queryGrpc) },
      jaeger_storage: { backends: { memory: { memory: { max_traces: 100_000 } } } },
    },
    receivers: { otlp: { protocols: { grpc: at(grpc), http: at(http) } } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}
