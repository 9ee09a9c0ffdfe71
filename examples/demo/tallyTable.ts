import { formatTable, widthOf } from '../../src/cli/terminal/table.ts';
import type { Screen } from './screen.ts';
import type { Row } from './tally.ts';

const COLUMNS = [
  ['sent', 'sent'],
  ['fanned out', 'fannedOut'],
  ['happy-end', 'happy'],
  ['error-end', 'error'],
  ['lost', 'lost'],
  ['duplicates', 'duplicates'],
  ['unexpected', 'unexpected'],
] as const;

type Field = (typeof COLUMNS)[number][1];

const FAULTS: ReadonlySet<Field> = new Set(['lost', 'duplicates', 'unexpected']);

/** Draws a row for each scenario and one for the total. Faults are red. */
export function drawTallyTable(rows: readonly Row[], total: Row, screen: Screen): string[] {
  const head = ['', ...COLUMNS.map(([title]) => title)];
  const body = [...rows, total].map((row) => [
    row.scenario,
    ...COLUMNS.map(([, field]) => formatCount(row[field], FAULTS.has(field), screen)),
  ]);
  const table = formatTable([head, ...body], ['left', ...COLUMNS.map(() => 'right' as const)]);
  const lines = table.trimEnd().split('\n');
  const rule = '─'.repeat(Math.max(...lines.map(widthOf)));
  const [first = '', last = ''] = [lines.at(0), lines.at(-1)];
  return [
    screen.paint('bold', first),
    ...lines.slice(1, -1),
    screen.paint('dim', rule),
    screen.paint('bold', last),
  ];
}

function formatCount(count: number, isFault: boolean, screen: Screen): string {
  if (count === 0) return screen.paint('dim', '0');
  return isFault ? screen.paint('red', String(count)) : String(count);
}
