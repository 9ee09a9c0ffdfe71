import type { Row } from './tally.ts';
import { padEnd, padStart, type Terminal } from './terminal.ts';

const COLUMNS = [
  ['sent', 'sent'],
  ['fanned out', 'fannedOut'],
  ['happy-end', 'happy'],
  ['error-end', 'error'],
  ['lost', 'lost'],
  ['duplicates', 'duplicates'],
  ['astray', 'astray'],
] as const;

/** A row for each kind and one for their sum; what must not be is red. */
export function drawTallyTable(rows: readonly Row[], total: Row, terminal: Terminal): string[] {
  const kindWidth = Math.max(...[...rows, total].map(({ kind }) => kind.length)) + 2;
  const head = COLUMNS.map(([title]) => padStart(title, widthOf(title))).join('');
  const line = (row: Row): string =>
    padEnd(row.kind, kindWidth) +
    COLUMNS.map(([title, field]) => padStart(cell(row, field, terminal), widthOf(title))).join('');
  const rule = terminal.paint('dim', '─'.repeat(kindWidth + head.length));
  return [
    terminal.paint('bold', padEnd('', kindWidth) + head),
    ...rows.map(line),
    rule,
    terminal.paint('bold', line(total)),
  ];
}

function cell(row: Row, field: (typeof COLUMNS)[number][1], terminal: Terminal): string {
  const count = row[field];
  const isFault = (field === 'lost' || field === 'duplicates' || field === 'astray') && count > 0;
  if (isFault) return terminal.paint('red', String(count));
  return count === 0 ? terminal.paint('dim', '0') : String(count);
}

function widthOf(title: string): number {
  return Math.max(title.length, 6) + 2;
}
