import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from '../../../../ui/pipeline/graph/layout.ts';
import { isArrowKey, neighbourOf } from '../../../../ui/pipeline/graph/neighbour.ts';

const { nodes } = layOut(
  ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'actor' as const })),
  [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
  ],
  'right',
);

test('the arrow keys lead along the flow and between its branches', () => {
  assert.equal(neighbourOf(nodes, 'b', 'ArrowLeft'), 'a');
  assert.equal(neighbourOf(nodes, 'b', 'ArrowRight'), 'd');
  const [upper = '', lower = ''] = nodes
    .filter(({ name }) => name === 'b' || name === 'c')
    .toSorted((a, b) => a.top - b.top)
    .map(({ name }) => name);
  assert.equal(neighbourOf(nodes, upper, 'ArrowDown'), lower);
  assert.equal(neighbourOf(nodes, lower, 'ArrowUp'), upper);
});

test('an arrow key leads nowhere at the border of the graph', () => {
  assert.equal(neighbourOf(nodes, 'a', 'ArrowLeft'), undefined);
  assert.equal(neighbourOf(nodes, 'd', 'ArrowRight'), undefined);
});

test('only the four arrow keys are arrow keys', () => {
  assert.deepEqual(['ArrowUp', 'Enter', 'constructor'].map(isArrowKey), [true, false, false]);
});
