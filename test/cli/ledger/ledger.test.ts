import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Ledger, type TrackedEnvelope } from '../../../src/cli/ledger/ledger.ts';
import { isBalanced } from '../../../src/cli/ledger/reconcile.ts';
import type { FanoutMark } from '../../../src/cli/ledger/fanouts.ts';

test('books in which every envelope reached an end are balanced', () => {
  const ledger = setup(['a', 'b', 'c']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('b'), 'runtime_error');
  ledger.recordArrival(plain('c'), 'runtime_error');
  const account = ledger.reconcile();
  assert.ok(isBalanced(account));
  assert.equal(account.sent, 3);
  assert.equal(account.happy, 1);
  assert.deepEqual([...account.errors], [['runtime_error', 2]]);
});

test('an envelope that is nowhere is lost', () => {
  const ledger = setup(['a', 'b']);
  ledger.recordArrival(plain('a'));
  const account = ledger.reconcile();
  assert.deepEqual(account.lost, ['b']);
  assert.ok(!isBalanced(account));
});

test('an envelope that stands in a queue is stuck, not lost', () => {
  const ledger = setup(['a']);
  ledger.recordWaiting(plain('a'));
  const account = ledger.reconcile();
  assert.deepEqual([account.lost, account.stuck], [[], ['a']]);
  assert.ok(!isBalanced(account));
});

test('a child of a fan-out that did not arrive is lost', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.recordArrival(child('a.1.2', { of: 'a', hop: 1, total: 3 }));
  const account = ledger.reconcile();
  assert.deepEqual(account.lost, ['a.1.1']);
  assert.deepEqual(account.fanout, { expected: 3, received: 2 });
});

test('the first child of a fan-out is missed by the id that it keeps', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a.0.1', { of: 'a', hop: 0, total: 2 }));
  assert.deepEqual(ledger.reconcile().lost, ['a']);
});

test('a branch that fanned out again is missed, though only its cousins arrived', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 0, total: 3 }));
  ledger.recordArrival(child('a.0.2', { of: 'a.0.2', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.2.1.1', { of: 'a.0.2', hop: 1, total: 2 }));
  assert.deepEqual(ledger.reconcile().lost, ['a.0.1']);
});

test('what a fan-out is known by only through grandchildren is said to be of unknown width', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.1', { of: 'a.0.1', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.1.1.1', { of: 'a.0.1', hop: 1, total: 2 }));
  const account = ledger.reconcile();
  assert.equal(account.fanoutsOfUnknownWidth, 1);
  assert.ok(isBalanced(account));
});

test('a child that waits for its parent in a queue is stuck', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordWaiting(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  assert.deepEqual(ledger.reconcile().stuck, ['a.1.1']);
});

test('a second copy that nothing explains is found', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'));
  const account = ledger.reconcile();
  assert.deepEqual(account.unexplained, ['a']);
  assert.ok(!isBalanced(account));
});

test('copies at both ends are copies', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'), 'runtime_error');
  assert.deepEqual(ledger.reconcile().unexplained, ['a']);
});

test('a reason explains one copy of each branch that came after it, and no more', () => {
  const ledger = setup(['a']);
  const fanout = { of: 'a', hop: 1, total: 2 };
  for (let copy = 0; copy < 2; copy++) {
    ledger.recordArrival(child('a', fanout));
    ledger.recordArrival(child('a.1.1', fanout));
  }
  ledger.recordPossibleCopies('a', 'delivered again');
  assert.ok(isBalanced(ledger.reconcile()));
  ledger.recordArrival(child('a.1.1', fanout));
  assert.deepEqual(ledger.reconcile().unexplained, ['a.1.1']);
  assert.deepEqual([...ledger.reconcile().explained], [['delivered again', 2]]);
});

test('what happened to a child explains no copy of its sibling', () => {
  const ledger = setup(['a']);
  const fanout = { of: 'a', hop: 1, total: 3 };
  for (const id of ['a', 'a.1.1', 'a.1.2', 'a.1.2']) ledger.recordArrival(child(id, fanout));
  ledger.recordPossibleCopies('a.1.1', 'delivered again');
  assert.deepEqual(ledger.reconcile().unexplained, ['a.1.2']);
});

test('an envelope that a producer sent twice may arrive twice', () => {
  const ledger = setup(['a', 'a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'));
  const account = ledger.reconcile();
  assert.equal(account.sent, 1);
  assert.deepEqual([...account.explained], [['sent more than once', 1]]);
  assert.ok(isBalanced(account));
});

test('what nobody sent is a stranger, and its fan-out is nobody’s loss', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(child('b', { of: 'b', hop: 0, total: 5 }));
  const account = ledger.reconcile();
  assert.deepEqual([account.strangers, account.lost], [['b'], []]);
});

test('a runtime that was asked twice may have answered another number', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.recordPossibleCopies('a', 'delivered again');
  assert.ok(isBalanced(ledger.reconcile()));
});

test('in any tree of fan-outs that the logs tell, each single leaf that is taken away is missed', () => {
  fc.assert(
    fc.property(tree, fc.nat(), (root, pick) => {
      const ledger = setup(['env.1']);
      const leaves = grow('env.1', root, 0, (fanout) => ledger.recordFanout(fanout));
      const missing = leaves[pick % leaves.length];
      for (const leaf of leaves) if (leaf !== missing) ledger.recordArrival(leaf);
      assert.deepEqual(ledger.reconcile().lost, [missing?.id]);
    }),
  );
});

test('in any tree of fan-outs, nothing is missed when all leaves arrive', () => {
  fc.assert(
    fc.property(tree, (root) => {
      const ledger = setup(['env.1']);
      for (const leaf of grow('env.1', root, 0, () => {})) ledger.recordArrival(leaf);
      assert.ok(isBalanced(ledger.reconcile()));
    }),
  );
});

function setup(sent: readonly string[]): Ledger {
  const ledger = new Ledger();
  for (const id of sent) ledger.recordSent(plain(id));
  return ledger;
}

function plain(id: string): TrackedEnvelope {
  return { id, fanout: undefined };
}

function child(id: string, fanout: NonNullable<TrackedEnvelope['fanout']>): TrackedEnvelope {
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
): TrackedEnvelope[] {
  if (children.length === 0) return [{ id, fanout }];
  const hop = at + hops;
  const mark = { of: id, hop, total: children.length };
  onFanout(mark);
  return children.flatMap((subtree, index) =>
    grow(index === 0 ? id : `${id}.${hop}.${index}`, subtree, hop + 1, onFanout, mark),
  );
}
