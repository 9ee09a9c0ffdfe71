import type { Actor, Pipeline } from '../../../src/cli/ui/pipeline/contract.ts';

/** An actor that works; `changes` replace some of its members. */
export function createActor(name: string, changes: Partial<Actor> = {}): Actor {
  return {
    name,
    kind: 'actor',
    sidecars: [{ address: '10.0.0.7:8080', isReady: true, problems: [] }],
    queue: { exists: true, ready: 0, retry: 0, consumers: 1 },
    rates: { hops: 10, errors: 0, retries: 0 },
    times: { queueP50: 1, queueP95: 12, runtimeP50: 20, runtimeP95: 80 },
    ...changes,
  };
}

/** A pipeline of which only the depth of one queue is of interest. */
export function createDepth(name: string, depth: number, timeMs: number): Pipeline {
  const queue = { exists: true, ready: depth };
  return {
    asOf: new Date(timeMs).toISOString(),
    actors: [createActor(name, { queue })],
    edges: [],
  };
}
