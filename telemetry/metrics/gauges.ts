import {
  monitorEventLoopDelay,
  performance,
  type ELDHistogram,
  type EventLoopUtilization,
} from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { problemsOf, type Health } from '../../src/sidecar/health.ts';
import type { WaitingCounts } from '../../src/transport/inspection/inspectableTransport.ts';
import { SECOND } from '../../src/units.ts';
import { HOLD_REASONS, PAUSE_REASONS } from './labelValues.ts';
import type { Report } from './recorder.ts';

/** Reports the gauges of the sidecar's health. */
export function reportHealth(report: Report, health: Health): void {
  const { transport, runtime, paused, held } = health;
  report('runtimeUp', asNumber(runtime.ready));
  report('brokerConnected', asNumber(transport.connected));
  report('brokerBlocked', asNumber(transport.blocked));
  report('rateLimited', health.rateLimited);
  report('ready', asNumber(problemsOf(health).length === 0));
  for (const reason of PAUSE_REASONS) report('paused', asNumber(paused.has(reason)), { reason });
  for (const reason of HOLD_REASONS) report('held', held.get(reason) ?? 0, { reason });
}

/** Reports the messages that wait outside of the actor's queue. */
export function reportWaiting(report: Report, waiting: WaitingCounts): void {
  const { errorEnd, parked, delayed } = waiting;
  if (errorEnd !== undefined) report('errorEndDepth', errorEnd);
  if (parked !== undefined) report('parkedDepth', parked);
  if (delayed !== undefined) report('retryDepth', delayed);
}

/**
 * Creates the gauges of the process: event loop, heap, memory and CPU. The event loop is monitored
 * from the first report on, so that a process without a reader does not pay for it.
 * @param windowMs the longest interval between two reads of one reader
 */
export function createProcessGauges(windowMs: number): {
  report(report: Report): void;
  stop(): void;
} {
  let loop: LoopMonitor | undefined;
  return {
    report(report) {
      loop ??= monitorLoop(windowMs);
      loop.report(report);
      reportHeap(report);
      reportProcess(report);
    },
    stop: () => loop?.stop(),
  };
}

interface LoopMonitor {
  report(report: Report): void;
  stop(): void;
}

/** The measurements of the event loop since a point in time. */
interface LoopWindow {
  readonly delay: ELDHistogram;
  readonly utilization: EventLoopUtilization;
}

/**
 * Reports the last one to two windows. A read resets nothing: all readers, and all scrapers of one
 * endpoint, get the same values, and a reader that reads once per window misses none.
 */
function monitorLoop(windowMs: number): LoopMonitor {
  let [older, newer] = [startWindow(), startWindow()];
  const timer = setInterval(() => {
    older.delay.disable();
    [older, newer] = [newer, startWindow()];
  }, windowMs).unref();
  return {
    report(report) {
      reportDelay(report, older.delay);
      const { utilization } = performance.eventLoopUtilization(older.utilization);
      report('loopUtilization', utilization);
    },
    stop() {
      clearInterval(timer);
      older.delay.disable();
      newer.delay.disable();
    },
  };
}

/**
 * The interval of the monitor's timer, short enough to show every delay that a user would notice.
 */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e-9;

function startWindow(): LoopWindow {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return { delay, utilization: performance.eventLoopUtilization() };
}

/** Subtracts the interval of the monitor's timer, which its delays include. */
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
}

function reportHeap(report: Report): void {
  for (const space of getHeapSpaceStatistics()) {
    const labels = { 'v8js.heap.space.name': space.space_name };
    report('heapUsed', space.space_used_size, labels);
    report('heapLimit', space.space_size, labels);
  }
}

const MICROSECONDS = 1e-6;

function reportProcess(report: Report): void {
  const { user, system } = process.cpuUsage();
  report('processMemory', process.memoryUsage.rss());
  report('processCpu', (user + system) * MICROSECONDS);
  report('processStartTime', performance.timeOrigin / SECOND);
}

function asNumber(value: boolean): number {
  return value ? 1 : 0;
}
