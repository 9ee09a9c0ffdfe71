import { styleText } from 'node:util';
import { truncate } from '../../unicode.ts';
import { printableLine } from '../terminal/printable.ts';
import { formatDuration } from '../trace/duration.ts';
import type { HopRecord } from './hopRecord.ts';

export interface HopLineOptions {
  /** In columns. Without a width, nothing is cut. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

/**
 * Creates a function that formats a hop as one line of aligned columns:
 *
 *   12:00:01  prep        forward      env-1            38 ms  → infer
 *   12:00:02  infer       retry        env-1           101 ms  runtime_error
 */
export function createHopLineFormat({ width, colour }: HopLineOptions): (hop: HopRecord) => string {
  const widths = widthsFor(width);
  const paint = (style: Style | undefined, text: string): string =>
    colour && style !== undefined && text !== ''
      ? styleText(style, text, { validateStream: false })
      : text;
  return (hop) => {
    const style = STYLES.get(hop.outcome);
    const id = printableLine(hop.id);
    const columns = [
      paint('dim', localTime(hop.time)),
      fit(printableLine(hop.actor), widths.actor, cutEnd),
      paint(style, fit(printableLine(hop.outcome), OUTCOME_WIDTH, cutEnd)),
      fit(id, widths.id, cutMiddle),
      formatDuration(hop.durationMs).padStart(DURATION_WIDTH),
      paint(hop.code === undefined ? undefined : style, cutEnd(detailOf(hop), widths.detail)),
    ];
    return `${columns.join('  ').trimEnd()}\n`;

    function fit(text: string, columnWidth: number, cut: Cut): string {
      return (width === undefined ? text : cut(text, columnWidth)).padEnd(columnWidth);
    }
  };
}

type Style = Parameters<typeof styleText>[0];

/** By outcome; the others have no colour. */
const STYLES: ReadonlyMap<string, Style> = new Map<string, Style>([
  ['end', 'green'],
  ['retry', 'yellow'],
  ['give_back', 'yellow'],
  ['error_end', 'red'],
  ['retry_spent', 'red'],
  ['parked', 'red'],
]);

interface Widths {
  readonly actor: number;
  readonly id: number;
  readonly detail: number;
}

/** The longest outcome is `retry_spent`, and the longest duration `99.9 s` or `999 ms`. */
const OUTCOME_WIDTH = 11;
const DURATION_WIDTH = 7;

/** Together with time, outcome, duration and five gaps, these are 80 columns. */
const NARROW: Widths = { actor: 10, id: 13, detail: 21 };
const NARROW_TOTAL = 80;
/** A UUID has 36 characters. */
const WIDE: Widths = { actor: 24, id: 36, detail: Number.POSITIVE_INFINITY };

/** Gives the columns beyond the 80th to the id, then to the actor, then to the last column. */
function widthsFor(width: number | undefined): Widths {
  if (width === undefined) return { ...NARROW, detail: Number.POSITIVE_INFINITY };
  const spare = Math.max(0, width - NARROW_TOTAL);
  const forId = Math.min(spare, WIDE.id - NARROW.id);
  const forActor = Math.min(spare - forId, WIDE.actor - NARROW.actor);
  return {
    id: NARROW.id + forId,
    actor: NARROW.actor + forActor,
    detail: NARROW.detail + spare - forId - forActor,
  };
}

function localTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8);
}

/**
 * The fault code or the next actor, and the number of a later attempt, as `trace` prints it. The
 * queue of a retry is that of the actor itself.
 */
function detailOf({ outcome, code, next, attempt }: HopRecord): string {
  const result = code ?? (outcome === 'retry' ? 'deferred' : next === undefined ? '' : `→ ${next}`);
  return printableLine(attempt > 1 ? `${result} (${attempt})` : result);
}

type Cut = (text: string, width: number) => string;

function cutEnd(text: string, width: number): string {
  return text.length <= width ? text : `${truncate(text, width - 1)}…`;
}

/** Ids of one producer often begin alike, and those of a fan-out's children end differently. */
function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const start = Math.ceil((width - 1) / 2);
  return `${text.slice(0, start)}…${text.slice(text.length - (width - 1 - start))}`.toWellFormed();
}
