import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HopRing } from '../../../../src/cli/ui/hops/hopRing.ts';
import { ActorGraph } from '../../../../src/cli/ui/pipeline/actorGraph.ts';
import type { HopRecord } from '../../../../src/cli/tail/hopRecord.ts';
import { hopRecord } from '../../../kit/envelopes/hopRecords.ts';

function graphOf(...records: readonly Partial<HopRecord>[]): ActorGraph {
  const graph = new ActorGraph(['happy-end', 'error-end']);
  const ring = new HopRing();
  for (const record of records) graph.addHop(ring.add(hopRecord(record)));
  return graph;
}

test('a hop names its actor and the actors that it has sent to', () => {
  const graph = graphOf({ actor: 'split', next: 'a,b' }, { actor: 'a', next: 'happy-end' });
  assert.deepEqual(graph.actors, ['happy-end', 'error-end', 'split', 'a', 'b']);
  assert.deepEqual(graph.edges, [
    { from: 'split', to: 'a' },
    { from: 'split', to: 'b' },
    { from: 'a', to: 'happy-end' },
  ]);
});

test('a retry, an ellipsis and a parked queue make no edge', () => {
  const graph = graphOf(
    { actor: 'infer', outcome: 'retry', next: 'infer' },
    { actor: 'split', outcome: 'fanout', next: 'a,…' },
    { actor: 'error-end', outcome: 'parked', next: 'error-end:parked' },
  );
  assert.deepEqual(graph.edges, [{ from: 'split', to: 'a' }]);
});

test('an actor that sends to itself has an edge', () => {
  assert.deepEqual(graphOf({ actor: 'loop', next: 'loop' }).edges, [{ from: 'loop', to: 'loop' }]);
});

test('the numbers of actors and edges have bounds', () => {
  const graph = new ActorGraph([]);
  const names = Array.from({ length: 600 }, (_, index) => `a${index}`);
  graph.add({ actors: names, edges: [] });
  assert.equal(graph.actors.length, 500);
  graph.add({ actors: [], edges: names.flatMap((from) => names.map((to) => ({ from, to }))) });
  assert.equal(graph.edges.length, 2_000);
  assert.equal(graph.actors.length, 500);
});
