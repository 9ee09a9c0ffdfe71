import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';
import {
  isRowSelected,
  NO_ROWS,
  pageState,
  toggleRow,
  togglePage,
  type RowSelection,
} from '../../../ui/errors/list/rowSelection.ts';

/** Five rows of a page that starts at row 10; the fourth one is gone. */
const PAGE: readonly ErrorRow[] = [10, 11, 12, 13, 14].map((row) => ({
  row,
  id: `env-${row}`,
  journey: `env-${row}`,
  text: 'broken',
  sizeBytes: 100,
  ...(row === 13 ? { gone: 'replayed' as const } : {}),
}));

function at(index: number): ErrorRow {
  return PAGE[index] ?? assert.fail();
}

function selected(selection: RowSelection): number[] {
  return PAGE.filter((row) => isRowSelected(selection, row)).map(({ row }) => row);
}

test('a row is selected and deselected', () => {
  const one = toggleRow(NO_ROWS, at(1), PAGE);
  assert.deepEqual(selected(one), [11]);
  assert.deepEqual(selected(toggleRow(one, at(1), PAGE)), []);
});

test('a range extends from the last row in both directions, without rows that are gone', () => {
  const down = toggleRow(toggleRow(NO_ROWS, at(1), PAGE), at(4), PAGE, true);
  assert.deepEqual(selected(down), [11, 12, 14]);
  const up = toggleRow(toggleRow(NO_ROWS, at(4), PAGE), at(0), PAGE, true);
  assert.deepEqual(selected(up), [10, 11, 12, 14]);
});

test('a range deselects when its last row is selected', () => {
  const all = togglePage(NO_ROWS, PAGE);
  const without = toggleRow(toggleRow(all, at(0), PAGE), at(2), PAGE, true);
  assert.deepEqual(selected(without), [14]);
});

test('a range from a row of another page is this row alone', () => {
  const elsewhere = toggleRow(NO_ROWS, { ...at(0), row: 900 }, PAGE);
  const both = toggleRow(elsewhere, at(2), PAGE, true);
  assert.deepEqual(selected(both), [12]);
  assert.equal(both.kind === 'rows' && both.rows.has(900), true);
});

test('a page is selected as a whole, and rows of other pages stay selected', () => {
  const elsewhere = toggleRow(NO_ROWS, { ...at(0), row: 900 }, PAGE);
  const page = togglePage(elsewhere, PAGE);
  assert.equal(pageState(page, PAGE), 'all');
  assert.equal(page.kind === 'rows' && page.rows.size, 5);
  const none = togglePage(page, PAGE);
  assert.equal(pageState(none, PAGE), 'none');
  assert.equal(none.kind === 'rows' && none.rows.size, 1);
  assert.equal(pageState(toggleRow(NO_ROWS, at(2), PAGE), PAGE), 'some');
});

test('without one row, a selection of all that match becomes the other rows of the page', () => {
  const matching: RowSelection = { kind: 'matching' };
  assert.equal(pageState(matching, PAGE), 'all');
  assert.deepEqual(selected(toggleRow(matching, at(1), PAGE)), [10, 12, 14]);
  assert.deepEqual(selected(togglePage(matching, PAGE)), []);
});

test('a message that is gone cannot be selected', () => {
  assert.deepEqual(selected(toggleRow(NO_ROWS, at(3), PAGE)), []);
  assert.equal(isRowSelected({ kind: 'matching' }, at(3)), false);
});
