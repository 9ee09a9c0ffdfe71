import { formatDuration } from '../../src/cli/trace/duration.ts';
import type { JourneyRow } from '../../src/cli/ui/journey/contract.ts';

/** Maps the time of a journey to a width, from 0 to 1. */
export interface TimeScale {
  /** @param ms from the start of the journey */
  positionOf(ms: number): number;
  readonly ticks: readonly Tick[];
  readonly breaks: readonly Break[];
}

export interface Tick {
  readonly position: number;
  readonly text: string;
}

/** A long time in which no hop ran, drawn shorter than it was. */
export interface Break extends Tick {
  /** The width. */
  readonly size: number;
}

/** A part of the time and of the width. */
interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly start: number;
  readonly size: number;
  readonly isBreak: boolean;
}

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** A replay may follow hours later: the hops would be too narrow to be seen. */
const MIN_BREAK_MS = 1_000;
/** A pause longer than this many times the time of all hops is drawn shorter. */
const MIN_BREAK_RATIO = 3;
/** The width of a break, as a share of the time of all hops. */
const BREAK_RATIO = 0.15;

/** Creates the scale of a waterfall: linear, except for long pauses. */
export function createTimeScale(rows: readonly JourneyRow[], durationMs: number): TimeScale {
  const totalMs = Number.isFinite(durationMs)
    ? Math.max(durationMs, Number.EPSILON)
    : Number.EPSILON;
  const segments = divide(totalMs, mergeHops(rows));
  return {
    positionOf: (ms) => positionIn(segments, Math.min(Math.max(ms, 0), totalMs)),
    ticks: segments.some(({ isBreak }) => isBreak) ? startsOf(segments) : linearTicks(totalMs),
    breaks: segments
      .filter(({ isBreak }) => isBreak)
      .map(({ start, size, startMs, endMs }) => {
        return { position: start, size, text: formatDuration(endMs - startMs) };
      }),
  };
}

/** The times in which at least one hop ran. */
function mergeHops(rows: readonly JourneyRow[]): readonly Interval[] {
  const hops: readonly Interval[] = rows
    .flatMap(({ parts, counts = [] }) => [
      ...parts.filter(({ kind }) => kind !== 'queue'),
      ...[counts].flat(),
    ])
    .toSorted((a, b) => a.startMs - b.startMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of hops) {
    const last = merged.at(-1);
    if (last === undefined || startMs > last.endMs) merged.push({ startMs, endMs });
    else last.endMs = Math.max(last.endMs, endMs);
  }
  return merged;
}

function divide(totalMs: number, hops: readonly Interval[]): readonly Segment[] {
  const busyMs = hops.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const minBreakMs = Math.max(MIN_BREAK_MS, busyMs * MIN_BREAK_RATIO);
  const pauses = hops.flatMap(({ endMs: startMs }, index) => {
    const endMs = hops[index + 1]?.startMs ?? startMs;
    return endMs - startMs > minBreakMs ? [{ startMs, endMs }] : [];
  });
  const pausesMs = pauses.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const linearMs = Math.max(totalMs - pausesMs, Number.EPSILON);
  const breakMs = linearMs * BREAK_RATIO;
  const shownMs = linearMs + pauses.length * breakMs;
  const segments: Segment[] = [];
  let start = 0;
  const add = (startMs: number, endMs: number, isBreak: boolean): void => {
    const size = (isBreak ? breakMs : endMs - startMs) / shownMs;
    segments.push({ startMs, endMs, start, size, isBreak });
    start += size;
  };
  let atMs = 0;
  for (const { startMs, endMs } of pauses) {
    add(atMs, startMs, false);
    add(startMs, endMs, true);
    atMs = endMs;
  }
  add(atMs, totalMs, false);
  return segments;
}

function positionIn(segments: readonly Segment[], ms: number): number {
  const segment = segments.find(({ endMs }) => ms <= endMs) ?? segments.at(-1);
  if (segment === undefined) return 0;
  const { startMs, endMs, start, size } = segment;
  const share = endMs === startMs ? 0 : (ms - startMs) / (endMs - startMs);
  return Math.min(1, start + share * size);
}

/** With breaks, only the starts of the parts between them have a label. */
function startsOf(segments: readonly Segment[]): readonly Tick[] {
  const ticks: Tick[] = [];
  for (const { start, startMs, isBreak } of segments) {
    const isFree = start - (ticks.at(-1)?.position ?? -1) >= MIN_TICK_DISTANCE;
    if (!isBreak && isFree && start < 1 - MIN_TICK_DISTANCE) {
      ticks.push({ position: start, text: startMs === 0 ? '0' : formatDuration(startMs) });
    }
  }
  return ticks;
}

/** The narrowest axis has 300 pixels, and the longest label 50. */
const MIN_TICK_DISTANCE = 0.18;
const TICKS = 5;

function linearTicks(totalMs: number): readonly Tick[] {
  // The labels of such a journey would be too long.
  if (totalMs >= MAX_EXACT_MS) return [{ position: 0, text: '0' }];
  const step = roundStep(totalMs / TICKS);
  const count = Math.floor(totalMs / step);
  return Array.from({ length: count + 1 }, (_, index) => index * step)
    .filter((ms) => ms <= totalMs * (1 - MIN_TICK_DISTANCE))
    .map((ms) => ({ position: ms / totalMs, text: ms === 0 ? '0' : formatTick(ms, step) }));
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const SECOND = 1_000;

/** Milliseconds: 1, 2 and 5 times powers of ten; above 30 s, round numbers of minutes and hours. */
const STEPS: readonly number[] = [
  ...[-3, -2, -1, 0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
  ...[10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power * HOUR)),
];

function roundStep(ms: number): number {
  return STEPS.find((step) => step >= ms) ?? ms;
}

/** A label has the digits that its step needs: `500 ms`, `1 s`, `1.5 s`. */
function formatTick(ms: number, step: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= size) ?? ([1, 'ms'] as const);
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return `${Number((ms / size).toFixed(Math.min(digits, 6)))} ${unit}`;
}

/** About a century. */
const MAX_EXACT_MS = 1e6 * HOUR;

const UNITS = [
  [HOUR, 'h'],
  [MINUTE, 'min'],
  [SECOND, 's'],
] as const;
