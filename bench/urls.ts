import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority, createCertificate } from '../test/kit/brokers/certificates.ts';
import { killOnExit } from '../test/kit/processes/killOnExit.ts';
import type { Bench } from './bench.ts';
import { formatBytes, type Figure } from './figures.ts';
import { compareSides } from './rates.ts';
import { LIMIT_ACTOR, openSidecar, TELEMETRY_OFF, type Worker } from './worker.ts';

const CONCURRENCY = 10;
const SERVER_NAME = 'runtime.test';
const LOADS = [
  { payloadBytes: 200, hops: 4_000 },
  { payloadBytes: 100_000, hops: 1_000 },
];
const WARM_UP = { payloadBytes: 200, hops: 30_000 };

/** Compares TCP and TLS with the Unix socket of the same HTTP server. */
export async function measureUrls(bench: Bench): Promise<readonly Figure[]> {
  const runtime = await openRuntime();
  const figures: Figure[] = [];
  try {
    for (const [name, url] of Object.entries(runtime.urls)) {
      for (const load of LOADS) {
        const workers = {
          limit: await openOn(bench, runtime.unixUrl, runtime.caFile, LIMIT_ACTOR),
          sidecar: await openOn(bench, url, runtime.caFile),
        };
        const options = {
          name: `${name} and Unix socket, ${formatBytes(load.payloadBytes)}`,
          ...load,
          warmUp: WARM_UP,
        };
        const measured = await compareSides(workers, bench.queues, bench.turns, options);
        measured.forEach(bench.report);
        figures.push(...measured);
      }
    }
  } finally {
    await runtime.close();
  }
  return figures;
}

function openOn(bench: Bench, url: string, caFile: string, actor?: string): Promise<Worker> {
  const tls = { ASYA_RUNTIME_CA_FILE: caFile, ASYA_RUNTIME_SERVER_NAME: SERVER_NAME };
  return openSidecar(bench.environment, {
    concurrency: CONCURRENCY,
    nodeArguments: bench.nodeArguments,
    ...(actor === undefined ? {} : { actor }),
    env: {
      ...TELEMETRY_OFF,
      ASYA_SOCKET_DIR: undefined,
      ASYA_RUNTIME_PROTOCOL: 'http',
      ASYA_RUNTIME_URL: url,
      ...(url.startsWith('https:') ? tls : {}),
    },
  });
}

interface HttpRuntime {
  readonly unixUrl: string;
  /** The other URLs, by their transport. */
  readonly urls: Readonly<Record<string, string>>;
  /** The authority of the server's certificate. */
  readonly caFile: string;
  close(): Promise<void>;
}

async function openRuntime(): Promise<HttpRuntime> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-bench-url-'));
  const pathOf = (name: string): string => join(folder, name);
  const authority = createAuthority('authority');
  const { cert, key } = createCertificate(SERVER_NAME, authority);
  await writeFile(pathOf('ca.pem'), authority.cert);
  await writeFile(pathOf('cert.pem'), cert);
  await writeFile(pathOf('key.pem'), key);
  const program = fileURLToPath(new URL('./httpEchoRuntime.ts', import.meta.url));
  const child = fork(program, ['http.sock', 'cert.pem', 'key.pem'].map(pathOf));
  killOnExit(child);
  const [{ http, https }] = (await once(child, 'message')) as [{ http: number; https: number }];
  return {
    unixUrl: `unix:${pathOf('http.sock')}`,
    urls: { TCP: `http://127.0.0.1:${http}/`, TLS: `https://127.0.0.1:${https}/` },
    caFile: pathOf('ca.pem'),
    async close() {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}
