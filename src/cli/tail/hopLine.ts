import { styleText } from 'node:util';
import { truncate } from '../../unicode.ts';
import { printableLine } from '../terminal/printable.ts';
import { shortenId } from '../trace/shortId.ts';
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
    const hasReason = (hop.code ?? hop.reason) !== undefined;
    const columns = [
      paint('dim', localTime(hop.time)),
      fit(printableLine(hop.actor), widths.actor, cutEnd),
      paint(style, fit(printableLine(hop.outcome), OUTCOME_WIDTH, cutEnd)),
      fit(id, widths.id, shortenId),
      formatDuration(hop.durationMs).padStart(DURATION_WIDTH),
      paint(hasReason ? style : undefined, cutEnd(detailOf(hop), widths.detail)),
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
 * The reason, the fault code or the next actor, the number of a later attempt, as `trace` prints
 * it, and whether the envelope was called alone after its batch. The queue of a retry is that of
 * the actor itself.
 */
function detailOf(hop: HopRecord): string {
  const { outcome, code, reason = code, next, attempt, isAlone } = hop;
  const target = next === undefined ? '' : `→ ${next}`;
  const result = reason ?? (outcome === 'retry' ? 'deferred' : target);
  const notes = [...(attempt > 1 ? [attempt] : []), ...(isAlone === true ? ['alone'] : [])];
  return printableLine(notes.length === 0 ? result : `${result} (${notes.join(', ')})`);
}

type Cut = (text: string, width: number) => string;

function cutEnd(text: string, width: number): string {
  return text.length <= width ? text : `${truncate(text, width - 1)}…`;
}
