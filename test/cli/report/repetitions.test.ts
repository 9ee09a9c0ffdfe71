import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Repetitions } from '../../../src/cli/report/repetitions.ts';

test('five lines of each reason are printed, and the number of the others', () => {
  const lines: string[] = [];
  const repetitions = new Repetitions((line) => lines.push(line));
  for (let n = 1; n <= 6; n++) repetitions.add({ name: `a-${n}`, reason: 'full' });
  repetitions.add({ name: 'b', reason: 'gone' }, 'a line of its own');
  repetitions.end();
  repetitions.end();
  assert.deepEqual(lines.slice(4), [
    'a-5: full',
    'a line of its own',
    'and 1 more, the first a-6: full',
  ]);
});

test('many different reasons print twenty lines', () => {
  const lines: string[] = [];
  const repetitions = new Repetitions((line) => lines.push(line));
  for (let n = 1; n <= 2_000; n++) repetitions.add({ name: `a-${n}`, reason: `reason ${n}` });
  repetitions.end();
  assert.equal(lines.length, 21);
  assert.equal(lines[20], 'and 1,980 more, the first a-21: other reasons');
});
