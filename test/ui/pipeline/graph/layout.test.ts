import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { GraphEdge, GraphNode } from '../../../../ui/pipeline/graph/graph.ts';
import { layOut, type Layout, type PlacedNode } from '../../../../ui/pipeline/graph/layout.ts';
import { ARROW } from '../../../../ui/pipeline/graph/flowPath.ts';

const NODES: readonly GraphNode[] = [
  { name: 'prep', kind: 'actor' },
  { name: 'infer', kind: 'actor' },
  { name: 'post', kind: 'actor' },
  { name: 'happy-end', kind: 'happy_end' },
  { name: 'error-end', kind: 'error_end' },
];
const EDGES = toEdges('prep>infer infer>post post>happy-end prep>error-end infer>error-end');

test('a chain of actors is placed in one row from left to right', () => {
  const layout = layOut(NODES, EDGES, 'right');
  const [prep, infer, post, end] = place(layout, 'prep', 'infer', 'post', 'happy-end');
  assert.ok(prep.left < infer.left && infer.left < post.left && post.left < end.left);
  const centres = [prep, infer, post, end].map(({ top, height }) => top + height / 2);
  assert.equal(new Set(centres).size, 1);
});

test('a long chain is broken into rows, which are read like the lines of a text', () => {
  for (const [count, rows] of [
    [8, 1],
    [10, 2],
    [20, 3],
    [30, 5],
  ] as const) {
    const layout = layOut(...createChain(count), 'right');
    const chain = layout.nodes.filter(({ kind }) => kind === 'actor');
    const byRow = Map.groupBy(chain, ({ top }) => top);
    assert.equal(byRow.size, rows, `${count} actors`);
    const inOrder = chain.toSorted((a, b) => a.top - b.top || a.left - b.left);
    assert.deepEqual(
      inOrder,
      chain.toSorted((a, b) => compare(a.name, b.name)),
    );
    assert.ok(layout.width <= 2_900, `${layout.width} px`);
    assert.ok(layout.edges.every(({ kind }) => kind !== 'back'));
    checkLayout(layout);
  }
});

test('a chain with a branch is broken where one edge leads on', () => {
  const [nodes, edges] = createChain(20);
  const branches = toEdges('c-05>c-07 c-06>c-08');
  const layout = layOut(nodes, [...edges, ...branches], 'right');
  assert.ok(layout.width <= 2_900, `${layout.width} px`);
  const [first, last] = place(layout, 'c-05', 'c-08');
  assert.ok(first.left < last.left);
  checkLayout(layout);
});

test('a chain whose actors also send to happy-end is broken into rows', () => {
  const [nodes, edges] = createChain(20);
  const shortcuts = toEdges('c-03>happy-end c-06>happy-end c-09>happy-end c-15>happy-end');
  const layout = layOut(nodes, [...edges, ...shortcuts], 'right');
  assert.ok(layout.width <= 2_900, `${layout.width} px`);
  assert.ok(layout.edges.every(({ kind }) => kind !== 'back'));
  checkLayout(layout);
});

test('a cycle over the whole chain keeps it in one row', () => {
  const [nodes, edges] = createChain(20);
  const layout = layOut(nodes, [...edges, ...toEdges('c-19>c-00')], 'right');
  assert.ok(layout.width > 6_000, `${layout.width} px`);
  checkLayout(layout);
});

test('a chain of actors is placed in one column from top to bottom on a phone', () => {
  const layout = layOut(NODES, EDGES, 'down');
  const [prep, infer, end] = place(layout, 'prep', 'infer', 'happy-end');
  assert.ok(prep.top < infer.top && infer.top < end.top);
  assert.equal(prep.left, infer.left);
  assert.ok(layout.width <= 340, `${layout.width} px fit on a phone`);
});

test('error-end is below all other cards', () => {
  for (const direction of ['right', 'down'] as const) {
    const layout = layOut(NODES, EDGES, direction);
    const [errorEnd] = place(layout, 'error-end');
    const others = layout.nodes.filter(({ kind }) => kind !== 'error_end');
    for (const { top, height } of others) assert.ok(top + height < errorEnd.top);
  }
});

test('error-end is directly below happy-end if no edge leads to it', () => {
  const nodes = [...NODES, ...['a', 'b', 'c', 'd', 'e'].map(actor)];
  const [errorEnd, happyEnd] = place(layOut(nodes, [], 'right'), 'error-end', 'happy-end');
  assert.equal(errorEnd.left, happyEnd.left);
  assert.ok(errorEnd.top - (happyEnd.top + happyEnd.height) < 50);
});

test('a cycle leads back, and a retry is a loop', () => {
  const edges = toEdges('prep>infer infer>prep infer>infer');
  const kinds = layOut(NODES, edges, 'right').edges.map(({ from, to, kind }) => [from, to, kind]);
  assert.deepEqual(
    kinds.filter(([, , kind]) => kind === 'loop'),
    [['infer', 'infer', 'loop']],
  );
  assert.deepEqual(kinds.map(([, , kind = '']) => kind).toSorted(compare), [
    'back',
    'flow',
    'loop',
  ]);
});

test('actors without edges fill a grid', () => {
  const nodes = Array.from({ length: 20 }, (_, index) => actor(`actor-${index}`));
  const layout = layOut(nodes, [], 'right');
  assert.ok(new Set(layout.nodes.map(({ left }) => left)).size >= 4);
  assert.ok(new Set(layout.nodes.map(({ top }) => top)).size >= 3);
});

test('edges of unknown actors and from error-end are left out', () => {
  const edges = toEdges('prep>missing missing>prep error-end>prep prep>infer');
  const drawn = layOut(NODES, edges, 'right').edges.map(({ from, to }) => `${from}>${to}`);
  assert.deepEqual(drawn, ['prep>infer']);
});

test('an empty pipeline has no cards', () => {
  assert.deepEqual(layOut([], [], 'right').nodes, []);
});

test('names such as __proto__ are names', () => {
  const nodes = ['__proto__', 'constructor', 'n0', 'toString'].map(actor);
  const layout = layOut(
    nodes,
    toEdges('__proto__>constructor constructor>n0 n0>toString'),
    'right',
  );
  assert.equal(layout.nodes.length, 4);
  assert.equal(layout.edges.length, 3);
});

test('the layout does not depend on the order of the actors and edges', () => {
  fc.assert(
    fc.property(graphs(12), ({ nodes, edges }) => {
      const layout = layOut(nodes, edges, 'right');
      assert.deepEqual(layOut(nodes.toReversed(), edges.toReversed(), 'right'), layout);
    }),
    { numRuns: 50 },
  );
});

for (const direction of ['right', 'down'] as const) {
  test(`no cards overlap, and each edge connects its cards (${direction})`, () => {
    fc.assert(
      fc.property(graphs(60), ({ nodes, edges }) => {
        const layout = layOut(nodes, edges, direction);
        assert.equal(layout.nodes.length, nodes.length);
        checkLayout(layout);
      }),
      { numRuns: 60 },
    );
  });

  test(`no edge crosses a card (${direction})`, () => {
    fc.assert(
      fc.property(graphs(25), ({ nodes, edges }) => {
        assertNoCrossing(layOut(nodes, edges, direction));
      }),
      { numRuns: 40 },
    );
  });
}

test('an edge that is given twice is drawn once', () => {
  const layout = layOut(NODES, [...EDGES, ...EDGES], 'right');
  assert.equal(layout.edges.length, EDGES.length);
});

const { compare } = new Intl.Collator();

function actor(name: string): GraphNode {
  return { name, kind: 'actor' };
}

function toEdges(text: string): GraphEdge[] {
  return text.split(' ').map((edge) => {
    const [from = '', to = ''] = edge.split('>');
    return { from, to };
  });
}

/** Up to `size` actors, some with long names, with edges between any of them, and both ends. */
function graphs(size: number): fc.Arbitrary<{ nodes: GraphNode[]; edges: GraphEdge[] }> {
  const kinds = fc
    .integer({ min: 0, max: size - 2 })
    .map((count) => [
      ...Array.from({ length: count }, (_, i) => actor(`${'n'.repeat(i % 3 === 0 ? 63 : 1)}-${i}`)),
      { name: 'happy-end', kind: 'happy_end' as const },
      { name: 'error-end', kind: 'error_end' as const },
    ]);
  return kinds.chain((nodes) => {
    const name = fc.constantFrom(...nodes.map(({ name }) => name));
    const edge = fc.record({ from: name, to: name });
    const edges = fc
      .array(edge, { maxLength: nodes.length * 2, size: 'max' })
      .map((all) => all.filter(({ from }) => from !== 'error-end'));
    return fc.record({ nodes: fc.constant(nodes), edges });
  });
}

function place<N extends string[]>(layout: Layout, ...names: N): { [K in keyof N]: PlacedNode } {
  return names.map((name) => {
    const node = layout.nodes.find((it) => it.name === name);
    assert.ok(node, name);
    return node;
  }) as { [K in keyof N]: PlacedNode };
}

/** Actors `c-00`, `c-01` …, each of which sends to the next one and to error-end. */
function createChain(count: number): [GraphNode[], GraphEdge[]] {
  const names = Array.from({ length: count }, (_, i) => `c-${String(i).padStart(2, '0')}`);
  const edges = names.flatMap((from, i) => [
    { from, to: names[i + 1] ?? 'happy-end' },
    { from, to: 'error-end' },
  ]);
  const ends = NODES.filter(({ kind }) => kind !== 'actor');
  return [[...names.map(actor), ...ends], edges];
}

function checkLayout(layout: Layout): void {
  assertNoOverlap(layout.nodes);
  assertInside(layout);
  assertConnected(layout);
  assertNoCrossing(layout);
}

function assertNoCrossing({ nodes, edges }: Layout): void {
  for (const { line, from, to, kind } of edges) {
    for (const point of pointsOn(line)) {
      const crossed = nodes.find((node) => contains(node, point));
      assert.equal(crossed, undefined, `${kind} ${from} > ${to} crosses ${crossed?.name}`);
    }
  }
}

function assertNoOverlap(nodes: readonly PlacedNode[]): void {
  const gap = 8;
  for (const [index, a] of nodes.entries()) {
    for (const b of nodes.slice(index + 1)) {
      const isApart =
        a.left + a.width + gap <= b.left ||
        b.left + b.width + gap <= a.left ||
        a.top + a.height + gap <= b.top ||
        b.top + b.height + gap <= a.top;
      assert.ok(isApart, `${a.name} and ${b.name} overlap`);
    }
  }
}

function assertInside({ nodes, edges, width, height }: Layout): void {
  const corners = nodes.flatMap((it) => [
    { x: it.left, y: it.top },
    { x: it.left + it.width, y: it.top + it.height },
  ]);
  for (const { x, y } of [...corners, ...edges.flatMap(({ line }) => pointsOn(line))]) {
    assert.ok(x >= 0 && y >= 0 && x <= width && y <= height, `${x} ${y} in ${width} ${height}`);
  }
}

function assertConnected({ nodes, edges }: Layout): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  for (const { from, to, line, arrow } of edges) {
    const points = verticesOf(line);
    const tip = verticesOf(arrow)[1];
    const base = points.at(-1);
    const [start] = points;
    assert.ok(start && base && tip);
    assert.ok(isOnBorder(byName.get(from), start), `${from} > ${to} begins at ${from}`);
    assert.ok(isOnBorder(byName.get(to), tip), `${from} > ${to} ends at ${to}`);
    assert.equal(Math.abs(base.x - tip.x) + Math.abs(base.y - tip.y), ARROW);
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function isOnBorder(node: PlacedNode | undefined, { x, y }: Point): boolean {
  if (node === undefined) return false;
  const { left, top, width, height } = node;
  const isInX = x >= left && x <= left + width;
  const isInY = y >= top && y <= top + height;
  const isAtX = x === left || x === left + width;
  const isAtY = y === top || y === top + height;
  return (isAtX && isInY) || (isAtY && isInX);
}

function contains({ left, top, width, height }: PlacedNode, { x, y }: Point): boolean {
  const slack = 1;
  return (
    x > left + slack && x < left + width - slack && y > top + slack && y < top + height - slack
  );
}

/** All points in the commands of a path, control points included. */
function verticesOf(path: string): Point[] {
  const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? [];
  return numbers.flatMap((x, index) =>
    index % 2 === 0 ? [{ x, y: numbers[index + 1] ?? Number.NaN }] : [],
  );
}

/** Points along a path of the commands M, L, Q and C, close to each other. */
function pointsOn(path: string): Point[] {
  const points: Point[] = [];
  let last: Point = { x: 0, y: 0 };
  for (const [command = ''] of path.matchAll(/[MLQC][^MLQC]*/g)) {
    const controls = [last, ...verticesOf(command)];
    last = controls.at(-1) ?? last;
    if (command.startsWith('M')) continue;
    for (let step = 1; step < STEPS; step++) points.push(bezier(controls, step / STEPS));
  }
  return points;
}

const STEPS = 24;

/** De Casteljau's algorithm, for any number of control points. */
function bezier(controls: readonly Point[], part: number): Point {
  const [first] = controls;
  if (controls.length === 1 && first !== undefined) return first;
  const between = controls.slice(1).map((to, index) => {
    const from = controls[index] ?? to;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  });
  return bezier(between, part);
}
