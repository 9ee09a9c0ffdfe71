import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killOnExit } from '../test/kit/processes/killOnExit.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './figures.ts';
import { compareSides, runLoad } from './rates.ts';
import {
  LIMIT_ACTOR,
  openSidecar,
  TELEMETRY_OFF,
  type Environment,
  type Worker,
} from './worker.ts';

const SIZES = [1, 8, 32];
const CALL_MS = 20;
const ITEM_MS = 0.5;
const TURN_MS = 2_000;
const PAYLOAD_BYTES = 200;

/** Measures hops per second and processor time at several batch sizes. */
export async function measureBatches(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const protocol of ['payload', 'http']) {
    for (const size of SIZES) figures.push(await measureSize(bench, protocol, size, size));
    const largest = SIZES.at(-1) ?? 1;
    figures.push(await measureSize(bench, protocol, largest, 2 * largest));
  }
  for (const size of SIZES.filter((size) => size > 1))
    figures.push(...(await measureProcessor(bench, size)));
  return figures;
}

/**
 * Measures hops per second with a runtime that takes 20 ms a call and 0.5 ms a payload, one call at
 * a time. The limit is the rate of a runtime that always works on a full batch.
 */
async function measureSize(
  { environment, queues, turns, nodeArguments, report }: Bench,
  protocol: string,
  size: number,
  prefetch: number,
): Promise<Figure> {
  const runtime = await openRuntime(environment, protocol);
  const env = { ...variablesOf(size, prefetch), ASYA_RUNTIME_PROTOCOL: protocol };
  const sidecar = await openSidecar(runtime.environment, { concurrency: 1, env, nodeArguments });
  const limit = (1_000 * size) / (CALL_MS + ITEM_MS * size);
  const hops = size * Math.round((limit * TURN_MS) / 1_000 / size);
  const rates: number[] = [];
  try {
    sidecar.freeze();
    await runLoad(sidecar, queues, { payloadBytes: PAYLOAD_BYTES, hops });
    for (let turn = 0; turn < turns; turn++) {
      const { seconds } = await runLoad(sidecar, queues, { payloadBytes: PAYLOAD_BYTES, hops });
      rates.push(hops / seconds);
    }
  } finally {
    await sidecar.close();
    await runtime.close();
  }
  const figure: Figure = {
    name: `${protocol}, batches of ${size}, prefetch ${prefetch}`,
    unit: 'hops/s',
    as: 'ratio',
    limit: rates.map(() => limit),
    sidecar: rates,
  };
  report(figure);
  return figure;
}

/** Each side has this many envelopes in flight, so that only the number of calls differs. */
const IN_FLIGHT = 32;

/** Compares batches of a size with single calls, with a runtime that answers at once. */
async function measureProcessor(
  { environment, queues, turns, nodeArguments, report }: Bench,
  size: number,
): Promise<readonly Figure[]> {
  const open = (batchSize: number, actor?: string): Promise<Worker> =>
    openSidecar(environment, {
      ...(actor === undefined ? {} : { actor }),
      concurrency: IN_FLIGHT / batchSize,
      env: variablesOf(batchSize, IN_FLIGHT),
      nodeArguments,
    });
  const workers = { limit: await open(1, LIMIT_ACTOR), sidecar: await open(size) };
  const figures = await compareSides(workers, queues, turns, {
    name: `batches of ${size} and single calls`,
    payloadBytes: PAYLOAD_BYTES,
    hops: 6_000,
    warmUp: { hops: 40_000 },
  });
  figures.forEach(report);
  return figures;
}

function variablesOf(size: number, prefetch: number): Readonly<Record<string, string>> {
  return {
    ...TELEMETRY_OFF,
    ASYA_BATCH_SIZE: String(size),
    ASYA_PREFETCH: String(prefetch),
  };
}

interface BatchRuntime {
  readonly environment: Environment;
  close(): Promise<void>;
}

async function openRuntime(environment: Environment, protocol: string): Promise<BatchRuntime> {
  const socketDir = await mkdtemp(join(tmpdir(), 'asya-bench-batch-'));
  const program = fileURLToPath(new URL('./batchRuntime.ts', import.meta.url));
  const socketPath = join(socketDir, 'asya-runtime.sock');
  const child = fork(program, [protocol, socketPath, String(CALL_MS), String(ITEM_MS)]);
  killOnExit(child);
  await once(child, 'message');
  return {
    environment: { ...environment, socketDir },
    async close() {
      child.kill('SIGKILL');
      await rm(socketDir, { recursive: true });
    },
  };
}
