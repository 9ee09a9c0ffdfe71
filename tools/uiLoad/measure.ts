import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { MIB, SECOND } from '../../src/units.ts';
import { peakRssOf, rssOf } from '../../test/kit/processes/memory.ts';

/** The time between two frames of a page, and how busy its main thread and its server were. */
export interface Measured {
  readonly frameP50Ms: number;
  readonly frameP95Ms: number;
  readonly frameMaxMs: number;
  /** Shares of one core. */
  readonly pageCpu: number;
  readonly serverCpu: number;
}

/** Records the frames of a page for some time. */
export async function measurePage(page: Page, pid: number, seconds: number): Promise<Measured> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const [pageBefore, serverBefore, startMs] = [await busy(), cpuSecondsOf(pid), performance.now()];
  const frames = await page.evaluate<number[]>(recordFrames(seconds * SECOND));
  const elapsed = (performance.now() - startMs) / SECOND;
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const measured = {
    frameP50Ms: at(0.5),
    frameP95Ms: at(0.95),
    frameMaxMs: at(1),
    pageCpu: ((await busy()) - pageBefore) / elapsed,
    serverCpu: (cpuSecondsOf(pid) - serverBefore) / elapsed,
  };
  await session.detach();
  return measured;
}

export function describeMeasured(measured: Measured): string {
  const { frameP50Ms, frameP95Ms, frameMaxMs, pageCpu, serverCpu } = measured;
  const ms = (value: number): string => value.toFixed(1);
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return (
    `frames p50 ${ms(frameP50Ms)} ms, p95 ${ms(frameP95Ms)} ms, longest ${ms(frameMaxMs)} ms; ` +
    `page ${percent(pageCpu)} of a core, server ${percent(serverCpu)} of a core`
  );
}

/** `112 MiB, peak 140 MiB` */
export function describeMemory(pid: number): string {
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  return `${mib(rssOf(pid))}, peak ${mib(peakRssOf(pid))}`;
}

/** Linux counts in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

/** User and system time: the fields 14 and 15 of `proc_pid_stat(5)`. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A program for the page, whose types this project does not have. */
function recordFrames(durationMs: number): string {
  return `new Promise((resolve) => {
    const frames = [];
    const start = performance.now();
    let last = start;
    const next = (now) => {
      frames.push(now - last);
      last = now;
      if (now - start < ${durationMs}) requestAnimationFrame(next);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(next);
  })`;
}
