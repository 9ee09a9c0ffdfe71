import { ASYA, ATTR } from '../../telemetry/attributes.ts';
import type { Interval, Journey, Step } from '../../src/cli/trace/journey.ts';
import { printableLine } from '../../src/cli/terminal/printable.ts';
import { formatDuration } from '../../src/cli/trace/duration.ts';
import { padEnd, padStart, type Terminal } from './terminal.ts';

/**
 * A journey, hop by hop, and when each began. What led to several hops has them as branches:
 *
 *     +0.0 ms  ● split    ⇉ 2 envelopes   3.1 ms, runtime 2.0 ms
 *     +4.2 ms  ├─● count  → shout         1.4 ms, runtime 0.9 ms, waited 0.3 ms
 *     +6.9 ms  │ ● shout  → happy-end     …
 *     +4.3 ms  └─✗ count  → error-end     …
 *                  runtime_error: no
 */
export function drawJourneyTree(journey: Journey, terminal: Terminal): string[] {
  const rows = journey.roots.flatMap((root) => rowsOf(hopOf(root), '', ''));
  const nameWidth = Math.max(...rows.map(({ branch, hop }) => branch.length + hop.actor.length));
  const whatWidth = Math.max(...rows.map(({ what }) => what.length));
  return rows.flatMap(({ branch, hop, rest, what }) => {
    const { mark, style } = LOOKS[lookOf(hop)];
    const at = padStart(`+${formatDuration(hop.startMs - journey.startMs)}`, AT_WIDTH);
    const name = padEnd(hop.actor, nameWidth - branch.length);
    const head = terminal.paint('dim', `${at}  ${branch}`) + terminal.paint(style, mark);
    const fate = padEnd(terminal.paint(style, what), whatWidth);
    const line = `${head} ${name}  ${fate}  ${terminal.paint('dim', hop.times)}`;
    return hop.fault === undefined ? [line] : [line, drawFault(hop.fault, rest, terminal)];
  });
}

const AT_WIDTH = 9;

function drawFault(fault: string, rest: string, terminal: Terminal): string {
  const text = `${' '.repeat(AT_WIDTH)}  ${rest}    ${fault}`;
  const cut = text.length > terminal.columns ? `${text.slice(0, terminal.columns - 1)}…` : text;
  return terminal.paint('dim', cut);
}

/** One hop as it is drawn. */
interface Hop {
  readonly actor: string;
  readonly outcome: string;
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
    times: timesOf({ startMs, endMs }, wait, calls),
    next: next.map(hopOf),
  };
}

function timesOf(hop: Interval, wait: Interval | undefined, calls: readonly Interval[]): string {
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
  /** What is drawn before the mark, and on the lines below. */
  readonly branch: string;
  readonly rest: string;
  readonly hop: Hop;
  readonly what: string;
}

/** @param head before the first hop @param rest before those that follow it */
function rowsOf(hop: Hop, head: string, rest: string): Row[] {
  const row: Row = { branch: head, rest, hop, what: whatBecame(hop) };
  const [only, second] = hop.next;
  if (only !== undefined && second === undefined) return [row, ...rowsOf(only, rest, rest)];
  const branches = hop.next.map((next, index) => {
    const isLast = index === hop.next.length - 1;
    return rowsOf(next, `${rest}${isLast ? '└─' : '├─'}`, `${rest}${isLast ? '  ' : '│ '}`);
  });
  return [row, ...branches.flat()];
}

const LOOKS = {
  good: { mark: '●', style: 'green' },
  again: { mark: '↻', style: 'yellow' },
  bad: { mark: '✗', style: 'red' },
  end: { mark: '■', style: 'cyan' },
} as const;

function lookOf({ outcome, fault }: Hop): keyof typeof LOOKS {
  if (outcome === 'retry' || outcome === 'give_back') return 'again';
  if (fault !== undefined) return 'bad';
  return outcome === 'end' ? 'end' : 'good';
}

function whatBecame({ outcome, width, next }: Hop): string {
  const to = next[0]?.actor ?? '?';
  switch (outcome) {
    case 'fanout':
      return `⇉ ${width} envelopes`;
    case 'empty':
      return `→ ${to}, nothing to add`;
    case 'retry':
      return 'again later';
    case 'give_back':
      return 'given back to the queue';
    case 'end':
      return 'arrived';
    default:
      return `→ ${to}`;
  }
}
