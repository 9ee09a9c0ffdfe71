import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MIB } from '../src/units.ts';
import { formatBytes, type Figure } from './figures.ts';
import { openMemoryGroup } from './memoryGroup.ts';
import { runLoad } from './rates.ts';
import type { Bench } from './bench.ts';
import { openSidecar, type Environment } from './worker.ts';

interface Load {
  readonly payloadBytes: number;
  readonly concurrency: number;
  /** @default 1: calls are no batches */
  readonly batchSize?: number;
}

const KB = 1_000;
const MB = 1_000 * KB;

const LOADS: readonly Load[] = [
  { payloadBytes: 2 * KB, concurrency: 100 },
  { payloadBytes: MB, concurrency: 1 },
  { payloadBytes: MB, concurrency: 10 },
  { payloadBytes: 10 * MB, concurrency: 1 },
  { payloadBytes: 10 * MB, concurrency: 4 },
  { payloadBytes: MB, concurrency: 1, batchSize: 8 },
  { payloadBytes: 2 * KB, concurrency: 4, batchSize: 32 },
];
const PROTOCOLS = ['payload', 'http'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const WARM_UP = { payloadBytes: 2 * KB, hops: 10_000 };

/** The memory limit that docs/kubernetes.md recommends. */
function recommendedBytes({ payloadBytes, concurrency, batchSize = 1 }: Load): number {
  return 192 * MIB + 3 * payloadBytes * concurrency * batchSize;
}

/**
 * Measures the peak of a sidecar's memory, with metrics on and every trace exported. The sidecar
 * starts in a cgroup with the recommended limit, so that V8 sizes its heap as in a container. Then
 * the limit is removed, so that the peak is the memory that the sidecar needs.
 *
 * If this process may not create a cgroup, the figure is VmHWM, which also counts the 50 MiB of
 * Node's program.
 */
export async function measurePeaks(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const protocol of PROTOCOLS) {
    const runtime = await openRuntime(bench.environment, protocol);
    try {
      for (const load of LOADS) {
        const figure = await measurePeak(
          { ...bench, environment: runtime.environment },
          protocol,
          load,
        );
        bench.report(figure);
        figures.push(figure);
      }
    } finally {
      await runtime.close();
    }
  }
  return figures;
}

async function measurePeak(bench: Bench, protocol: Protocol, load: Load): Promise<Figure> {
  const { payloadBytes, concurrency, batchSize } = load;
  const size = `${formatBytes(payloadBytes)} × ${concurrency}`;
  const limitBytes = recommendedBytes(load);
  const peaks: number[] = [];
  for (let turn = 0; turn < bench.turns; turn++)
    peaks.push(await peakBytesOf(bench, protocol, load, limitBytes));
  return {
    name: `peak of memory, ${protocol}, ${size}${batchSize === undefined ? '' : ` × ${batchSize}`}`,
    unit: 'MiB',
    as: 'value',
    sidecar: peaks.map((bytes) => bytes / MIB),
    target: { atMost: Math.floor(limitBytes / MIB) },
  };
}

async function peakBytesOf(
  { environment, queues, nodeArguments }: Bench,
  protocol: Protocol,
  { payloadBytes, concurrency, batchSize = 1 }: Load,
  limitBytes: number,
): Promise<number> {
  const group = openMemoryGroup(`asya-bench-${process.pid}`, limitBytes);
  const env = { ASYA_RUNTIME_PROTOCOL: protocol, ASYA_BATCH_SIZE: String(batchSize) };
  const sidecar = await openSidecar(environment, {
    concurrency,
    env,
    nodeArguments,
    commandPrefix: group?.commandPrefix,
  });
  try {
    group?.removeLimit();
    await runLoad(sidecar, queues, WARM_UP);
    const hops = Math.max(40, Math.min(WARM_UP.hops, (400 * MB) / payloadBytes));
    await runLoad(sidecar, queues, { payloadBytes, hops });
    return group?.peakBytes() ?? sidecar.peakRssBytes();
  } finally {
    await sidecar.close();
    group?.close();
  }
}

interface RuntimeEnvironment {
  readonly environment: Environment;
  close(): Promise<void>;
}

/** The runtime of the environment implements `payload`. This one implements another protocol. */
async function openRuntime(
  environment: Environment,
  protocol: Protocol,
): Promise<RuntimeEnvironment> {
  if (protocol === 'payload') return { environment, close: () => Promise.resolve() };
  const socketDir = await mkdtemp(join(tmpdir(), 'asya-bench-http-'));
  const program = fileURLToPath(new URL('./httpEchoRuntime.ts', import.meta.url));
  const child = fork(program, [join(socketDir, 'asya-runtime.sock')]);
  await once(child, 'message');
  return {
    environment: { ...environment, socketDir },
    async close() {
      child.kill();
      await rm(socketDir, { recursive: true });
    },
  };
}
