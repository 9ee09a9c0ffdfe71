import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Ledger, type TrackedEnvelope } from '../../../src/cli/ledger/ledger.ts';
import { isBalanced } from '../../../src/cli/ledger/reconcile.ts';
import type { FanoutMark } from '../../../src/cli/ledger/fanouts.ts';

test('a ledger is balanced when every envelope reached an end', () => {
  const ledger = setup(['a', 'b', 'c']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('b'), 'runtime_error');
  ledger.recordArrival(plain('c'), 'runtime_error');
  const reconciliation = ledger.reconcile();
  assert.ok(isBalanced(reconciliation));
  assert.equal(reconciliation.sent, 3);
  assert.equal(reconciliation.happy, 1);
  assert.deepEqual([...reconciliation.errors], [['runtime_error', 2]]);
});

test('an envelope that neither arrived nor waits is lost', () => {
  const ledger = setup(['a', 'b']);
  ledger.recordArrival(plain('a'));
  const reconciliation = ledger.reconcile();
  assert.deepEqual(reconciliation.lost, ['b']);
  assert.ok(!isBalanced(reconciliation));
});

test('an envelope in a queue is stuck, not lost', () => {
  const ledger = setup(['a']);
  ledger.recordWaiting(plain('a'));
  const reconciliation = ledger.reconcile();
  assert.deepEqual([reconciliation.lost, reconciliation.stuck], [[], ['a']]);
  assert.ok(!isBalanced(reconciliation));
});

test('a fan-out child that did not arrive is lost', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.recordArrival(child('a.1.2', { of: 'a', hop: 1, total: 3 }));
  const reconciliation = ledger.reconcile();
  assert.deepEqual(reconciliation.lost, ['a.1.1']);
  assert.deepEqual(reconciliation.fanout, { expected: 3, received: 2 });
});

test('a lost first child is listed by the id of its parent', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a.0.1', { of: 'a', hop: 0, total: 2 }));
  assert.deepEqual(ledger.reconcile().lost, ['a']);
});

test('a lost child is found even if its siblings fanned out again', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 0, total: 3 }));
  ledger.recordArrival(child('a.0.2', { of: 'a.0.2', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.2.1.1', { of: 'a.0.2', hop: 1, total: 2 }));
  assert.deepEqual(ledger.reconcile().lost, ['a.0.1']);
});

test('a fan-out that only grandchildren show has an unknown width', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.1', { of: 'a.0.1', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.0.1.1.1', { of: 'a.0.1', hop: 1, total: 2 }));
  const reconciliation = ledger.reconcile();
  assert.equal(reconciliation.fanoutsOfUnknownWidth, 1);
  assert.ok(isBalanced(reconciliation));
});

test('a child in a queue is stuck', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordWaiting(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  assert.deepEqual(ledger.reconcile().stuck, ['a.1.1']);
});

test('a second copy without an explanation is unexplained', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'));
  const reconciliation = ledger.reconcile();
  assert.deepEqual(reconciliation.unexplained, ['a']);
  assert.ok(!isBalanced(reconciliation));
});

test('an envelope at both ends is a duplicate', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'), 'runtime_error');
  assert.deepEqual(ledger.reconcile().unexplained, ['a']);
});

test('an event explains one copy of each branch below it', () => {
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

test('an event of a child explains no copy of its sibling', () => {
  const ledger = setup(['a']);
  const fanout = { of: 'a', hop: 1, total: 3 };
  for (const id of ['a', 'a.1.1', 'a.1.2', 'a.1.2']) ledger.recordArrival(child(id, fanout));
  ledger.recordPossibleCopies('a.1.1', 'delivered again');
  assert.deepEqual(ledger.reconcile().unexplained, ['a.1.2']);
});

test('an envelope that was sent twice may arrive twice', () => {
  const ledger = setup(['a', 'a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(plain('a'));
  const reconciliation = ledger.reconcile();
  assert.equal(reconciliation.sent, 1);
  assert.deepEqual([...reconciliation.explained], [['sent more than once', 1]]);
  assert.ok(isBalanced(reconciliation));
});

test('an arrival that was never sent is a stranger, and its missing siblings are not lost', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(plain('a'));
  ledger.recordArrival(child('b', { of: 'b', hop: 0, total: 5 }));
  const reconciliation = ledger.reconcile();
  assert.deepEqual([reconciliation.strangers, reconciliation.lost], [['b'], []]);
});

test('of two different widths of a fan-out, the smaller one counts', () => {
  const ledger = setup(['a']);
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 3 }));
  ledger.recordArrival(child('a', { of: 'a', hop: 1, total: 2 }));
  ledger.recordArrival(child('a.1.1', { of: 'a', hop: 1, total: 2 }));
  ledger.recordPossibleCopies('a', 'delivered again');
  assert.ok(isBalanced(ledger.reconcile()));
});

test('in any tree of logged fan-outs, a missing leaf is lost', () => {
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

test('in any tree of fan-outs, nothing is lost when all leaves arrive', () => {
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

/** A branch: the hops before it fans out, and its children. A leaf has no children. */
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

/** Returns the leaves with the ids and marks that sidecars give them. Reports each fan-out. */
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
