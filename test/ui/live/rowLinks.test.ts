import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HopRow } from '../../../ui/live/hopLog.ts';
import { linkAt, linkTowards } from '../../../ui/live/rowLinks.ts';
import { hop } from './hops.ts';

/** `h` is a hop, `-` a row without a link. */
function rowsOf(text: string): readonly HopRow[] {
  return Array.from(text, (letter, key) =>
    letter === 'h' ? { kind: 'hop', key, hop: hop(key) } : { kind: 'restart', key },
  );
}

test('the tab key reaches the row of the last focus, or the nearest one in the document', () => {
  const rows = rowsOf('-hh-h-');
  const at = (wanted: number, first = 0, end = 6): number | undefined =>
    linkAt(rows, { wanted, first, end });
  assert.deepEqual([at(0), at(2), at(3), at(5)], [1, 2, 4, 4]);
  assert.deepEqual([at(0, 2, 4), at(5, 0, 3), at(0, 3, 4)], [2, 2, undefined]);
  assert.equal(linkAt([], { wanted: 0, first: 0, end: 0 }), undefined);
});

test('a key leads over rows without a link, and stays at the last link', () => {
  const rows = rowsOf('-h-h-');
  assert.equal(linkTowards(rows, 1, 2), 3);
  assert.equal(linkTowards(rows, 3, 2), 1);
  assert.equal(linkTowards(rows, 3, 4), 3);
  assert.equal(linkTowards(rows, 1, 0), 1);
});
