import { truncate, truncatedCopy } from '../../unicode.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { fitIds } from '../report/fitIds.ts';
import { formatTable, widthOf } from '../terminal/table.ts';
import { timeOfFailure, type FailedMessage } from '../failures/failedMessage.ts';
import type { ErrorGroup } from '../failures/groups.ts';

/**
 * Formats groups as a table with two lines each: the count, the first failure, the code and the
 * text; below them the last failure, the actor and the envelope id of an example.
 * @param width in columns; undefined when the output is not a terminal
 */
export function formatGroups(groups: readonly ErrorGroup[], width: number | undefined): string {
  const lines = [GROUP_TITLES, ...groups.map(linesOf)].flat();
  const textWidth = widthAfter(lines.map(withoutLast), width);
  return formatTable(
    lines.map((line, row) =>
      cutLast(line, row % 2 === 0 ? textWidth : Math.max(textWidth, UUID_LENGTH)),
    ),
    ['right'],
  );
}

/**
 * Formats messages as a table with one line each. Long ids are cut to leave space for the text;
 * without space, the text is omitted.
 */
export function formatEach(messages: readonly ErrorRow[], width: number | undefined): string {
  const lines = [EACH_TITLES, ...messages.map(lineOf)];
  const space = width === undefined ? undefined : width - GAP - MIN_TEXT_WIDTH;
  const starts = fitIds(lines.map(withoutLast), ID_COLUMN, space);
  const textWidth = widthAfter(starts, width);
  if (textWidth < MIN_TEXT_WIDTH) return formatTable(starts);
  return formatTable(
    starts.map((start, row) => cutLast([...start, lines[row]?.at(-1) ?? ''], textWidth)),
  );
}

/** One line of `formatEach`, without the message. */
export interface ErrorRow extends Pick<FailedMessage, 'id' | 'actor' | 'code' | 'text'> {
  readonly timeMs: number | undefined;
}

export function rowOf(message: FailedMessage): ErrorRow {
  const { id, actor, code, text } = message;
  const timeMs = timeOfFailure(message);
  return { id, actor, code, text: truncatedCopy(text, MAX_TEXT_WIDTH), timeMs };
}

/** The longest text of a line that does not go to a terminal. */
const MAX_TEXT_WIDTH = 200;

const MIN_TEXT_WIDTH = 12;

/** An id of this length is never cut, so that it can be copied. */
const UUID_LENGTH = 36;

const GROUP_TITLES: readonly (readonly string[])[] = [
  ['count', 'first (UTC)', 'code', 'text'],
  ['', 'last', 'actor', 'example'],
];

/** The position of the id in a line of `formatEach`. */
const ID_COLUMN = 1;

/** The number of columns between two columns of a table. */
const GAP = 2;

const EACH_TITLES: readonly string[] = ['failed (UTC)', 'envelope', 'actor', 'code', 'text'];

function linesOf(group: ErrorGroup): readonly (readonly string[])[] {
  const { count, firstMs, lastMs, code = '-', actor = '-', text, example } = group;
  return [
    [String(count), formatTime(firstMs, 'minute'), printable(code), printableLine(text)],
    ['', formatTime(lastMs, 'minute'), printable(actor), printable(example)],
  ];
}

function lineOf({ timeMs, id, actor = '-', code = '-', text }: ErrorRow): readonly string[] {
  const cells = [id, actor, code].map(printable);
  return [formatTime(timeMs, 'second'), ...cells, printableLine(text)];
}

const TIME_LENGTHS = { minute: '11-29 14:58'.length, second: '11-29 14:58:01'.length };

function formatTime(timeMs: number | undefined, unit: keyof typeof TIME_LENGTHS): string {
  if (timeMs === undefined) return '-';
  const start = '2026-'.length;
  const text = new Date(timeMs).toISOString().replace('T', ' ');
  return text.slice(start, start + TIME_LENGTHS[unit]);
}

function withoutLast(cells: readonly string[]): readonly string[] {
  return cells.slice(0, -1);
}

/** The width that is left for a further column. */
function widthAfter(lines: readonly (readonly string[])[], width: number | undefined): number {
  if (width === undefined) return MAX_TEXT_WIDTH;
  const [line = ''] = formatTable(lines.map((cells) => [...cells, '|'])).split('\n');
  return width - widthOf(line) + '|'.length;
}

/** Truncates the last cell, but not to less than `MIN_TEXT_WIDTH`. */
function cutLast(cells: readonly string[], width: number): readonly string[] {
  const text = cells.at(-1) ?? '';
  const maxWidth = Math.max(width, MIN_TEXT_WIDTH);
  if (text.length <= maxWidth) return cells;
  return [...withoutLast(cells), `${truncate(text, maxWidth - 1)}…`];
}
