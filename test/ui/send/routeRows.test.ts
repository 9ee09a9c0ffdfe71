import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addRow,
  createRows,
  moveRow,
  namesOf,
  removeRow,
  renameRow,
  type RouteRows,
} from '../../../ui/send/routeRows.ts';

const ROWS = createRows(['price', 'stock', 'ship']);

function names(rows: RouteRows): string[] {
  return rows.map(({ name }) => name);
}

test('a route without actors has one empty row', () => {
  assert.deepEqual(names(createRows([])), ['']);
  assert.deepEqual(namesOf(createRows([])), []);
});

test('a row is added below another one, with a key of its own', () => {
  const rows = addRow(ROWS, 0);
  assert.deepEqual(names(rows), ['price', '', 'stock', 'ship']);
  assert.equal(new Set(rows.map(({ key }) => key)).size, 4);
});

test('the last row is emptied instead of removed', () => {
  assert.deepEqual(names(removeRow(ROWS, 1)), ['price', 'ship']);
  assert.deepEqual(names(removeRow(createRows(['price']), 0)), ['']);
});

test('a moved row keeps its key, and nothing changes at the ends', () => {
  const rows = moveRow(ROWS, 2, -1);
  assert.deepEqual(names(rows), ['price', 'ship', 'stock']);
  assert.equal(rows[1]?.key, ROWS[2]?.key);
  assert.equal(moveRow(ROWS, 0, -1), ROWS);
  assert.equal(moveRow(ROWS, 2, 1), ROWS);
});

test('empty rows at the end are not part of the route; those between names are', () => {
  const rows = addRow(renameRow(ROWS, 1, ' '), 2);
  assert.deepEqual(namesOf(rows), ['price', '', 'ship']);
});
