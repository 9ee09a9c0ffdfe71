import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';
import { truncate } from '../../unicode.ts';
import { printable } from '../terminal/printable.ts';
import { formatTable, widthOf } from '../terminal/table.ts';
import type { PeekRow } from './peekRow.ts';

/** The columns before the code and the payload. */
const TITLES = ['id', 'journey', 'from', 'age', 'attempt'] as const;
const MESSAGE_TITLES = ['code', 'payload'] as const;

type Lines = readonly (readonly string[])[];

/** The width of the payload that is worth a line of its own. */
const MIN_PAYLOAD_WIDTH = 24;

/**
 * Formats messages as a table: one line each, or two lines on a terminal that is too narrow.
 * @param width in columns; undefined when the output is not a terminal
 */
export function formatPeek(
  rows: readonly PeekRow[],
  nowMs: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const messages = [MESSAGE_TITLES, ...rows.map(messageOf)];
  const full = linesOf(rows, nowMs, Number.POSITIVE_INFINITY);
  const [code] = MESSAGE_TITLES;
  const starts = full.map((line, index) => [...line, messages[index]?.[0] ?? code]);
  const payloadWidth = width - widthOfLines(starts);
  if (payloadWidth >= MIN_PAYLOAD_WIDTH) {
    return formatTable(
      starts.map((line, index) => [...line, shorten(messages[index]?.[1] ?? '', payloadWidth)]),
      ALIGNMENTS,
    );
  }
  return formatTwoLines(fitting(rows, nowMs, width), messages, width);
}

const ALIGNMENTS = ['left', 'left', 'left', 'right', 'right'] as const;

const INDENT = '  ';

/** The code and the payload stand below the other columns. */
function formatTwoLines(lines: Lines, messages: Lines, width: number): string {
  const codes = messages.map(([code = '']) => [`${INDENT}${code}`]);
  const payloadWidth = Math.max(MIN_PAYLOAD_WIDTH, width - widthOfLines(codes));
  const below = codes.map((line, index) => [
    ...line,
    shorten(messages[index]?.[1] ?? '', payloadWidth),
  ]);
  const [first, second] = [formatTable(lines, ALIGNMENTS), formatTable(below)].map((text) =>
    text.trimEnd().split('\n'),
  );
  return (first ?? []).map((line, index) => `${line}\n${second?.[index] ?? ''}\n`).join('');
}

/** The lengths of ids, from the widest form to the narrowest; `errors show` accepts their start. */
const ID_LENGTHS = [36, 16, 8];

function fitting(rows: readonly PeekRow[], nowMs: number, width: number): Lines {
  const forms = ID_LENGTHS.map((length) => linesOf(rows, nowMs, length));
  return forms.find((lines) => widthOfLines(lines) <= width + GAP) ?? forms.at(-1) ?? [];
}

function linesOf(rows: readonly PeekRow[], nowMs: number, idLength: number): Lines {
  const lines = rows.map(({ id, journey = '-', from = '-', publishedAtMs, attempt }) => [
    shorten(printable(id), idLength + 1),
    shorten(printable(journey), idLength + 1),
    shorten(printable(from), MAX_NAME_LENGTH),
    formatAge(publishedAtMs, nowMs),
    String(attempt),
  ]);
  return [TITLES, ...lines];
}

/** Longer names of actors are cut. */
const MAX_NAME_LENGTH = 40;

function messageOf({ code = '-', payload }: PeekRow): readonly string[] {
  return [printable(code), payload];
}

/** The number of columns between two columns of a table. */
const GAP = 2;

/** Includes the gap before the next column. */
function widthOfLines(lines: Lines): number {
  const [line = ''] = formatTable(lines.map((cells) => [...cells, '|'])).split('\n');
  return widthOf(line) - '|'.length;
}

function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${truncate(text, maxLength - 1)}…`;
}

const UNITS = [
  { unitMs: DAY, name: 'd' },
  { unitMs: HOUR, name: 'h' },
  { unitMs: MINUTE, name: 'm' },
] as const;

/** `5s`, `12m`, `3h` or `40d`; a time in the future counts as now. */
function formatAge(timeMs: number | undefined, nowMs: number): string {
  if (timeMs === undefined) return '-';
  const ageMs = Math.max(0, nowMs - timeMs);
  const { unitMs, name } = UNITS.find((unit) => ageMs >= unit.unitMs) ?? SECONDS;
  return `${Math.floor(ageMs / unitMs)}${name}`;
}

const SECONDS = { unitMs: SECOND, name: 's' } as const;
