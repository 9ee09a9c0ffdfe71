import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeEnvelope } from '../../src/envelope/edit.ts';
import { createCursor, readRawObject, type RawObject } from '../../src/envelope/json/json.ts';
import { readHop } from '../../src/hop/readHop.ts';
import type { ActorRouting, Hop, Outcome } from '../../src/hop/hop.ts';
import { reject } from '../../src/hop/rejection.ts';
import { routeReply } from '../../src/hop/routing.ts';
import type { Item } from '../../src/runtime/runtime.ts';
import type { Delivery } from '../../src/transport/transport.ts';
import { SECOND } from '../../src/units.ts';

const PLACE: ActorRouting = {
  actor: 'a',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  isEnd: false,
  maxFanout: 1000,
  maxMessageBytes: 1_000_000,
};

/** The width of the fan-out at each level of a tree of hops. */
type Tree = readonly Tree[];

const treesOfDepth = (depth: number): fc.Arbitrary<Tree> =>
  depth === 0 ? fc.constant([]) : fc.array(treesOfDepth(depth - 1), { maxLength: 4 });

test('ids are unique in random trees of nested fan-outs, and the same after a redelivery', () => {
  fc.assert(
    fc.property(treesOfDepth(4), (tree) => {
      const first = idsOf(tree);
      assert.equal(new Set(first).size, first.length);
      assert.deepEqual(idsOf(tree), first);
    }),
  );
});

test('a journey keeps its id and start through nested fan-outs, and counts the hops of each path', () => {
  const [, child] = fanOut(hopOf({ id: 'env-1', route: route(4), payload: 1 }), 2);
  const grandchildren = fanOut(hopOf(child), 3);
  for (const [index, grandchild] of grandchildren.entries()) {
    const headers = grandchild.headers;
    assert.equal(headers['x-asya-journey-id'], 'env-1');
    assert.equal(headers['x-asya-started-at'], child?.headers['x-asya-started-at']);
    assert.equal(headers['x-asya-hops'], 2);
    const outer = { of: 'env-1', index: 1, total: 2, hop: 0 };
    assert.deepEqual(headers['x-asya-fanout'], {
      of: 'env-1.0.1',
      index,
      total: 3,
      hop: 1,
      outer,
    });
  }
});

test('a journey starts when its first hop begins, however long that takes', (t) => {
  const start = Date.UTC(2026, 10, 30, 8);
  t.mock.timers.enable({ apis: ['Date'], now: start });
  const hop = hopOf({ id: 'env-1', route: route(2), payload: 1 });
  t.mock.timers.tick(90 * SECOND);
  const fault = { code: 'runtime_timeout', message: 'm' } as const;
  const outcomes = [
    routeReply(hop, [item('1')], PLACE),
    routeReply(hop, [item('1'), item('2')], PLACE),
    routeReply(hop, [], PLACE),
    reject(hop, fault, PLACE),
  ];
  for (const { headers } of outcomes.flatMap(sentBy)) {
    assert.equal(headers['x-asya-started-at'], new Date(start).toISOString());
  }
});

test('a nested fan-out names the fan-outs around it, the eight innermost ones', () => {
  let envelope: object | undefined = { id: 'env-1', route: route(12), payload: 1 };
  for (let depth = 1; depth <= 11; depth++) {
    const [child] = fanOut(hopOf(envelope), 2);
    const levels: unknown[] = [];
    for (let level = child?.headers['x-asya-fanout']; level !== undefined;) {
      const { hop, outer } = level as { hop: unknown; outer?: unknown };
      levels.push(hop);
      level = outer;
    }
    const outermost = Math.max(0, depth - 9);
    const expected = Array.from({ length: depth - outermost }, (_, n) => depth - 1 - n);
    assert.deepEqual(levels, expected);
    envelope = child;
  }
});

test('the sender decides where its answers go, whatever headers the runtime returns', () => {
  const values = fc.constantFrom<unknown>(undefined, null, 'asya:reply:a', 'asya:reply:b');
  const returned = fc.oneof(values, fc.jsonValue());
  fc.assert(
    fc.property(values, returned, fc.boolean(), (own, theirs, isFanout) => {
      const header = (value: unknown): object =>
        value === undefined ? {} : { 'x-asya-reply-to': value };
      const hop = hopOf({ id: 'env-1', route: route(2), payload: 1, headers: header(own) });
      const one: Item = { ...item('1'), headers: rawObject({ other: 1, ...header(theirs) }) };
      for (const { headers } of dispatched(hop, isFanout ? [one, one] : [one])) {
        assert.equal(headers['x-asya-reply-to'] ?? undefined, own ?? undefined);
        assert.equal(headers['other'], 1);
      }
    }),
  );
});

test('invalid x-asya-fanout and x-asya-hops headers are replaced', () => {
  const headers = { 'x-asya-fanout': 'wide', 'x-asya-hops': -3, 'x-asya-journey-id': '' };
  const hop = hopOf({ id: 'env-1', route: route(2), payload: 1, headers });
  const [sent] = dispatched(hop, [item('1')]);
  assert.equal(sent?.headers['x-asya-fanout'], null);
  assert.equal(sent?.headers['x-asya-hops'], 1);
  assert.equal(sent?.headers['x-asya-journey-id'], 'env-1');
});

test('a route returned by the runtime decides the next actor; a position outside of it is happy-end', () => {
  const hop = hopOf({
    id: 'env-1',
    route: route(2),
    payload: 1,
    headers: { 'x-asya-hops': 6, own: 1 },
  });
  const moved = (current: number): Item => ({
    payload: Buffer.from('2'),
    route: {
      bytes: Buffer.from(`{"actors":["x","y"],"current":${current}}`),
      actors: ['x', 'y'],
      current,
    },
  });
  const toActor = routeReply(hop, [moved(1)], PLACE);
  const toEnd = routeReply(hop, [moved(2)], PLACE);
  assert.ok(toActor.kind === 'complete' && toEnd.kind === 'complete');
  assert.deepEqual([toActor.dispatches[0]?.to, toActor.dispatches[0]?.kind], ['y', 'next']);
  assert.deepEqual(
    [toEnd.dispatches[0]?.to, toEnd.dispatches[0]?.kind],
    ['happy-end', 'happy_end'],
  );
  const [sent] = dispatched(hop, [moved(1)]);
  assert.deepEqual(sent?.['route'], { actors: ['x', 'y'], current: 1 });
  assert.equal(sent?.headers['x-asya-hops'], 7, 'the hop count of the runtime is ignored');
});

test('an error envelope with any original and any texts can be published', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.nat(2),
      fc.boolean(),
      (text, times, wide) => {
        const long = text.repeat(10 ** times);
        const place = { ...PLACE, maxMessageBytes: 20_000 };
        const hop = hopOf({
          id: 'env-1',
          route: route(2),
          payload: long,
          [`extra${long}`]: wide ? long : 1,
        });
        const fault = {
          code: 'runtime_error',
          message: long,
          traceback: long,
          type: long,
          mro: [long],
          runtimeDetails: JSON.stringify([long]),
        } as const;
        const outcome = reject(hop, fault, place);
        assert.ok(outcome.kind === 'complete');
        for (const { envelope, edit } of outcome.dispatches) {
          const bytes = encodeEnvelope(envelope, edit);
          assert.ok(bytes.length <= place.maxMessageBytes, `${bytes.length} bytes`);
          JSON.parse(bytes.toString());
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("an error envelope has the other members of the runtime's error, unchanged", () => {
  const hop = hopOf({ id: 'env-1', route: route(2), payload: 1 });
  const fault = {
    code: 'runtime_error',
    message: 'm',
    runtimeDetails: '{"field": "age", "n":1.0}',
  } as const;
  const outcome = reject(hop, fault, PLACE);
  assert.ok(outcome.kind === 'complete');
  const payload = outcome.dispatches[0]?.edit.payload?.toString() ?? '';
  assert.match(
    payload,
    /"attempt":1,"failed_at":"[^"]+","runtime_details":\{"field": "age", "n":1\.0\}\},"original_payload":1/,
  );
});

interface Sent {
  readonly id: string;
  readonly headers: Record<string, unknown>;
  readonly [field: string]: unknown;
}

function idsOf(
  tree: Tree,
  envelope: object = { id: 'env', route: route(50), payload: 0 },
): string[] {
  const hop = hopOf(envelope);
  const children = tree.length === 0 ? [] : fanOut(hop, tree.length);
  return tree.length === 0
    ? [hop.envelope.id]
    : tree.flatMap((subtree, index) => idsOf(subtree, children[index]));
}

function fanOut(hop: Hop, width: number): Sent[] {
  return dispatched(
    hop,
    Array.from({ length: width }, (_, index) => item(String(index))),
  );
}

function dispatched(hop: Hop, items: readonly Item[]): Sent[] {
  return sentBy(routeReply(hop, items, PLACE));
}

function sentBy(outcome: Outcome): Sent[] {
  assert.ok(outcome.kind === 'complete');
  return outcome.dispatches.map(
    ({ envelope, edit }) => JSON.parse(encodeEnvelope(envelope, edit).toString()) as Sent,
  );
}

function item(payload: string): Item {
  return { payload: Buffer.from(payload) };
}

function rawObject(value: object): RawObject {
  return readRawObject(createCursor(Buffer.from(JSON.stringify(value)), 99));
}

function route(length: number): object {
  return { actors: Array.from({ length }, () => 'a'), current: 0 };
}

function hopOf(envelope: object | undefined): Hop {
  const delivery: Delivery = {
    id: 'm',
    queue: 'a',
    body: Buffer.from(JSON.stringify(envelope)),
    headers: {},
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
  const hop = readHop(delivery, { actor: 'a', isEnd: false, maxNesting: 100 });
  assert.equal(hop.refused, undefined);
  return hop;
}
