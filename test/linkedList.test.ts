import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { LinkedList, type Node } from '../src/linkedList.ts';

test('the list keeps insertion order, whichever nodes are removed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 60 }), (steps) => {
      const list = new LinkedList<number>();
      const expected: Node<number>[] = [];
      steps.forEach((removed, step) => {
        if (removed === null || removed >= expected.length) expected.push(list.add(step));
        else assert.ok(list.remove(...(expected.splice(removed, 1) as [Node<number>])));
        assert.deepEqual([...list], expected);
        assert.equal(list.size, expected.length);
        assert.equal(list.first, expected[0]?.value);
      });
    }),
  );
});

test('a second removal of a node has no effect', () => {
  const list = new LinkedList<string>();
  const node = list.add('a');
  list.add('b');
  assert.equal(list.remove(node), true);
  assert.equal(list.remove(node), false);
  assert.equal(list.size, 1);
});

test('a removed node references no other node', () => {
  const list = new LinkedList<string>();
  const [, middle] = [list.add('a'), list.add('b'), list.add('c')];
  list.remove(middle);
  assert.deepEqual([middle.previous, middle.next], [undefined, undefined]);
});

test('an iteration visits nodes that are removed during the iteration', () => {
  const list = new LinkedList<string>();
  for (const name of ['a', 'b', 'c']) list.add(name);
  const visited: string[] = [];
  for (const node of list) {
    visited.push(node.value);
    list.remove(node);
  }
  assert.deepEqual(visited, ['a', 'b', 'c']);
  assert.equal(list.size, 0);
});
