import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JourneyRow } from '../../../src/cli/ui/journey/contract.ts';
import { moveOf, visibleRows } from '../../../ui/journey/rowTree.ts';

/** Rows whose names and keys are given with their indentation. */
function tree(...lines: readonly string[]): readonly JourneyRow[] {
  return lines.map((line) => {
    const name = line.trim();
    return { kind: 'hop', key: name, depth: (line.length - name.length) / 2, name, parts: [] };
  });
}

const ROWS = tree('a', '  b', '    c', '  d', 'e');

function shown(collapsed: readonly string[]) {
  return visibleRows(ROWS, new Set(collapsed));
}

const names = (collapsed: readonly string[]): string =>
  shown(collapsed)
    .map(({ row }) => row.name)
    .join('');

test('the rows below a collapsed row are hidden', () => {
  assert.equal(names([]), 'abcde');
  assert.equal(names(['b']), 'abde');
  assert.equal(names(['a']), 'ae');
  assert.equal(names(['a', 'b']), 'ae');
  assert.equal(names(['c', 'e']), 'abcde');
});

test('a row knows whether it has children, and whether they are hidden', () => {
  assert.deepEqual(
    shown(['b']).map(({ hasChildren, isCollapsed }) => [hasChildren, isCollapsed]),
    [
      [true, false],
      [true, true],
      [false, false],
      [false, false],
    ],
  );
});

const MOVES: readonly (readonly [key: string, index: number, expected: unknown])[] = [
  ['ArrowDown', 0, { kind: 'focus', index: 1 }],
  ['ArrowDown', 4, { kind: 'focus', index: 4 }],
  ['ArrowUp', 0, { kind: 'focus', index: 0 }],
  ['End', 0, { kind: 'focus', index: 4 }],
  ['Home', 3, { kind: 'focus', index: 0 }],
  ['PageDown', 1, { kind: 'focus', index: 4 }],
  ['PageUp', 3, { kind: 'focus', index: 0 }],
  ['ArrowRight', 0, { kind: 'focus', index: 1 }],
  ['ArrowRight', 2, undefined],
  ['ArrowLeft', 0, { kind: 'toggle' }],
  ['ArrowLeft', 2, { kind: 'focus', index: 1 }],
  ['ArrowLeft', 3, { kind: 'focus', index: 0 }],
  ['ArrowLeft', 4, { kind: 'focus', index: 4 }],
  ['x', 0, undefined],
];

test('the keys move as in a tree grid', () => {
  for (const [key, index, expected] of MOVES) {
    assert.deepEqual(moveOf(key, shown([]), index), expected, `${key} ${index}`);
  }
  assert.deepEqual(moveOf('ArrowRight', shown(['a']), 0), { kind: 'toggle' });
  assert.deepEqual(moveOf('ArrowLeft', shown(['a']), 0), { kind: 'focus', index: 0 });
  assert.equal(moveOf('ArrowDown', [], 0), undefined);
});
