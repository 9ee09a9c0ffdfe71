import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSorting, sortRows, type Column } from '../../../ui/components/column.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Count', cell: ({ count }) => count, compare: (a, b) => a.count - b.count },
];
const ROWS: readonly Row[] = [
  { name: 'a', count: 2 },
  { name: 'b', count: 1 },
  { name: 'c', count: 2 },
];

function namesBy(title: string, isDescending: boolean): string {
  return sortRows(ROWS, COLUMNS, { title, isDescending })
    .map(({ name }) => name)
    .join('');
}

test('rows are sorted by a column, and equal rows keep their order', () => {
  assert.equal(namesBy('Count', false), 'bac');
  assert.equal(namesBy('Count', true), 'acb');
});

test('a column without an order, or that is gone, leaves the rows as they are', () => {
  assert.equal(namesBy('Name', true), 'abc');
  assert.equal(namesBy('constructor', true), 'abc');
});

test('clicks on a head sort up, then down, then not at all', () => {
  const up = nextSorting(undefined, 'Count');
  assert.deepEqual(up, { title: 'Count', isDescending: false });
  const down = nextSorting(up, 'Count');
  assert.deepEqual(down, { title: 'Count', isDescending: true });
  assert.equal(nextSorting(down, 'Count'), undefined);
  assert.deepEqual(nextSorting(down, 'Name'), { title: 'Name', isDescending: false });
});
