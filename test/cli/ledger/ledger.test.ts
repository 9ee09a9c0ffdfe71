import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  createLedger,
  isBalanced,
  type Entry,
  type Ledger,
} from '../../../src/cli/ledger/ledger.ts';
import type { FanoutMark } from '../../../src/cli/ledger/fanouts.ts';

test('books in which every envelope reached an end are balanced', () => {
  const ledger = setup(['a', 'b', 'c']);
  ledger.arrived(plain('a'));
  ledger.arrived(plain('b'), 'runtime_error');
  ledger.arrived(plain('c'), 'runtime_error');
  const account = ledger.account();
  assert.ok(isBalanced(account));
  assert.equal(account.sent, 3);
  assert.equal(account.happy, 1);
  assert.deepEqual([...account.errors], [['runtime_error', 2]]);
});

test('an envelope that is nowhere is lost', () => {
  const ledger = setup(['a', 'b']);
  ledger.arrived(plain('a'));
  const account = ledger.account();
  assert.deepEqual(account.lost, ['b']);
  assert.ok(!isBalanced(account));
});

test('an envelope that stands in a queue is stuck, not lost', () => {
  const ledger = setup(['a']);
  ledger.waiting(plain('a'));
  const account = ledger.account();
  assert.deepEqual([account.lost, account.stuck], [[], ['a']]);
  assert.ok(!isBalanced(account));
});

test('a child of a fan-out that did not arrive is lost', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.arrived(child('a.1.2', { of: 'a', hop: 1, total: 3 }));
  const account = ledger.account();
  assert.deepEqual(account.lost, ['a.1.1']);
  assert.deepEqual(account.fanout, { expected: 3, received: 2 });
});

test('the first child of a fan-out is missed by the id that it keeps', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a.0.1', { of: 'a', hop: 0, total: 2 }));
  assert.deepEqual(ledger.account().lost, ['a']);
});

test('a branch that fanned out again is missed, though only its cousins arrived', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a', { of: 'a', hop: 0, total: 3 }));
  ledger.arrived(child('a.0.2', { of: 'a.0.2', hop: 1, total: 2 }));
  ledger.arrived(child('a.0.2.1.1', { of: 'a.0.2', hop: 1, total: 2 }));
  assert.deepEqual(ledger.account().lost, ['a.0.1']);
});

test('what a fan-out is known by only through grandchildren is said to be of unknown width', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.arrived(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.arrived(child('a.0.1', { of: 'a.0.1', hop: 1, total: 2 }));
  ledger.arrived(child('a.0.1.1.1', { of: 'a.0.1', hop: 1, total: 2 }));
  const account = ledger.account();
  assert.equal(account.fanoutsOfUnknownWidth, 1);
  assert.ok(isBalanced(account));
});

test('a child that waits for its parent in a queue is stuck', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.waiting(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  assert.deepEqual(ledger.account().stuck, ['a.1.1']);
});

test('a second copy that nothing explains is found', () => {
  const ledger = setup(['a']);
  ledger.arrived(plain('a'));
  ledger.arrived(plain('a'));
  const account = ledger.account();
  assert.deepEqual(account.unexplained, ['a']);
  assert.ok(!isBalanced(account));
});

test('copies at both ends are copies', () => {
  const ledger = setup(['a']);
  ledger.arrived(plain('a'));
  ledger.arrived(plain('a'), 'runtime_error');
  assert.deepEqual(ledger.account().unexplained, ['a']);
});

test('a reason explains one copy of each branch that came after it, and no more', () => {
  const ledger = setup(['a']);
  const fanout = { of: 'a', hop: 1, total: 2 };
  for (let copy = 0; copy < 2; copy++) {
    ledger.arrived(child('a', fanout));
    ledger.arrived(child('a.1.1', fanout));
  }
  ledger.mayRepeat('a', 'delivered again');
  assert.ok(isBalanced(ledger.account()));
  ledger.arrived(child('a.1.1', fanout));
  assert.deepEqual(ledger.account().unexplained, ['a.1.1']);
  assert.deepEqual([...ledger.account().explained], [['delivered again', 2]]);
});

test('what happened to a child explains no copy of its sibling', () => {
  const ledger = setup(['a']);
  const fanout = { of: 'a', hop: 1, total: 3 };
  for (const id of ['a', 'a.1.1', 'a.1.2', 'a.1.2']) ledger.arrived(child(id, fanout));
  ledger.mayRepeat('a.1.1', 'delivered again');
  assert.deepEqual(ledger.account().unexplained, ['a.1.2']);
});

test('an envelope that a producer sent twice may arrive twice', () => {
  const ledger = setup(['a', 'a']);
  ledger.arrived(plain('a'));
  ledger.arrived(plain('a'));
  const account = ledger.account();
  assert.equal(account.sent, 1);
  assert.deepEqual([...account.explained], [['sent more than once', 1]]);
  assert.ok(isBalanced(account));
});

test('what nobody sent is a stranger, and its fan-out is nobody’s loss', () => {
  const ledger = setup(['a']);
  ledger.arrived(plain('a'));
  ledger.arrived(child('b', { of: 'b', hop: 0, total: 5 }));
  const account = ledger.account();
  assert.deepEqual([account.strangers, account.lost], [['b'], []]);
});

test('a runtime that was asked twice may have answered another number', () => {
  const ledger = setup(['a']);
  ledger.arrived(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.arrived(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.arrived(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.mayRepeat('a', 'delivered again');
  assert.ok(isBalanced(ledger.account()));
});

test('in any tree of fan-outs that the logs tell, each single leaf that is taken away is missed', () => {
  fc.assert(
    fc.property(tree, fc.nat(), (root, pick) => {
      const ledger = setup(['env.1']);
      const leaves = grow('env.1', root, 0, (fanout) => ledger.fannedOut(fanout));
      const missing = leaves[pick % leaves.length];
      for (const leaf of leaves) if (leaf !== missing) ledger.arrived(leaf);
      assert.deepEqual(ledger.account().lost, [missing?.id]);
    }),
  );
});

test('in any tree of fan-outs, nothing is missed when all leaves arrive', () => {
  fc.assert(
    fc.property(tree, (root) => {
      const ledger = setup(['env.1']);
      for (const leaf of grow('env.1', root, 0, () => {})) ledger.arrived(leaf);
      assert.ok(isBalanced(ledger.account()));
    }),
  );
});

function setup(sent: readonly string[]): Ledger {
  const ledger = createLedger();
  for (const id of sent) ledger.sent(plain(id));
  return ledger;
}

function plain(id: string): Entry {
  return { id, fanout: undefined };
}

function child(id: string, fanout: NonNullable<Entry['fanout']>): Entry {
  return { id, fanout };
}

/** How many hops a branch makes before it fans out, and into what; none: a leaf. */
interface Tree {
  readonly hops: number;
  readonly children: readonly Tree[];
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    hops: fc.nat(2),
    children: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constant([]),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    ),
  }),
}));

/** The leaves, with the ids and marks that sidecars give; each fan-out is told. */
function grow(
  id: string,
  { hops, children }: Tree,
  at: number,
  onFanout: (fanout: FanoutMark) => void,
  fanout?: FanoutMark,
): Entry[] {
  if (children.length === 0) return [{ id, fanout }];
  const hop = at + hops;
  const mark = { of: id, hop, total: children.length };
  onFanout(mark);
  return children.flatMap((subtree, index) =>
    grow(index === 0 ? id : `${id}.${hop}.${index}`, subtree, hop + 1, onFanout, mark),
  );
}
