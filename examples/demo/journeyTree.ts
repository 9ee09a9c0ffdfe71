import { printableLine } from '../../src/cli/terminal/printable.ts';
import { formatTable } from '../../src/cli/terminal/table.ts';
import { formatDuration } from '../../src/cli/trace/duration.ts';
import type { Journey } from '../../src/cli/trace/journeys/journey.ts';
import type { Interval, Step } from '../../src/cli/trace/journeys/steps.ts';
import { ASYA, ATTR } from '../../telemetry/attributes.ts';
import type { Screen } from './screen.ts';

/**
 * Draws the hops of a journey with their start times. A hop that led to several hops has branches:
 *
 *     +0.0 ms  ● split    ⇉ 2 envelopes   3.1 ms, runtime 2.0 ms
 *     +4.2 ms  ├─● count  → shout         1.4 ms, runtime 0.9 ms, waited 0.3 ms
 *     +6.9 ms  │ ● shout  → happy-end     …
 *     +4.3 ms  └─✗ count  → error-end     …
 *                  runtime_error: no
 */
export function drawJourneyTree(journey: Journey, screen: Screen): string[] {
  const rows = journey.roots.flatMap((root) => rowsOf(hopOf(root), '', ''));
  const cells = rows.map(({ branch, hop }) => {
    const { mark, style } = LOOKS[lookOf(hop)];
    const start = `+${formatDuration(hop.startMs - journey.startMs)}`.padStart(START_WIDTH);
    return [
      screen.paint('dim', start),
      `${screen.paint('dim', branch)}${screen.paint(style, mark)} ${hop.actor}`,
      screen.paint(style, describeOutcome(hop)),
      screen.paint('dim', hop.times),
    ];
  });
  const lines = formatTable(cells).split('\n');
  return rows.flatMap(({ indent, hop }, index) => {
    const line = lines[index] ?? '';
    return hop.fault === undefined ? [line] : [line, drawFault(hop.fault, indent, screen)];
  });
}

const START_WIDTH = 9;

function drawFault(fault: string, indent: string, screen: Screen): string {
  const text = `${' '.repeat(START_WIDTH)}  ${indent}    ${fault}`;
  const cut = text.length > screen.columns ? `${text.slice(0, screen.columns - 1)}…` : text;
  return screen.paint('dim', cut);
}

/** The values of a hop that are drawn. */
interface Hop {
  readonly actor: string;
  readonly outcome: string;
  /** Number of fan-out children. */
  readonly width: number;
  readonly fault: string | undefined;
  readonly startMs: number;
  readonly times: string;
  readonly next: readonly Hop[];
}

function hopOf({ span, wait, calls, next }: Step): Hop {
  const { attributes, startMs, endMs } = span;
  const code = attributes.get(ATTR.errorType);
  return {
    actor: printableLine(String(attributes.get(ASYA.actor))),
    outcome: String(attributes.get(ASYA.outcome)),
    width: Number(attributes.get(ASYA.fanoutSize) ?? 1),
    fault: code === undefined ? undefined : `${String(code)}: ${printableLine(span.message ?? '')}`,
    startMs,
    times: formatTimes({ startMs, endMs }, wait, calls),
    next: next.map(hopOf),
  };
}

function formatTimes(
  hop: Interval,
  wait: Interval | undefined,
  calls: readonly Interval[],
): string {
  const parts = [formatDuration(lengthOf(hop))];
  const [call] = calls;
  if (call !== undefined) parts.push(`runtime ${formatDuration(lengthOf(call))}`);
  if (wait !== undefined) parts.push(`waited ${formatDuration(lengthOf(wait))}`);
  return parts.join(', ');
}

function lengthOf({ startMs, endMs }: Interval): number {
  return endMs - startMs;
}

interface Row {
  /** The branch in front of the mark. */
  readonly branch: string;
  /** The branches of the lines below. */
  readonly indent: string;
  readonly hop: Hop;
}

/** @param branch in front of the hop @param indent in front of the hops that follow it */
function rowsOf(hop: Hop, branch: string, indent: string): Row[] {
  const row: Row = { branch, indent, hop };
  const [only, second] = hop.next;
  if (only !== undefined && second === undefined) return [row, ...rowsOf(only, indent, indent)];
  const branches = hop.next.map((next, index) => {
    const isLast = index === hop.next.length - 1;
    return rowsOf(next, `${indent}${isLast ? '└─' : '├─'}`, `${indent}${isLast ? '  ' : '│ '}`);
  });
  return [row, ...branches.flat()];
}

const LOOKS = {
  forwarded: { mark: '●', style: 'green' },
  repeated: { mark: '↻', style: 'yellow' },
  failed: { mark: '✗', style: 'red' },
  arrived: { mark: '■', style: 'cyan' },
} as const;

function lookOf({ outcome, fault }: Hop): keyof typeof LOOKS {
  if (outcome === 'retry' || outcome === 'give_back') return 'repeated';
  if (fault !== undefined) return 'failed';
  return outcome === 'end' ? 'arrived' : 'forwarded';
}

function describeOutcome({ outcome, width, next }: Hop): string {
  const to = next[0]?.actor ?? '?';
  switch (outcome) {
    case 'fanout':
      return `⇉ ${width} envelopes`;
    case 'empty':
      return `→ ${to} (empty reply)`;
    case 'retry':
      return 'retried later';
    case 'give_back':
      return 'returned to the queue';
    case 'end':
      return 'arrived';
    default:
      return `→ ${to}`;
  }
}
