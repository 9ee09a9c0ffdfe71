import { monitorEventLoopDelay, performance, type ELDHistogram } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { problemsOf, type Health } from '../src/health.ts';
import { HOLD_REASONS, PAUSE_REASONS } from './instruments.ts';
import type { Report } from './recorder.ts';

/** What is true now, read at each collection: of the sidecar, and of the process it runs in. */

export function reportHealth(report: Report, health: Health): void {
  const { transport, runtime, paused, held } = health;
  report('runtimeUp', asNumber(runtime.ready));
  report('brokerConnected', asNumber(transport.connected));
  report('brokerBlocked', asNumber(transport.blocked));
  report('ready', asNumber(problemsOf(health).length === 0));
  for (const reason of PAUSE_REASONS) report('paused', asNumber(paused.has(reason)), { reason });
  for (const reason of HOLD_REASONS) report('held', held.get(reason) ?? 0, { reason });
}

/** Watches the event loop from the first report on, so that nobody pays who never asks. */
export function createProcessGauges(): { report(report: Report): void; stop(): void } {
  let delay: ELDHistogram | undefined;
  let utilization = performance.eventLoopUtilization();
  return {
    report(report) {
      delay ??= watchDelay();
      reportDelay(report, delay);
      const now = performance.eventLoopUtilization();
      report('loopUtilization', performance.eventLoopUtilization(now, utilization).utilization);
      utilization = now;
      reportHeap(report);
    },
    stop: () => delay?.disable(),
  };
}

/** A timer each 20 ms: enough to see what a person would. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e-9;

function watchDelay(): ELDHistogram {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return delay;
}

/** Since the report before. The monitor counts its own interval in. */
function reportDelay(report: Report, delay: ELDHistogram): void {
  if (delay.count === 0) return;
  const seconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds * NANOSECONDS - RESOLUTION_MS / 1000);
  report('loopDelayMin', seconds(delay.min));
  report('loopDelayMax', seconds(delay.max));
  report('loopDelayMean', seconds(delay.mean));
  report('loopDelayStddev', delay.stddev * NANOSECONDS);
  report('loopDelayP50', seconds(delay.percentile(50)));
  report('loopDelayP90', seconds(delay.percentile(90)));
  report('loopDelayP99', seconds(delay.percentile(99)));
  delay.reset();
}

function reportHeap(report: Report): void {
  for (const space of getHeapSpaceStatistics()) {
    const labels = { 'v8js.heap.space.name': space.space_name };
    report('heapUsed', space.space_used_size, labels);
    report('heapLimit', space.space_size, labels);
  }
}

function asNumber(value: boolean): number {
  return value ? 1 : 0;
}
