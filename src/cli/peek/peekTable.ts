import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';
import { truncate } from '../../unicode.ts';
import { printable } from '../terminal/printable.ts';
import { formatTable, widthOf } from '../terminal/table.ts';
import type { PeekRow } from './peekRow.ts';

const TITLES = ['id', 'journey', 'from', 'age', 'attempt', 'code', 'payload'] as const;

/** How much of the other columns is shown, from the widest form to the narrowest. */
const FORMS: readonly Form[] = [
  { idLength: 36, nameLength: 255 },
  { idLength: 8, nameLength: 24 },
  { idLength: 8, nameLength: 12 },
];

interface Form {
  /** Longer ids are cut; `errors show` accepts the start of an id. */
  readonly idLength: number;
  /** Longer actor names and codes are cut. */
  readonly nameLength: number;
}

/** The width of the payload for which the other columns are cut. */
const PAYLOAD_WIDTH = 24;
const MIN_PAYLOAD_WIDTH = 12;

/**
 * Formats messages as a table with one line each.
 * @param width in columns; undefined when the output is not a terminal
 */
export function formatPeek(
  rows: readonly PeekRow[],
  nowMs: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const forms = FORMS.map((form) => {
    const lines = [TITLES.slice(0, -1), ...rows.map((row) => startOf(row, form, nowMs))];
    return { lines, payloadWidth: width - widthOfLines(lines) };
  });
  const fitting = forms.find(({ payloadWidth }) => payloadWidth >= PAYLOAD_WIDTH) ?? forms.at(-1);
  const { lines, payloadWidth } = fitting ?? { lines: [], payloadWidth: 0 };
  const payloads = ['payload', ...rows.map(({ payload }) => payload)];
  const cut = Math.max(payloadWidth, MIN_PAYLOAD_WIDTH);
  return formatTable(
    lines.map((line, index) => [...line, shorten(payloads[index] ?? '', cut)]),
    ['left', 'left', 'left', 'right', 'right'],
  );
}

function startOf(row: PeekRow, { idLength, nameLength }: Form, nowMs: number): readonly string[] {
  const { id, journey = '-', from = '-', publishedAtMs, attempt, code = '-' } = row;
  return [
    shorten(printable(id), idLength + 1),
    shorten(printable(journey), idLength + 1),
    shorten(printable(from), nameLength),
    formatAge(publishedAtMs, nowMs),
    String(attempt),
    shorten(printable(code), nameLength),
  ];
}

/** Includes the gap before the next column. */
function widthOfLines(lines: readonly (readonly string[])[]): number {
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
