import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import { workOff } from './rates.ts';
import type { Bench } from './scenarios.ts';
import { openSidecar, type Worker } from './worker.ts';

const MB = 1_000_000;
const IDLE_MS = 5_000;
const FEW_HOPS = 20_000;
const MANY_HOPS = 200_000;
const HOPS_A_TIME = 10_000;

/** With all that a sidecar brings: metrics, and a tracer whose spans nobody takes. */
const TELEMETRY_ON = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  ASYA_LOG_LEVEL: 'warn',
};

/** From the start of the built program to `/readyz`, and what it takes while nothing comes. */
export async function measureIdle({ place, turns, say }: Bench): Promise<readonly Figure[]> {
  const startMs: number[] = [];
  const rssMb: number[] = [];
  const share: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const startedAtMs = performance.now();
    const sidecar = await openSidecar(place, { concurrency: 1, env: TELEMETRY_ON });
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
  figures.forEach(say);
  return figures;
}

/** Whether memory grows with what has gone through. */
export async function measureMemory({ place, queues, say }: Bench): Promise<readonly Figure[]> {
  const sidecar = await openSidecar(place, { concurrency: 100, env: TELEMETRY_ON });
  try {
    const few = await memoryAfter(sidecar, queues, FEW_HOPS);
    const many = await memoryAfter(sidecar, queues, MANY_HOPS - FEW_HOPS);
    const figure: Figure = {
      name: `memory after ${MANY_HOPS} hops beside ${FEW_HOPS}`,
      unit: 'MB',
      as: 'ratio',
      limit: [few],
      sidecar: [many],
      target: { atMost: 1.15 },
    };
    say(figure);
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
  for (let made = 0; made < hops; made += HOPS_A_TIME) {
    await workOff(sidecar, queues, { payloadBytes: 200, hops: HOPS_A_TIME });
  }
  return sidecar.rssBytes() / MB;
}
