import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import { runLoad } from './rates.ts';
import type { Bench } from './bench.ts';
import { openSidecar, type Worker } from './worker.ts';

const MB = 1_000_000;
const IDLE_MS = 5_000;
const FEW_HOPS = 20_000;
const MANY_HOPS = 200_000;
const BATCH_HOPS = 10_000;

/** Metrics, and a tracer without an exporter. */
const TELEMETRY_ON = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  ASYA_LOG_LEVEL: 'warn',
};

/** Measures the time from start to `/readyz`, and memory and processor time without messages. */
export async function measureIdle({
  environment,
  turns,
  report,
}: Bench): Promise<readonly Figure[]> {
  const startMs: number[] = [];
  const rssMb: number[] = [];
  const share: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const startedAtMs = performance.now();
    const sidecar = await openSidecar(environment, { concurrency: 1, env: TELEMETRY_ON });
    startMs.push(performance.now() - startedAtMs);
    try {
      await sleep(1_000);
      const before = sidecar.cpuUs();
      await sleep(IDLE_MS);
      share.push((100 * (sidecar.cpuUs() - before)) / 1_000 / IDLE_MS);
      rssMb.push(sidecar.rssBytes() / MB);
    } finally {
      await sidecar.close();
    }
  }
  const figures: Figure[] = [
    {
      name: 'start to /readyz',
      unit: 'ms',
      as: 'value',
      sidecar: startMs,
      target: { atMost: 600 },
    },
    { name: 'idle: memory', unit: 'MB', as: 'value', sidecar: rssMb, target: { atMost: 110 } },
    { name: 'idle: processor', unit: '%', as: 'value', sidecar: share, target: { atMost: 1 } },
  ];
  figures.forEach(report);
  return figures;
}

/** Measures how memory grows with the number of hops. */
export async function measureMemory({
  environment,
  queues,
  report,
}: Bench): Promise<readonly Figure[]> {
  const sidecar = await openSidecar(environment, { concurrency: 100, env: TELEMETRY_ON });
  try {
    const few = await memoryAfter(sidecar, queues, FEW_HOPS);
    const many = await memoryAfter(sidecar, queues, MANY_HOPS - FEW_HOPS);
    const figure: Figure = {
      name: `memory after ${MANY_HOPS} hops, relative to ${FEW_HOPS}`,
      unit: 'MB',
      as: 'ratio',
      limit: [few],
      sidecar: [many],
      target: { atMost: 1.15 },
    };
    report(figure);
    return [figure];
  } finally {
    await sidecar.close();
  }
}

async function memoryAfter(
  sidecar: Worker,
  queues: Bench['queues'],
  hops: number,
): Promise<number> {
  for (let done = 0; done < hops; done += BATCH_HOPS) {
    await runLoad(sidecar, queues, { payloadBytes: 200, hops: BATCH_HOPS });
  }
  return sidecar.rssBytes() / MB;
}
