import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes, type Figure } from './figures.ts';
import { openMemoryGroup } from './memoryGroup.ts';
import { workOff } from './rates.ts';
import type { Bench } from './scenarios.ts';
import { openSidecar, type Place } from './worker.ts';

/**
 * The most memory that a sidecar takes, with metrics on and every trace exported, after small
 * messages as after none. It starts in a cgroup with the recommended limit, by which V8 sizes its
 * heap as in a container; then the limit is lifted, so that the peak is what the sidecar needs, and
 * not what it gets. Without the right to create a cgroup the figure is the process's VmHWM, which
 * also counts the 50 MiB of Node's own program.
 */

interface Load {
  readonly payloadBytes: number;
  readonly concurrency: number;
}

const KB = 1_000;
const MB = 1_000 * KB;
const MIB = 1024 * 1024;

const LOADS: readonly Load[] = [
  { payloadBytes: 2 * KB, concurrency: 100 },
  { payloadBytes: MB, concurrency: 1 },
  { payloadBytes: MB, concurrency: 10 },
  { payloadBytes: 10 * MB, concurrency: 1 },
  { payloadBytes: 10 * MB, concurrency: 4 },
];
const PROTOCOLS = ['payload', 'http'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const WARM_UP = { payloadBytes: 2 * KB, hops: 10_000 };

/** What docs/kubernetes.md recommends as the limit of memory. */
function recommendedBytes({ payloadBytes, concurrency }: Load): number {
  return 192 * MIB + 3 * payloadBytes * concurrency;
}

export async function measurePeaks(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const protocol of PROTOCOLS) {
    const runtime = await openRuntime(bench.place, protocol);
    try {
      for (const load of LOADS) {
        const figure = await measurePeak({ ...bench, place: runtime.place }, protocol, load);
        bench.say(figure);
        figures.push(figure);
      }
    } finally {
      await runtime.close();
    }
  }
  return figures;
}

async function measurePeak(bench: Bench, protocol: Protocol, load: Load): Promise<Figure> {
  const { payloadBytes, concurrency } = load;
  const limitBytes = recommendedBytes(load);
  const peaks: number[] = [];
  for (let turn = 0; turn < bench.turns; turn++)
    peaks.push(await peakOf(bench, protocol, load, limitBytes));
  return {
    name: `peak of memory, ${protocol}, ${formatBytes(payloadBytes)} × ${concurrency}`,
    unit: 'MiB',
    as: 'value',
    sidecar: peaks.map((bytes) => bytes / MIB),
    target: { atMost: Math.floor(limitBytes / MIB) },
  };
}

/** In bytes. */
async function peakOf(
  { place, queues, nodeOptions }: Bench,
  protocol: Protocol,
  { payloadBytes, concurrency }: Load,
  limitBytes: number,
): Promise<number> {
  const group = openMemoryGroup(`asya-bench-${process.pid}`, limitBytes);
  const env = { ASYA_RUNTIME_PROTOCOL: protocol };
  const sidecar = await openSidecar(place, { concurrency, env, nodeOptions, enter: group?.enter });
  try {
    group?.lift();
    await workOff(sidecar, queues, WARM_UP);
    const hops = Math.max(40, Math.min(WARM_UP.hops, (400 * MB) / payloadBytes));
    await workOff(sidecar, queues, { payloadBytes, hops });
    return group?.peakBytes() ?? sidecar.peakRssBytes();
  } finally {
    await sidecar.close();
    group?.close();
  }
}

interface RuntimePlace {
  readonly place: Place;
  close(): Promise<void>;
}

/** The runtime of the bench speaks `payload`; another protocol gets a runtime of its own. */
async function openRuntime(place: Place, protocol: Protocol): Promise<RuntimePlace> {
  if (protocol === 'payload') return { place, close: () => Promise.resolve() };
  const socketDir = await mkdtemp(join(tmpdir(), 'asya-bench-http-'));
  const program = fileURLToPath(new URL('./httpEchoRuntime.ts', import.meta.url));
  const child = fork(program, [join(socketDir, 'asya-runtime.sock')]);
  await once(child, 'message');
  return {
    place: { ...place, socketDir },
    async close() {
      child.kill();
      await rm(socketDir, { recursive: true });
    },
  };
}
