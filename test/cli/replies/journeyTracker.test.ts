import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Answer } from '../../../src/cli/replies/answer.ts';
import { JourneyTracker, type Place } from '../../../src/cli/replies/journeyTracker.ts';
import { nestFanout, type Fanout, type KnownHeaders } from '../../../src/envelope/headers.ts';

/** A branch: the result at its end, or the branches into which it divides. */
type Tree = 'done' | 'failed' | readonly Tree[];

const treesOfDepth = (depth: number): fc.Arbitrary<Tree> => {
  const leaf = fc.constantFrom<Tree>('done', 'failed');
  if (depth === 0) return leaf;
  const children = fc.array(treesOfDepth(depth - 1), { minLength: 2, maxLength: 4 });
  return fc.oneof(leaf, children);
};

test('a journey of nested fan-outs is complete with its last answer, in any order and with copies', () => {
  fc.assert(
    fc.property(treesOfDepth(4), fc.infiniteStream(fc.nat()), ownFanouts(), (tree, random, own) => {
      const answers = answersOf(tree, sent('env', own));
      const tracker = new JourneyTracker();
      assert.ok(tracker.expect(sent('env', own)));
      const order = shuffled(answers, random);
      for (const [n, answer] of order.entries()) {
        assert.equal(tracker.isComplete, false, `after ${n} of ${answers.length}`);
        const place = tracker.accept(answer);
        assert.deepEqual(place, { sentId: 'env', path: answer.path });
        const copy = order[(random.next().value ?? 0) % (n + 1)];
        assert.ok(copy !== undefined && tracker.accept(copy) === undefined);
      }
      assert.ok(tracker.isComplete);
      assert.deepEqual(tracker.incomplete(), []);
    }),
  );
});

test('a journey without its last answer lists how many answers are known to be missing', () => {
  const answers = answersOf(['done', ['done', 'failed', 'done'], 'done'], sent('env'));
  const tracker = new JourneyTracker();
  tracker.expect(sent('env'));
  const counts = answers.map((answer) => {
    tracker.accept(answer);
    return tracker.incomplete().map(({ received, expected }) => [received, expected]);
  });
  assert.deepEqual(counts, [[[1, 3]], [[2, 5]], [[3, 5]], [[4, 5]], []]);
});

test('an answer belongs to the journey of its own envelope, even of a child that was sent again', () => {
  const root = sent('env');
  const [first, second] = [0, 1].map((index) => ({ of: 'env', index, total: 2, hop: 0 }));
  const child = sent('env.0.1', second);
  const tracker = new JourneyTracker();
  tracker.expect(sent('env', first));
  tracker.expect(child);
  assert.equal(tracker.expect(root), false, 'the id is expected already');
  const [a, b] = answersOf(['done', 'done'], child);
  assert.ok(a !== undefined && b !== undefined);
  assert.deepEqual(tracker.accept(b), { sentId: 'env.0.1', path: [1] });
  assert.deepEqual(tracker.accept(a), { sentId: 'env.0.1', path: [0] });
  assert.deepEqual(
    tracker.incomplete().map(({ id }) => id),
    ['env'],
  );
});

test('an answer to another envelope has no place, and completes nothing', () => {
  const tracker = new JourneyTracker();
  tracker.expect(sent('env'));
  const [stranger] = answersOf('done', sent('other'));
  assert.ok(stranger !== undefined);
  assert.deepEqual(tracker.accept(stranger), { sentId: undefined, path: undefined });
  assert.equal(tracker.isComplete, false);
});

test('an envelope that was not sent is not waited for', () => {
  const tracker = new JourneyTracker();
  tracker.expect(sent('a'));
  tracker.expect(sent('b'));
  tracker.forget('a');
  const [answer] = answersOf('done', sent('b'));
  assert.ok(answer !== undefined);
  tracker.accept(answer);
  assert.ok(tracker.isComplete);
});

test('an error after a result is a new answer, and does not count as another branch', () => {
  const [done, other] = answersOf(['done', 'done'], sent('env'));
  assert.ok(done !== undefined && other !== undefined);
  const tracker = new JourneyTracker();
  tracker.expect(sent('env'));
  tracker.accept(done);
  const late = { ...done, result: failed() };
  assert.deepEqual(tracker.accept(late), { sentId: 'env', path: [0] });
  assert.equal(tracker.accept(late), undefined);
  assert.equal(tracker.isComplete, false);
  tracker.accept(other);
  assert.ok(tracker.isComplete);
});

test('after a redelivery, the first fan-out with all its answers completes the branch', () => {
  const wide = answersOf(['done', 'done', 'done'], sent('env'));
  const narrow = answersOf(['done', 'done'], sent('env'));
  const tracker = new JourneyTracker();
  tracker.expect(sent('env'));
  for (const answer of [...wide.slice(0, 2), ...narrow.slice(0, 1)]) tracker.accept(answer);
  assert.equal(tracker.isComplete, false);
  for (const answer of narrow.slice(1)) tracker.accept(answer);
  assert.ok(tracker.isComplete);
});

test('a journey whose fan-outs are not all named never counts as complete', () => {
  const own: Fanout = { of: 'env', index: 0, total: 1, hop: 0 };
  // A sidecar of an earlier version has written the header of the inner fan-out.
  const answers = answersOf([['done', 'failed'], 'done'], sent('env', own)).map((answer) =>
    answer.path.length === 2 && answer.fanout !== undefined
      ? { ...answer, fanout: levelOf(answer.fanout) }
      : answer,
  );
  const tracker = new JourneyTracker();
  tracker.expect(sent('env', own));
  const places = answers.map((answer): Place | undefined => tracker.accept(answer));
  assert.deepEqual(
    places.map((place) => place?.path),
    [undefined, undefined, [1]],
  );
  assert.ok(places.every((place) => place?.sentId === 'env'));
  assert.equal(tracker.accept(answers[0] as Answer), undefined, 'a copy');
  assert.equal(tracker.isComplete, false);
  const [incomplete] = tracker.incomplete();
  assert.equal(incomplete?.unplaced, 2);
});

test('a leaf has no place when its outermost fan-out is that of a child', () => {
  const [, leaf] = answersOf(['done', 'done'], sent('env.0.1'));
  assert.ok(leaf !== undefined);
  const tracker = new JourneyTracker();
  tracker.expect(sent('env'));
  assert.deepEqual(tracker.accept(leaf), { sentId: 'env', path: undefined });
  assert.equal(tracker.incomplete()[0]?.unplaced, 1);
});

test('fan-outs that are nested too deep never count as complete too early', () => {
  const own: Fanout = { of: 'env', index: 0, total: 1, hop: 0 };
  let tree: Tree = 'done';
  for (let depth = 0; depth < 9; depth++) tree = [tree, 'done'];
  const answers = answersOf(tree, sent('env', own));
  const tracker = new JourneyTracker();
  tracker.expect(sent('env', own));
  for (const answer of answers) tracker.accept(answer);
  assert.equal(tracker.isComplete, false);
  assert.equal(tracker.incomplete()[0]?.unplaced, 2);
});

type Sent = { readonly id: string; readonly headers: KnownHeaders };

function sent(id: string, fanout?: Fanout): Sent {
  const headers: KnownHeaders = {
    journeyId: `journey of ${id}`,
    startedAt: undefined,
    hops: fanout === undefined ? 0 : fanout.hop + 1,
    fanout,
    deadlineMs: undefined,
    replyTo: undefined,
    trace: {},
  };
  return { id, headers };
}

/** The envelope may be a child of a fan-out itself, and that fan-out a nested one. */
function ownFanouts(): fc.Arbitrary<Fanout | undefined> {
  const own = { of: 'env', index: 0, total: 1, hop: 0 };
  const child = { of: 'other', index: 2, total: 3, hop: 1 };
  return fc.constantFrom(undefined, own, child, nestFanout(child, own));
}

type LeafAnswer = Answer & { readonly path: readonly number[] };

/** The answers of all leaves, as sidecars send them. */
function answersOf(tree: Tree, { id, headers }: Sent, path: readonly number[] = []): LeafAnswer[] {
  const { journeyId, fanout, hops } = headers;
  if (typeof tree === 'string') {
    const result = tree === 'done' ? done() : failed();
    return [{ id, journeyId, fanout, result, path }];
  }
  return tree.flatMap((subtree, index) => {
    const level = { of: id, index, total: tree.length, hop: hops };
    const child = index === 0 ? id : `${id}.${hops}.${index}`;
    const nested = { ...headers, hops: hops + 1, fanout: nestFanout(level, fanout) };
    return answersOf(subtree, { id: child, headers: nested }, [...path, index]);
  });
}

function done(): Answer['result'] {
  return { kind: 'done', payload: Buffer.from('1') };
}

function failed(): Answer['result'] {
  const fault = { code: 'runtime_error', message: 'broken' };
  return { kind: 'failed', failure: { fault, actor: 'infer', failedAt: undefined } };
}

function levelOf({ of, index, total, hop }: Fanout): Fanout {
  return { of, index, total, hop };
}

function shuffled<T>(items: readonly T[], random: fc.Stream<number>): T[] {
  const keyed = items.map((item) => ({ item, key: random.next().value ?? 0 }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
