import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { LinkedList, type Node } from '../src/linkedList.ts';

test('has those who are here, the oldest first, whoever leaves in whichever order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 60 }), (steps) => {
      const roll = new LinkedList<number>();
      const expected: Node<number>[] = [];
      steps.forEach((leaver, step) => {
        if (leaver === null || leaver >= expected.length) expected.push(roll.add(step));
        else assert.ok(roll.remove(...(expected.splice(leaver, 1) as [Node<number>])));
        assert.deepEqual([...roll], expected);
        assert.equal(roll.size, expected.length);
        assert.equal(roll.first, expected[0]?.value);
      });
    }),
  );
});

test('who leaves twice leaves once', () => {
  const roll = new LinkedList<string>();
  const place = roll.add('a');
  roll.add('b');
  assert.equal(roll.remove(place), true);
  assert.equal(roll.remove(place), false);
  assert.equal(roll.size, 1);
});

test('who leaves points to nobody, so that nobody is kept by it', () => {
  const roll = new LinkedList<string>();
  const [, middle] = [roll.add('a'), roll.add('b'), roll.add('c')];
  roll.remove(middle);
  assert.deepEqual([middle.previous, middle.next], [undefined, undefined]);
});

test('whoever leaves while those who are here are told does not stop the telling', () => {
  const roll = new LinkedList<string>();
  for (const name of ['a', 'b', 'c']) roll.add(name);
  const told: string[] = [];
  for (const place of roll) {
    told.push(place.value);
    roll.remove(place);
  }
  assert.deepEqual(told, ['a', 'b', 'c']);
  assert.equal(roll.size, 0);
});
