import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { MINUTE } from '../../../src/units.ts';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until } from '../processes/until.ts';

/** A real Loki with the configuration of `dashboards/provisioning/`. */
export interface LokiServer {
  /** The URL that a collector exports logs to. */
  readonly otlpUrl: string;
  /** Returns the lines that a LogQL query finds, the oldest first. */
  readonly query: (logql: string) => Promise<readonly LokiLine[]>;
}

export interface LokiLine {
  readonly text: string;
  /** The labels of its stream, and its structured metadata. */
  readonly labels: Readonly<Record<string, string>>;
}

const LOKI_FILE = new URL('../../../dashboards/provisioning/loki.yaml', import.meta.url);

export async function openLoki(t: TestContext, program: string): Promise<LokiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-loki-'));
  const [http = 0, grpc = 0] = await freePorts(2);
  const file = join(folder, 'loki.yaml');
  const shipped = parse(await readFile(LOKI_FILE, 'utf8')) as ShippedFile;
  await writeFile(file, stringify(inFolder(shipped, folder, { http, grpc })));
  const child = spawn(program, [`-config.file=${file}`, '-log.level=error'], { stdio: 'ignore' });
  killOnExit(child);
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${http}`;
  // Loki is ready 15 s after its start.
  await until(() => isReady(url), 'Loki', MINUTE);
  return { otlpUrl: `${url}/otlp`, query: (logql) => queryRange(url, logql) };
}

interface ShippedFile {
  readonly server: object;
  readonly common: object;
}

/** Replaces addresses and folders. */
function inFolder(
  { server, common, ...rest }: ShippedFile,
  folder: string,
  { http, grpc }: { readonly http: number; readonly grpc: number },
): object {
  return {
    ...rest,
    server: {
      ...server,
      http_listen_address: '127.0.0.1',
      http_listen_port: http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: grpc,
    },
    common: {
      ...common,
      instance_addr: '127.0.0.1',
      path_prefix: folder,
      storage: {
        filesystem: {
          chunks_directory: join(folder, 'chunks'),
          rules_directory: join(folder, 'rules'),
        },
      },
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/ready`).catch(() => undefined); // not listening yet
  return response?.ok ?? false;
}

async function queryRange(url: string, logql: string): Promise<LokiLine[]> {
  const search = new URLSearchParams({ query: logql, since: '1h', limit: '1000' });
  const response = await fetch(`${url}/loki/api/v1/query_range?${search.toString()}`);
  if (!response.ok) throw new Error(`Loki answers ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as QueryResponse;
  return data.result
    .flatMap(({ stream, values }) => values.map(([at, text]) => ({ at, text, labels: stream })))
    .toSorted((a, b) => (BigInt(a.at) < BigInt(b.at) ? -1 : 1))
    .map(({ text, labels }) => ({ text, labels }));
}

interface QueryResponse {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [nanoseconds: string, text: string])[];
    }[];
  };
}
