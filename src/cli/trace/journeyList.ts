import { printable } from '../terminal/printable.ts';
import { shortenId } from './shortId.ts';
import { formatTable, widthOf } from '../terminal/table.ts';
import { truncate } from '../../unicode.ts';
import { formatDuration } from './duration.ts';
import type { Journey } from './journeys/journey.ts';

/**
 * Formats journeys as a table, the oldest first.
 * @param limit the number of the newest journeys to list
 * @param width in columns; undefined when the output is not a terminal
 */
export function formatJourneyList(
  journeys: readonly Journey[],
  limit: number,
  width: number | undefined,
): string {
  const listed = journeys.slice(-limit);
  const starts = [TITLES, ...listed.map(startOf)];
  const idWidth = width === undefined ? Number.POSITIVE_INFINITY : widthAfter(starts, width);
  // The last column, because an id may be long.
  const ids = ['journey', ...listed.map(({ id }) => shortenId(printable(id), idWidth))];
  const table = formatTable(starts.map((cells, row) => [...cells, ids[row] ?? '']));
  return `${table}\n${notesOn(listed, journeys.length - listed.length).join('\n')}\n`;
}

const TITLES: readonly string[] = ['began', 'duration', 'hops', 'ended at'];

const MIN_ID_WIDTH = 13;
/** A line of 80 columns has room for the shortest id. */
const MAX_STATE_WIDTH = 25;

function startOf({ hops, ends, pending, startMs, endMs }: Journey): readonly string[] {
  const waits = [...new Set(pending.map(({ actor }) => actor))];
  const states = [...ends, ...(waits.length === 0 ? [] : [`waits for ${waits.join(', ')}`])];
  const state = printable(states.length === 0 ? 'under way' : states.join(', '));
  return [
    new Date(startMs).toISOString(),
    formatDuration(endMs - startMs),
    String(hops),
    state.length <= MAX_STATE_WIDTH ? state : `${truncate(state, MAX_STATE_WIDTH - 1)}…`,
  ];
}

/** The width that is left for the id. */
function widthAfter(starts: readonly (readonly string[])[], width: number): number {
  const [line = ''] = formatTable(starts.map((cells) => [...cells, '|'])).split('\n');
  return Math.max(MIN_ID_WIDTH, width - widthOf(line) + '|'.length);
}

function notesOn(listed: readonly Journey[], omitted: number): readonly string[] {
  const isWaiting = listed.some(({ pending }) => pending.length > 0);
  return [
    ...(omitted === 0
      ? []
      : [`the newest ${listed.length} of ${listed.length + omitted} journeys`]),
    ...(isWaiting ? ['"waits for ACTOR": these files have no later hop that ended there'] : []),
    'draw one with --journey ID',
  ];
}
